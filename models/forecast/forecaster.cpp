#include "models/forecast/forecaster.hpp"

#include "models/forecast/conformal.hpp"
#include "models/forecast/model_set.hpp"
#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

constexpr std::size_t sides = 2;
constexpr std::size_t longest = static_cast<std::size_t>(horizons.back());
constexpr std::int64_t slots_a_day = day_ms / base_interval_ms;

/// A prediction that waits for its outcome.
struct waiting {
  utc_ms time = 0; // 0: none
  double close = 0;
  std::array<double, sides> delta{};
  std::array<float, sides> q10{}, q90{}; // as ratios, as they were stated
};

struct horizon_state {
  std::vector<waiting> ring; // one per candle of the horizon
  std::array<conformal_band, sides> bands;
  std::array<std::int64_t, sides> refreshed{}; // the day of the last refresh
};

} // namespace

struct forecaster::state {
  std::shared_ptr<const model_set> speaking, next;
  std::uint64_t spread = 0;  // of the symbol, for refresh
  std::uint64_t candles = 0; // since the restart
  std::array<double, longest> highs{}, lows{};
  std::array<horizon_state, horizons.size()> each;
  recent_steps recent; // kept up only for a network
  network_answer learnt{};
  range_forecasts out{};
  bool ready = false;
  bool bands = true;
  std::size_t only = 0; // the horizon predicted when there are no bands

  state();
  /// Where the prediction of this candle goes, and where the one that it settles lies.
  waiting& cell_of_now(std::size_t h) {
    auto& ring = each[h].ring;
    return ring[static_cast<std::size_t>((candles - 1) % ring.size())];
  }
  void adopt();
  void remember(const candle& closed);
  void look(const feature_builder& features);
  void forget();
  std::array<double, sides> outcome(double close, std::size_t count) const;
  void settle(std::size_t h);
  void refresh(utc_ms now, std::size_t h);
  void predict(const candle& closed, const feature_builder& features, std::size_t h);
  double mean(const feature_builder& features, std::size_t h, std::size_t side) const {
    return speaking->ranges[h * sides + side]->forecast(features.row(), features.har(h), learnt);
  }
  void predict_mean(const feature_builder& features, std::size_t h) {
    out[h].delta_high = mean(features, h, 0);
    out[h].delta_low = mean(features, h, 1);
  }
};

forecaster::state::state() {
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    each[h].ring.resize(static_cast<std::size_t>(horizons[h]));
    out[h].horizon = horizons[h];
  }
}

void forecaster::state::adopt() {
  speaking = std::move(next);
  next = nullptr;
  recent.restart();
  spread = fnv1a{}.add(speaking->symbol).value() % slots_a_day;
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    std::fill(each[h].ring.begin(), each[h].ring.end(), waiting{});
    each[h].refreshed.fill(0);
    for (std::size_t side = 0; side < sides; ++side) {
      const auto& model = *speaking->ranges[h * sides + side];
      each[h].bands[side].seed(model.seed_errors, model.seed_coverage);
    }
  }
}

void forecaster::state::remember(const candle& closed) {
  const auto cell = static_cast<std::size_t>(candles++ % longest);
  highs[cell] = closed.high;
  lows[cell] = closed.low;
  if (speaking && speaking->network) recent.push(closed);
}

/// What the network says of all horizons, where there is one.
void forecaster::state::look(const feature_builder& features) {
  ready = speaking && features.ready() && (!speaking->network || recent.full());
  if (ready && speaking->network) learnt = speaking->network->answer(recent.look(features));
}

void forecaster::state::forget() {
  candles = 0;
  ready = false;
  recent.restart();
  for (auto& one : each) std::fill(one.ring.begin(), one.ring.end(), waiting{});
}

/// The highest high and the lowest low of the last `count` candles, over their start, as deltas.
std::array<double, sides> forecaster::state::outcome(double close, std::size_t count) const {
  auto cell = static_cast<std::size_t>((candles - 1) % longest);
  double high = highs[cell], low = lows[cell];
  for (std::size_t i = 1; i < count; ++i) {
    cell = cell == 0 ? longest - 1 : cell - 1;
    high = std::max(high, highs[cell]);
    low = std::min(low, lows[cell]);
  }
  return {high / close - 1, 1 - low / close};
}

