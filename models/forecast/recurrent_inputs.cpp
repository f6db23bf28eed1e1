#include "models/forecast/recurrent_inputs.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

constexpr double least_span = 1e-7, least_volume = 1e-6, largest_volume = 1e15;
constexpr float most_changes = 8, most_log = 4; // against the scale of the day

// Features that are positive scales or ratios: their logarithms are nearer to even.
constexpr std::array<std::size_t, 11> log_features{0, 1, 2, 3, 4, 5, 16, 18, 19, 20, 21};

float log_ratio(double x, double over) {
  const double least = least_span;
  return static_cast<float>(std::log(std::max(x, least) / std::max(over, least)));
}

} // namespace

window_step step_of(const candle& closed, double last_close) {
  window_step out;
  const double span = closed.high - closed.low;
  out.change = static_cast<float>(std::log(closed.close / last_close));
  out.log_span =
      static_cast<float>(std::log(std::max(std::log(closed.high / closed.low), least_span)));
  out.place =
      span > 0 ? static_cast<float>((2 * closed.close - closed.high - closed.low) / span) : 0;
  out.log_volume =
      static_cast<float>(std::log(std::clamp(closed.volume, least_volume, largest_volume)));
  return out;
}

network_window window_of(const window_step* oldest, const har_rows& har) {
  network_window out;
  const double day = std::max(har[0][3], least_span);
  const auto scale = static_cast<float>(1 / day), log_day = static_cast<float>(std::log(day));
  float volume = 0;
  for (std::size_t t = 0; t < window_steps; ++t) volume += oldest[t].log_volume;
  volume /= static_cast<float>(window_steps);
  for (std::size_t t = 0; t < window_steps; ++t) {
    const auto& s = oldest[t];
    float* to = &out[t * step_inputs];
    to[0] = std::clamp(s.change * scale, -most_changes, most_changes);
    to[1] = std::clamp(s.log_span - log_day, -most_log, most_log);
    to[2] = s.place;
    to[3] = std::clamp(s.log_volume - volume, -most_log, most_log);
  }
  return out;
}

network_context context_of(const feature_row& features, const har_rows& har) {
  network_context out{};
  std::copy(features.begin(), features.end(), out.begin());
  for (const auto f : log_features) out[f] = log_ratio(static_cast<double>(features[f]), 1);
  const double day = har[0][3];
  constexpr std::array<std::size_t, 4> spans{0, 1, 2, 4};
  for (std::size_t i = 0; i < spans.size(); ++i)
    out[feature_count + i] = log_ratio(har[0][spans[i]], day);
  for (std::size_t h = 0; h < horizons.size(); ++h)
    out[feature_count + spans.size() + h] = log_ratio(har[h][5], day);
  return out;
}

void recent_steps::push(const candle& closed) {
  if (count_ > 0) ring_[(count_ - 1) % window_steps] = step_of(closed, last_close_);
  last_close_ = closed.close;
  ++count_;
}

void recent_steps::restart() { *this = recent_steps{}; }

network_input recent_steps::look(const feature_builder& features) const {
  std::array<window_step, window_steps> ordered;
  for (std::size_t i = 0; i < window_steps; ++i)
    ordered[i] = ring_[(count_ - 1 + i) % window_steps];
  har_rows har;
  for (std::size_t h = 0; h < horizons.size(); ++h) har[h] = features.har(h);
  return {window_of(ordered.data(), har), context_of(features.row(), har)};
}

std::vector<window_step> steps_of(const std::vector<candle>& candles) {
  std::vector<window_step> out(candles.size());
  for (std::size_t i = 1; i < candles.size(); ++i)
    out[i] = step_of(candles[i], candles[i - 1].close);
  return out;
}

} // namespace troupe
