#include "models/indicators.hpp"

#include <cmath>

namespace troupe {

void indicators::push(const candle& next) {
  sma10_.push(next.close);
  sma50_.push(next.close);
  bands_.push(next.close);
  if (last_close_ > 0) returns_.push(std::log(next.close / last_close_));
  macd_.push(next.close);
  rsi_.push(next.close);
  atr_.push(next);
  volume_ratio_.push(next.volume);
  last_close_ = next.close;
  last_time_ = next.open_time;
}

indicator_report indicators::report() const {
  indicator_report r;
  r.candle_time = last_time_;
  r.sma10 = sma10();
  r.sma20 = sma20();
  r.sma50 = sma50();
  r.ema12 = ema12();
  r.ema26 = ema26();
  r.rsi = rsi14();
  r.macd = macd_value();
  r.macd_signal = macd_signal();
  r.macd_histogram = macd_histogram();
  r.atr = atr14();
  r.bollinger_middle = r.sma20;
  const double width = 2 * bands_.deviation();
  r.bollinger_upper = r.sma20 + width;
  r.bollinger_lower = r.sma20 - width;
  r.volatility = volatility();
  r.volume_ratio = volume_ratio20();
  return r;
}

} // namespace troupe