void forecaster::state::settle(std::size_t h) {
  const waiting& due = cell_of_now(h);
  if (due.time == 0) return;
  const auto came = outcome(due.close, each[h].ring.size());
  for (std::size_t side = 0; side < sides; ++side) {
    // The models have seen these outcomes; their out-of-fold errors are in the seed already.
    if (due.time <= speaking->ranges[h * sides + side]->seed_last) continue;
    const auto error = static_cast<float>(came[side] / due.delta[side]);
    each[h].bands[side].add(error, error >= due.q10[side] && error <= due.q90[side]);
  }
}

/// Once a day, at a slot that spreads symbols, horizons and sides over the day.
void forecaster::state::refresh(utc_ms now, std::size_t h) {
  for (std::size_t side = 0; side < sides; ++side) {
    const auto offset =
        static_cast<std::int64_t>((spread + (h * sides + side) * slots_a_day / 8) % slots_a_day);
    const std::int64_t day = (now / base_interval_ms + offset) / slots_a_day;
    if (day == each[h].refreshed[side]) continue;
    each[h].refreshed[side] = day;
    each[h].bands[side].refresh();
  }
}

void forecaster::state::predict(const candle& closed, const feature_builder& features,
                                std::size_t h) {
  waiting made{closed.open_time, closed.close, {}, {}, {}};
  range_forecast& f = out[h];
  for (std::size_t side = 0; side < sides; ++side) {
    const double delta = mean(features, h, side);
    const auto& ratios = each[h].bands[side].ratios();
    made.delta[side] = delta;
    made.q10[side] = ratios[q10];
    made.q90[side] = ratios[q90];
    (side == 0 ? f.delta_high : f.delta_low) = delta;
    auto& quantiles = side == 0 ? f.high_quantiles : f.low_quantiles;
    for (std::size_t q = 0; q < quantiles.size(); ++q)
      quantiles[q] = std::max(0.0, delta * static_cast<double>(ratios[q]));
  }
  f.coverage = (each[h].bands[0].coverage() + each[h].bands[1].coverage()) / 2;
  cell_of_now(h) = made;
}

forecaster::forecaster() : state_(std::make_unique<state>()) {}
forecaster::~forecaster() = default;
forecaster::forecaster(forecaster&&) noexcept = default;
forecaster& forecaster::operator=(forecaster&&) noexcept = default;

void forecaster::use(std::shared_ptr<const model_set> models) { state_->next = std::move(models); }

void forecaster::limit_to(std::size_t horizon_index) {
  state_->bands = false;
  state_->only = horizon_index;
}

const std::shared_ptr<const model_set>& forecaster::models() const {
  return state_->speaking ? state_->speaking : state_->next;
}

void forecaster::step(const candle& closed, const feature_builder& features) {
  state& s = *state_;
  if (s.next) s.adopt();
  s.remember(closed);
  s.look(features);
  if (!s.speaking) return;
  if (!s.bands) {
    if (s.ready) s.predict_mean(features, s.only);
    return;
  }
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    s.settle(h);
    s.refresh(closed.open_time, h);
    if (s.ready)
      s.predict(closed, features, h);
    else
      s.cell_of_now(h) = {};
  }
}

void forecaster::restart() { state_->forget(); }
const range_forecasts& forecaster::ranges() const { return state_->out; }
bool forecaster::ready() const { return state_->ready; }

range_baseline forecaster::baselines(std::size_t horizon_index, range_side side,
                                     const feature_builder& features) const {
  const auto& model =
      *state_->speaking->ranges[horizon_index * sides + (side == range_side::high ? 0 : 1)];
  return {model.har.forecast(features.har(horizon_index)), model.atr_k * features.atr_fraction()};
}

double forecaster::tp_rate(bool long_side, int rr, double stop_fraction,
                           const feature_builder& features) const {
  const std::size_t at = (long_side ? 0 : 2) + static_cast<std::size_t>(rr - 2);
  return state_->speaking->tpsl[at]->stops[stop_bucket(stop_fraction / features.sigma())].tp_rate;
}

barrier_odds forecaster::odds(bool long_side, int rr, double stop_fraction,
                              const feature_builder& features) const {
  const std::size_t at = (long_side ? 0 : 2) + static_cast<std::size_t>(rr - 2);
  return state_->speaking->tpsl[at]->odds(features.row(), stop_fraction / features.sigma());
}

} // namespace troupe
