#include "models/symbol_stream.hpp"

#include "models/signal_terms.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace troupe {

namespace {

bool all_finite(const range_forecasts& ranges) {
  for (auto& r : ranges) {
    double sum = r.delta_high + r.delta_low + r.coverage;
    for (std::size_t q = 0; q < r.high_quantiles.size(); ++q)
      sum += r.high_quantiles[q] + r.low_quantiles[q];
    if (!std::isfinite(sum)) return false;
  }
  return true;
}

} // namespace

symbol_stream::symbol_stream(symbol_name symbol, stream_options options)
    : symbol_(symbol), options_(std::move(options)), terms_(terms_of(options_)),
      gate_(calendar_for(symbol), options_.fill_limit), ring_(stream_ring_candles),
      outcomes_(symbol_, options_.costs.round_trip_bp), judge_(options_.score_days) {
  const auto only = horizon_index(options_.only_horizon);
  if (only >= 0) forecaster_.limit_to(static_cast<std::size_t>(only));
}

std::uint32_t symbol_stream::take(const candle& next) {
  switch (gate_.judge(next).what) {
  case admission::invalid: ++counts_.invalid; return 0;
  case admission::duplicate:
  case admission::conflicting_duplicate: ++counts_.duplicates; return 0;
  case admission::late: ++counts_.late; return 0;
  case admission::apply: fold(next); return 1;
  case admission::gap: break;
  }
  ++counts_.gaps;
  const auto flat = gate_.fill(next);
  if (flat.empty()) {
    ++counts_.restarts;
    restart_windows();
  }
  for (auto& c : flat) fold(c);
  counts_.filled += flat.size();
  fold(next);
  return static_cast<std::uint32_t>(flat.size()) + 1;
}

void symbol_stream::fold(const candle& next) {
  gate_.fold(next);
  ring_.push(next);
  aggregates_.push(next);
  indicators_.push(next);
  amd_.push(next, indicators_);
  features_.push(next);
  forecaster_.step(next, features_);
  if (challenging_) challenging_->step(next, features_);
  if (options_.only_horizon == 0) {
    ranges_.push(next);
    outcomes_.push(next, ranges_);
    judge_.step(next, ranges_, features_, forecaster_, challenging_ ? &*challenging_ : nullptr);
  }
  sane_ = forecaster_.ready() && all_finite(forecaster_.ranges());
  if (since_restart_++ == 0) from_ = next.open_time;
  ++counts_.applied;
}

void symbol_stream::restart_windows() {
  aggregates_.restart();
  indicators_.restart();
  amd_.restart();
  features_.restart();
  forecaster_.restart();
  ranges_.restart();
  outcomes_.restart();
  judge_.restart();
  if (challenging_) challenging_->restart();
  sane_ = false;
  since_restart_ = 0;
}

void symbol_stream::use(model_set_ptr models) {
  challenging_.reset();
  judge_.use(models);
  forecaster_.use(std::move(models));
  forecaster_.restart();
  const auto count = std::min(since_restart_, ring_.size());
  if (count == 0) return;
  indicators_.restart();
  amd_.restart();
  features_.restart();
  from_ = ring_.at(count - 1).open_time;
  for (std::size_t i = count; i-- > 0;) {
    const auto& c = ring_.at(i);
    indicators_.push(c);
    amd_.push(c, indicators_);
    features_.push(c);
    forecaster_.step(c, features_);
  }
  sane_ = forecaster_.ready() && all_finite(forecaster_.ranges());
  since_restart_ = count;
}

// What the challenger says is no one's signal: it takes the ring through features of its own, and
// goes on with those of the stream, which are equal.
void symbol_stream::challenge(model_set_ptr models) {
  challenging_.reset();
  if (!forecaster_.models()) return;
  judge_.challenge(models);
  if (!models) return;
  challenging_.emplace();
  challenging_->use(std::move(models));
  judged_day_ = last_time() / day_ms;
  feature_builder features;
  for (std::size_t i = std::min(since_restart_, ring_.size()); i-- > 0;) {
    features.push(ring_.at(i));
    challenging_->step(ring_.at(i), features);
  }
}

