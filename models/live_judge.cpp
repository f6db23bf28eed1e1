#include "models/live_judge.hpp"

#include "models/signal_rules.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace troupe {

live_judge::voice live_judge::make_voice(const model_set_ptr& models) const {
  voice v{models, live_scores{days_}, {}};
  if (models)
    for (std::size_t h = 0; h < horizons.size(); ++h)
      v.said[h].resize(static_cast<std::size_t>(horizons[h]));
  return v;
}

void live_judge::use(const model_set_ptr& champion) {
  if (champion && champion == voices_[challenger_at].models) {
    voices_[champion_at] = std::move(voices_[challenger_at]);
    for (auto& t : trades_) t.said[champion_at] = t.said[challenger_at];
  } else {
    voices_[champion_at] = make_voice(champion);
    forget_odds(champion_at);
  }
  challenge(nullptr);
}

void live_judge::challenge(const model_set_ptr& challenger) {
  voices_[challenger_at] = make_voice(challenger);
  forget_odds(challenger_at);
  trial_.reset();
  if (!challenger) return;
  const auto& champion = *voices_[champion_at].models;
  trial_.emplace(challenger->symbol, champion.version, challenger->version,
                 std::max(champion.train_to, challenger->train_to));
}

void live_judge::forget_odds(std::size_t at) {
  for (auto& t : trades_) t.said[at] = {};
}

// Where what is said now goes, and where what falls due now lies.
live_judge::statement& live_judge::cell(voice& v, std::size_t h) const {
  return v.said[h][static_cast<std::size_t>((candles_ - 1) % v.said[h].size())];
}

void live_judge::step(const candle& closed, const coming_ranges& ranges,
                      const feature_builder& features, const forecaster& champion,
                      const forecaster* challenger) {
  ++candles_;
  settle_ranges(ranges);
  settle_trades(closed);
  remember(champion_at, closed.open_time, features, champion);
  if (challenger) remember(challenger_at, closed.open_time, features, *challenger);
  open_trades(closed, features, champion, challenger);
}

void live_judge::settle_ranges(const coming_ranges& ranges) {
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    const auto came = ranges.of(h);
    if (!came) continue;
    const std::array<double, sides> outcome{came->high / came->close - 1,
                                            1 - came->low / came->close};
    std::array<std::array<double, sides>, voices> loss{};
    std::array<bool, voices> spoke{};
    double scale[sides] = {1, 1};
    for (std::size_t at = 0; at < voices; ++at) {
      auto& v = voices_[at];
      if (!v.models) continue;
      const auto& said = cell(v, h);
      if (said.time != came->time || !v.counts(said.time)) continue;
      spoke[at] = true;
      for (std::size_t side = 0; side < sides; ++side) {
        v.scores.add_range(h * sides + side, said.time, said.of[side], outcome[side]);
        // One scale for both, known when they spoke: the score stays proper.
        if (at == champion_at && said.of[side].har > 0) scale[side] = said.of[side].har;
        loss[at][side] = pinball_loss(said.of[side], outcome[side]) / scale[side];
      }
    }
    if (trial_ && spoke[champion_at] && spoke[challenger_at])
      for (std::size_t side = 0; side < sides; ++side)
        trial_->add_range(came->time, loss[champion_at][side], loss[challenger_at][side]);
  }
}

void live_judge::settle_trades(const candle& closed) {
  const auto decided = [&](open_trade& t) {
    const auto came = t.trade.step(closed);
    if (!came) return false;
    const bool met = came->hit == barrier::tp;
    std::array<double, voices> loss{};
    std::array<bool, voices> spoke{};
    for (std::size_t at = 0; at < voices; ++at) {
      auto& v = voices_[at];
      const auto& said = t.said[at];
      if (said.p_tp < 0 || !v.counts(t.time)) continue;
      spoke[at] = true;
      v.scores.add_trade(t.model, t.time, said.p_tp, said.rate, met);
      loss[at] = ((met ? 1 : 0) - said.p_tp) * ((met ? 1 : 0) - said.p_tp);
    }
    if (trial_ && spoke[champion_at] && spoke[challenger_at])
      trial_->add_trade(t.time, loss[champion_at], loss[challenger_at]);
    return true;
  };
  trades_.erase(std::remove_if(trades_.begin(), trades_.end(), decided), trades_.end());
}

void live_judge::remember(std::size_t at, utc_ms now, const feature_builder& features,
                          const forecaster& speaks) {
  auto& v = voices_[at];
  if (!v.models) return;
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    auto& made = cell(v, h);
    made.time = 0;
    if (!speaks.ready()) continue;
    const auto& f = speaks.ranges()[h];
    bool finite = true;
    for (std::size_t side = 0; side < sides; ++side) {
      auto& said = made.of[side];
      const auto base =
          speaks.baselines(h, side == 0 ? range_side::high : range_side::low, features);
      said.mean = side == 0 ? f.delta_high : f.delta_low;
      said.har = base.har;
      said.atr = base.atr;
      said.quantiles = side == 0 ? f.high_quantiles : f.low_quantiles;
      finite = finite && is_finite(said);
    }
    if (finite) made.time = now;
  }
}

// The stop of one horizon a candle, in turns: all four of each model are seen, none costs a candle
// more than four odds. Trades of neighbouring candles overlap almost wholly anyhow.
void live_judge::open_trades(const candle& closed, const feature_builder& features,
                             const forecaster& champion, const forecaster* challenger) {
  if (!champion.ready()) return;
  const auto turn = static_cast<std::size_t>(closed.open_time / base_interval_ms) % horizons.size();
  const double stop = stop_fraction(features.sigma(), features.atr_fraction(), horizons[turn]);
  if (!(stop > 0) || !(stop * 3 < 1)) return; // a short's target must be a price
  const auto say = [&](const forecaster* speaks, bool long_side, int rr) -> odds_said {
    if (!speaks || !speaks->ready()) return {};
    const double p = speaks->odds(long_side, rr, stop, features).p_tp;
    const double rate = speaks->tp_rate(long_side, rr, stop, features);
    return p >= 0 && p <= 1 && std::isfinite(rate) ? odds_said{p, rate} : odds_said{};
  };
  for (std::size_t model = 0; model < tpsl_models; ++model) {
    const bool long_side = model < 2;
    const int rr = 2 + static_cast<int>(model % 2);
    const barrier_trade trade{closed.close, stop, static_cast<double>(rr), long_side};
    trades_.push_back({closed.open_time,
                       model,
                       followed_trade{trade},
                       {say(&champion, long_side, rr), say(challenger, long_side, rr)}});
  }
}

void live_judge::restart() {
  candles_ = 0;
  trades_.clear();
  for (auto& v : voices_)
    for (auto& ring : v.said) std::fill(ring.begin(), ring.end(), statement{});
}

std::vector<model_scores> live_judge::scores(const symbol_name& symbol) const {
  std::vector<model_scores> out;
  for (std::size_t at = 0; at < voices; ++at) {
    if (!voices_[at].models) continue;
    for (auto& row : voices_[at].scores.report(symbol)) {
      row.version = voices_[at].models->version;
      row.state = at == champion_at ? "champion" : "challenger";
      out.push_back(std::move(row));
    }
  }
  return out;
}

std::optional<trial_report> live_judge::evidence() const {
  if (!trial_) return std::nullopt;
  return trial_->report();
}

} // namespace troupe
