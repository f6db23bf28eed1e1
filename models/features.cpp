#include "models/features.hpp"

#include "models/fnv.hpp"
#include "models/indicators.hpp"
#include "models/slot_profile.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

const std::array<std::string_view, feature_count> feature_names{
    "volatility_10", "volatility_20", "volatility_288",  "atr_ratio",
    "range_ratio",   "parkinson_72",  "rsi_14",          "momentum_5",
    "momentum_10",   "momentum_20",   "sma_ratio_10",    "sma_ratio_20",
    "sma_ratio_50",  "macd",          "macd_signal",     "macd_histogram",
    "bb_width",      "bb_pos",        "volume_ratio_20", "volume_trend",
    "slot_range",    "slot_volume",   "tod_sin",         "tod_cos"};

namespace {

// Changes whenever a formula below does: models trained on other formulas are then refused.
constexpr std::string_view formula_version = "formulas 1";

// Neither a frozen market nor an absurd candle may make a value that is not finite.
constexpr double least_scale = 1e-9, largest_value = 1e6, largest_volume = 1e15;

/// Means over several lengths of the same numbers; one ring for all. Sums are renewed when the
/// ring has gone round, so that what they lost to rounding does not stay.
template<std::size_t... Lengths>
class nested_means {
public:
  void push(double x) {
    for (std::size_t i = 0; i < count; ++i) {
      if (lengths[i] <= values_.size()) sums_[i] -= values_.at(lengths[i] - 1);
      sums_[i] += x;
    }
    values_.push(x);
    if (values_.wrapped()) renew();
  }
  /// Over the i-th length, once that many numbers came in. Never negative for inputs >= 0.
  double mean(std::size_t i) const {
    return std::max(0.0, sums_[i]) / static_cast<double>(lengths[i]);
  }

private:
  static constexpr std::size_t count = sizeof...(Lengths);
  static constexpr std::array<std::size_t, count> lengths{Lengths...};

  void renew() {
    double sum = 0;
    std::size_t age = 0;
    for (std::size_t i = 0; i < count; ++i) { // lengths ascend
      for (; age < lengths[i]; ++age) sum += values_.at(age);
      sums_[i] = sum;
    }
  }

  window<std::max({Lengths...})> values_;
  std::array<double, count> sums_{};
};

/// Sine and cosine of the time of day at which each slot opens.
struct day_circle {
  std::array<float, slots_per_day> sine, cosine;
  day_circle() {
    for (std::size_t s = 0; s < slots_per_day; ++s) {
      const double angle = 6.283185307179586 * static_cast<double>(s) / slots_per_day;
      sine[s] = static_cast<float>(std::sin(angle));
      cosine[s] = static_cast<float>(std::cos(angle));
    }
  }
};

double ratio(double x, double over, double otherwise) { return over > 0 ? x / over : otherwise; }

double bounded(double x) {
  return std::isfinite(x) ? std::clamp(x, -largest_value, largest_value) : 0;
}

enum : std::size_t { over_3, over_12, over_72, over_288, over_2016 };

} // namespace

struct feature_builder::state {
  std::uint32_t count = 0;
  double last_close = 0;
  nested_means<3, 12, 72, 288, 2016> spans;
  window_mean<72> squared_spans;
  nested_means<12, 20, 288> volumes;
  window<21> closes;
  window_deviation<10> returns_10;
  window_deviation<20> returns_20, bands;
  window_deviation<slots_per_day> returns_288;
  window_mean<10> sma_10;
  window_mean<50> sma_50;
  macd trend;
  rsi<14> strength;
  atr<14> true_range;
  slot_profile span_profile, volume_profile;
  feature_row row{};
  std::array<har_row, horizons.size()> har{};
  double sigma = 0, atr_fraction = 0;

  void push(const candle& next);
  void fold_close(double close);
  void write_har();
  void write_row(const candle& last);
};

