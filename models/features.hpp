// The 24 features of one symbol, computed incrementally and identically in live, training and
// replay, so that live equals backtest and the future cannot leak in. Also the inputs of the HAR
// scale and the two volatilities that stops are measured in. Formulas: features.cpp.
#pragma once
#include "messages/candle.hpp"
#include "messages/forecast.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace troupe {

inline constexpr std::size_t feature_count = 24;
using feature_row = std::array<float, feature_count>;

/// Names in the order of the row. The order is part of the model contract.
extern const std::array<std::string_view, feature_count> feature_names;

/// 16 hex digits over the names, their order and the version of their formulas.
std::string feature_hash();

/// Base candles until the longest window (one week) is whole.
inline constexpr std::uint32_t feature_warmup = 2016;

/// Inputs of the linear HAR range forecast for one horizon (the constant is not among them):
/// range scale over 3, 12, 72, 288, 2016 candles and the slot profile of the coming candles.
using har_row = std::array<double, 6>;

/// Folds candles, which must follow each other without a gap other than a scheduled closure.
class feature_builder {
public:
  feature_builder();
  ~feature_builder();
  feature_builder(feature_builder&&) noexcept;
  feature_builder& operator=(feature_builder&&) noexcept;

  /// Takes the next closed candle in. O(1). @pre next.open_time > the last one's.
  void push(const candle& next);

  /// Forgets everything, after a gap.
  void restart();

  /// True once feature_warmup candles came in since the start; only then may row() be used.
  bool ready() const;
  std::uint32_t warmup_left() const;

  /// @pre ready(). All finite.
  const feature_row& row() const;
  const har_row& har(std::size_t horizon_index) const;

  /// Standard deviation of 5-minute log returns over 288 candles, as a fraction. @pre ready()
  double sigma() const;
  /// Wilder's ATR(14) as a fraction of the last close. @pre ready()
  double atr_fraction() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe
