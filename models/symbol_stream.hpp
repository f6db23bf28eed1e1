// The one path from a candle to what is said of it: ring, aggregation, indicators, AMD phase,
// features, forecast, signal. Live, replay, backtest and rescoring all run this very class, so they
// cannot differ. It knows no clock, feed or store: whoever drives it brings candles in order.
#pragma once
#include "messages/candle.hpp"
#include "messages/forecast.hpp"
#include "messages/signal.hpp"
#include "models/features.hpp"
#include "models/forecast/forecaster.hpp"
#include "models/forecast/model_set.hpp"
#include "models/indicators.hpp"
#include "models/live_judge.hpp"
#include "models/market/aggregator.hpp"
#include "models/market/amd_phase.hpp"
#include "models/market/candle_gate.hpp"
#include "models/market/candle_ring.hpp"
#include "models/signal_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Candles held in memory: one warm-up, two days more, so that a new model can be taken over
/// without asking the store.
inline constexpr std::size_t stream_ring_candles = feature_warmup + 576;

struct stream_options {
  strategy rules;
  trading_costs costs;
  std::uint32_t fill_limit = 3; // longest gap filled with flat candles
  bool made_up = false;         // the market is simulated, and so may be what models learned from
  trial_rule trials;
  std::size_t score_days = live_score_days; // that live scores look back
  /// A backtest's: only what signals of this horizon need is computed, and nothing is followed to
  /// its outcome; 0: all.
  int only_horizon = 0;
};

/// What a close looks like to every strategy: all that a signal of one horizon is made from.
struct scored_close {
  utc_ms time = 0; // open time of the candle
  double close = 0;
  double sigma = 0, atr_fraction = 0;
  double delta_high = 0, delta_low = 0; // fractions of the close
  amd_phase phase = amd_phase::none;
  odds_table odds{}; // before costs
};

/// What happened to the candles so far.
struct stream_counts {
  std::uint64_t applied = 0, duplicates = 0, late = 0, invalid = 0, gaps = 0, filled = 0,
                restarts = 0;
};

class symbol_stream {
public:
  symbol_stream(symbol_name symbol, stream_options options);

  /// What the gate says of a candle; changes nothing.
  gate_verdict judge(const candle& next) const { return gate_.judge(next); }

  /// Takes a candle in and returns how many base candles were folded for it: 0 for one that the
  /// gate turns away, more than 1 when a short gap before it was filled. A longer gap restarts all
  /// windows first.
  std::uint32_t take(const candle& next);

  /// From now on these models speak. Windows are rebuilt from the ring, so that the state is a
  /// function of the models and of the candles since candles_from().
  void use(model_set_ptr models);
  const model_set_ptr& models() const { return forecaster_.models(); }

  /// Tries these beside the ones that speak, or ends the trial (null). Ignored while none speak.
  /// The trial ends by use() too, and by verdict().
  void challenge(model_set_ptr models);
  const model_set_ptr& challenger() const { return judge_.challenger(); }
  /// What the rule says now that a day has ended: at most once a day, and only when it has decided.
  /// Then the trial is over, and a challenger that won speaks from the next candle on.
  std::optional<trial_report> verdict();
  /// The evidence of the trial under way.
  std::optional<trial_report> evidence() const { return judge_.evidence(); }
  /// How the models do on what came after their training; those without an outcome are missing.
  std::vector<model_scores> scores() const { return judge_.scores(symbol_); }

  /// Open time of the newest candle; 0 before the first.
  utc_ms last_time() const { return ring_.empty() ? 0 : ring_.at(0).open_time; }
  /// Open time of the first candle that the present windows were folded from.
  utc_ms candles_from() const { return from_; }
  std::uint32_t warmup_left() const { return features_.warmup_left(); }
  bool ready() const { return features_.ready(); }
  /// Windows are whole, models are there, and what they say is finite.
  bool can_predict() const { return sane_; }
  const stream_counts& counts() const { return counts_; }

  /// @pre can_predict()
  prediction predict(std::size_t horizon_index) const;
  /// @pre can_predict(), and the horizon is computed
  signal make_signal(std::size_t horizon_index) const;
  /// What make_signal judges. The same preconditions.
  scored_close score(std::size_t horizon_index) const;
  /// Of every horizon, ascending. @pre can_predict()
  std::vector<prediction> say_predictions() const;
  /// What a client hears at this close: predictions of all horizons, signals of the pushed ones;
  /// both empty while warming up. @pre last_time() > 0
  bulletin say() const;

  /// What was said at the newest close is followed from here on until its outcome is known.
  void follow(const bulletin& said);
  void follow(const signal& said) { outcomes_.follow(said); }
  /// What was left open earlier is followed from its own candle on: before those are taken.
  void expect(open_rows rows) { outcomes_.expect(std::move(rows)); }
  /// Outcomes that became known since it was last asked.
  settled_rows take_settled() { return outcomes_.take_settled(); }
  const outcome_counts& outcomes() const { return outcomes_.counts(); }

  /// Empty until every indicator has its window.
  std::optional<indicator_report> indicators() const;
  /// The newest `limit` closed candles, ascending.
  std::vector<candle> history(timeframe interval, std::uint32_t limit) const;

private:
  void fold(const candle& next);
  void restart_windows();

  symbol_name symbol_;
  stream_options options_;
  std::string terms_; // of every signal
  candle_gate gate_;
  candle_ring ring_;
  aggregator aggregates_;
  class indicators indicators_;
  amd_phase_detector amd_;
  feature_builder features_;
  forecaster forecaster_;
  std::optional<forecaster> challenging_; // while there is a trial
  coming_ranges ranges_;
  outcome_tracker outcomes_;
  live_judge judge_;
  std::int64_t judged_day_ = 0;
  stream_counts counts_;
  utc_ms from_ = 0;
  bool sane_ = false;
  std::size_t since_restart_ = 0; // candles in the present windows
};

} // namespace troupe