void feature_builder::state::push(const candle& next) {
  const double span = std::log(next.high / next.low);
  const double volume = std::min(next.volume, largest_volume);
  const auto slot = static_cast<std::size_t>(next.open_time / base_interval_ms) % slots_per_day;
  // What a slot shows is measured against the day before it: a wild day must not mark its slots.
  const double usual_span = spans.mean(over_288), usual_volume = volumes.mean(2);
  span_profile.push(slot, count < slots_per_day ? 1 : ratio(span, usual_span, 1));
  volume_profile.push(slot, count < slots_per_day ? 1 : ratio(volume, usual_volume, 1));
  spans.push(span);
  squared_spans.push(span * span);
  volumes.push(volume);
  fold_close(next.close);
  true_range.push(next);
  if (count < feature_warmup) ++count;
  if (count < feature_warmup) return;
  sigma = std::max(returns_288.deviation(), least_scale);
  atr_fraction = std::clamp(true_range.value() / next.close, least_scale, largest_value);
  write_har();
  write_row(next);
}

void feature_builder::state::fold_close(double close) {
  if (last_close > 0) {
    const double change = std::log(close / last_close);
    returns_10.push(change);
    returns_20.push(change);
    returns_288.push(change);
  }
  last_close = close;
  closes.push(close);
  bands.push(close);
  sma_10.push(close);
  sma_50.push(close);
  trend.push(close);
  strength.push(close);
}

void feature_builder::state::write_har() {
  const double day = spans.mean(over_288);
  for (std::size_t h = 0; h < horizons.size(); ++h)
    har[h] = {spans.mean(over_3),    spans.mean(over_12),        spans.mean(over_72), day,
              spans.mean(over_2016), day * span_profile.ahead(h)};
}

void feature_builder::state::write_row(const candle& last) {
  static const day_circle circle;
  const double close = last.close, middle = bands.mean(), deviation = bands.deviation();
  const double squared = std::max(0.0, squared_spans.value());
  const std::array<double, feature_count - 2> values{
      returns_10.deviation(),
      returns_20.deviation(),
      sigma,
      atr_fraction,
      ratio(spans.mean(over_12), spans.mean(over_288), 1),
      std::sqrt(squared / (4 * 0.6931471805599453)), // Parkinson (1980): 4 ln 2
      strength.value(),
      std::log(close / closes.at(5)),
      std::log(close / closes.at(10)),
      std::log(close / closes.at(20)),
      close / sma_10.value() - 1,
      close / middle - 1,
      close / sma_50.value() - 1,
      trend.value() / close,
      trend.signal() / close,
      trend.histogram() / close,
      4 * deviation / middle,
      ratio(close - middle + 2 * deviation, 4 * deviation, .5),
      ratio(std::min(last.volume, largest_volume), volumes.mean(1), 1),
      ratio(volumes.mean(0), volumes.mean(2), 1),
      span_profile.next(),
      volume_profile.next(),
  };
  for (std::size_t i = 0; i < values.size(); ++i) row[i] = static_cast<float>(bounded(values[i]));
  row[feature_count - 2] = circle.sine[span_profile.next_slot()];
  row[feature_count - 1] = circle.cosine[span_profile.next_slot()];
}

std::string feature_hash() {
  fnv1a hash;
  for (const auto name : feature_names) hash.add(name).add("\n");
  return hash.add(formula_version).hex();
}

feature_builder::feature_builder() : state_(std::make_unique<state>()) {}
feature_builder::~feature_builder() = default;
feature_builder::feature_builder(feature_builder&&) noexcept = default;
feature_builder& feature_builder::operator=(feature_builder&&) noexcept = default;

void feature_builder::push(const candle& next) { state_->push(next); }
void feature_builder::restart() { *state_ = state{}; }
bool feature_builder::ready() const { return state_->count >= feature_warmup; }
std::uint32_t feature_builder::warmup_left() const { return feature_warmup - state_->count; }
const feature_row& feature_builder::row() const { return state_->row; }
const har_row& feature_builder::har(std::size_t horizon_index) const {
  return state_->har[horizon_index];
}
double feature_builder::sigma() const { return state_->sigma; }
double feature_builder::atr_fraction() const { return state_->atr_fraction; }

} // namespace troupe