std::optional<trial_report> symbol_stream::verdict() {
  const auto day = last_time() / day_ms;
  if (!challenging_ || day == std::exchange(judged_day_, day)) return std::nullopt;
  auto report = *judge_.evidence();
  report.state = troupe::judge(report, options_.trials);
  if (report.state == trial_state::running) return std::nullopt;
  if (report.state == trial_state::promoted)
    use(judge_.challenger());
  else
    challenge(nullptr);
  return report;
}

prediction symbol_stream::predict(std::size_t horizon_index) const {
  const auto& range = forecaster_.ranges()[horizon_index];
  const auto& last = ring_.at(0);
  prediction p;
  p.symbol = symbol_;
  p.horizon = range.horizon;
  p.candle_time = last.open_time;
  p.current_price = last.close;
  p.delta_high = range.delta_high;
  p.delta_low = range.delta_low;
  p.high_quantiles = range.high_quantiles;
  p.low_quantiles = range.low_quantiles;
  p.confidence = range.coverage;
  p.model_version = forecaster_.models()->version;
  return p;
}

scored_close symbol_stream::score(std::size_t horizon_index) const {
  const auto& last = ring_.at(0);
  const auto& range = forecaster_.ranges()[horizon_index];
  scored_close out;
  out.time = last.open_time;
  out.close = last.close;
  out.sigma = features_.sigma();
  out.atr_fraction = features_.atr_fraction();
  out.delta_high = range.delta_high;
  out.delta_low = range.delta_low;
  out.phase = amd_.phase();
  const auto stop = stop_fraction(out.sigma, out.atr_fraction, horizons[horizon_index]);
  for (int side = 0; side < 2; ++side)
    for (int rr = 0; rr < 2; ++rr)
      out.odds[static_cast<std::size_t>(side)][static_cast<std::size_t>(rr)] =
          forecaster_.odds(side == 0, rr + 2, stop, features_);
  return out;
}

signal symbol_stream::make_signal(std::size_t horizon_index) const {
  const auto& models = *forecaster_.models();
  const auto seen = score(horizon_index);
  signal_inputs in;
  in.last = ring_.at(0);
  in.horizon = horizons[horizon_index];
  in.sigma = seen.sigma;
  in.atr_fraction = seen.atr_fraction;
  in.range = &forecaster_.ranges()[horizon_index];
  in.amd_phase = to_string(seen.phase);
  auto s = decide(options_.rules, options_.costs, in, seen.odds);
  s.symbol = symbol_;
  s.model_version = models.version;
  s.model_hash = models.model_hash;
  s.feature_hash = models.feature_hash;
  s.terms = terms_;
  s.candles_from = from_;
  s.candles_to = in.last.open_time;
  if (models.source == "simulated" && !options_.made_up)
    s.reasons.push_back("the models learned from a simulated market: there was too little history");
  s.id = symbol_ + "-" + std::to_string(in.horizon) + "-" + std::to_string(in.last.open_time) + "-"
      + models.version;
  return s;
}

std::vector<prediction> symbol_stream::say_predictions() const {
  std::vector<prediction> out;
  for (std::size_t i = 0; i < horizons.size(); ++i) out.push_back(predict(i));
  return out;
}

bulletin symbol_stream::say() const {
  bulletin b;
  b.symbol = symbol_;
  b.last = ring_.at(0);
  if (!can_predict()) return b;
  b.predictions = say_predictions();
  for (auto h : pushed_horizons)
    b.signals.push_back(make_signal(static_cast<std::size_t>(horizon_index(h))));
  return b;
}

void symbol_stream::follow(const bulletin& said) {
  for (auto& p : said.predictions) outcomes_.follow(p);
  for (auto& s : said.signals) outcomes_.follow(s);
}

std::optional<indicator_report> symbol_stream::indicators() const {
  if (!indicators_.ready()) return std::nullopt;
  auto report = indicators_.report();
  report.symbol = symbol_;
  report.candle_time = last_time();
  report.amd_phase = to_string(amd_.phase());
  return report;
}

std::vector<candle> symbol_stream::history(timeframe interval, std::uint32_t limit) const {
  if (interval != timeframe::m5) return aggregates_.newest(interval, limit);
  return ring_.newest(limit);
}

} // namespace troupe
