#include "models/forecast/dataset.hpp"

#include <algorithm>

namespace troupe {
namespace {

void keep_ascending(std::vector<candle>& candles) {
  std::size_t kept = 0;
  for (const candle& c : candles)
    if (kept == 0 || c.open_time > candles[kept - 1].open_time) candles[kept++] = c;
  candles.resize(kept);
}

void look_ahead(dataset& data) {
  const auto& candles = data.candles;
  for (auto& s : data.samples)
    for (std::size_t h = 0; h < horizons.size(); ++h) {
      if (!s.whole(h)) break; // horizons ascend
      const auto n = static_cast<std::size_t>(horizons[h]);
      const double close = candles[s.at].close;
      s.delta[h][0] = static_cast<float>(delta_high(close, &candles[s.at + 1], n));
      s.delta[h][1] = static_cast<float>(delta_low(close, &candles[s.at + 1], n));
    }
}

} // namespace

bool follows(const candle& last, const candle& next, const closure_rule& scheduled) {
  return next.open_time - last.open_time == base_interval_ms
      || (scheduled && scheduled(last.open_time, next.open_time));
}

double delta_high(double close, const candle* after, std::size_t count) {
  double high = after->high;
  for (std::size_t i = 1; i < count; ++i) high = std::max(high, after[i].high);
  return high / close - 1;
}

double delta_low(double close, const candle* after, std::size_t count) {
  double low = after->low;
  for (std::size_t i = 1; i < count; ++i) low = std::min(low, after[i].low);
  return 1 - low / close;
}

dataset make_dataset(symbol_name symbol, std::vector<candle> candles,
                     const closure_rule& scheduled) {
  dataset data;
  data.symbol = std::move(symbol);
  keep_ascending(candles);
  data.candles = std::move(candles);
  feature_builder features;
  std::size_t segment = 0; // first sample since the last gap
  const auto close_segment = [&](std::size_t end) {
    for (; segment < data.samples.size(); ++segment)
      data.samples[segment].followed =
          static_cast<std::uint32_t>(end - 1 - data.samples[segment].at);
  };
  for (std::size_t i = 0; i < data.candles.size(); ++i) {
    const candle& c = data.candles[i];
    if (i > 0 && !follows(data.candles[i - 1], c, scheduled)) {
      close_segment(i);
      features.restart();
    }
    features.push(c);
    if (!features.ready()) continue;
    sample s;
    s.time = c.open_time;
    s.at = static_cast<std::uint32_t>(i);
    s.sigma = features.sigma();
    s.atr_fraction = features.atr_fraction();
    s.features = features.row();
    for (std::size_t h = 0; h < horizons.size(); ++h) s.har[h] = features.har(h);
    data.samples.push_back(s);
  }
  close_segment(data.candles.size());
  look_ahead(data);
  return data;
}

} // namespace troupe
