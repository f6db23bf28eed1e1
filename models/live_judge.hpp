// Holds what the speaking version and its challenger say against what came: live scores of each,
// and the paired evidence of a trial. Both see the same candles, features and trades. It asks
// forecasters only, so that it does not matter what kind of models stand behind them.
#pragma once
#include "models/forecast/forecaster.hpp"
#include "models/forecast/model_set.hpp"
#include "models/live_scores.hpp"
#include "models/outcomes.hpp"
#include "models/trial.hpp"

#include <array>
#include <optional>
#include <vector>

namespace troupe {

class live_judge {
public:
  explicit live_judge(std::size_t days = live_score_days) : days_(days) {}

  /// This version speaks from now on. If it was the challenger its scores go on; a trial ends.
  void use(const model_set_ptr& champion);
  /// This version is tried beside the one that speaks, or none is (null). @pre use() was called
  void challenge(const model_set_ptr& challenger);
  const model_set_ptr& challenger() const { return voices_[1].models; }

  /// Takes the candle that all others have just folded: settles what fell due, then remembers what
  /// is said now. `challenger` is null without a trial. Predictions count that were made after the
  /// last candle their version learned from. A few microseconds.
  void step(const candle& closed, const coming_ranges& ranges, const feature_builder& features,
            const forecaster& champion, const forecaster* challenger);
  /// A gap: what waits for its outcome is dropped.
  void restart();

  /// Champion's models before the challenger's; those without a row are missing.
  std::vector<model_scores> scores(const symbol_name& symbol) const;
  /// The evidence so far; nothing without a trial.
  std::optional<trial_report> evidence() const;

private:
  static constexpr std::size_t sides = 2, voices = 2, champion_at = 0, challenger_at = 1;

  struct statement {
    utc_ms time = 0; // 0: none
    std::array<stated_range, sides> of{};
  };
  struct voice {
    model_set_ptr models;
    live_scores scores;
    std::array<std::vector<statement>, horizons.size()> said; // rings, a cell per candle
    bool counts(utc_ms made) const { return models && made > models->train_to; }
  };
  struct odds_said {
    double p_tp = -1, rate = 0; // -1: none
  };
  struct open_trade {
    utc_ms time = 0;
    std::size_t model = 0;
    followed_trade trade;
    std::array<odds_said, voices> said;
  };

  voice make_voice(const model_set_ptr& models) const;
  statement& cell(voice& v, std::size_t h) const;
  void settle_ranges(const coming_ranges& ranges);
  void settle_trades(const candle& closed);
  void remember(std::size_t at, utc_ms now, const feature_builder& features,
                const forecaster& speaks);
  void open_trades(const candle& closed, const feature_builder& features,
                   const forecaster& champion, const forecaster* challenger);
  void forget_odds(std::size_t at);

  std::size_t days_;
  std::array<voice, voices> voices_;
  std::optional<trial> trial_;
  std::vector<open_trade> trades_;
  std::uint64_t candles_ = 0; // since the restart
};

} // namespace troupe
