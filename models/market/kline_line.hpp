// Reads one line of a kline file (the columns of Binance's dumps) into a candle, or says why not.
// It sees a line at a time: order, duplicates and gaps are kline_sorter's; bytes are the runtime's.
#pragma once
#include "messages/candle.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace troupe {

/// The line names the columns.
struct kline_header {};

/// The line holds nothing.
struct kline_blank {};

/// The line is no candle. `column` counts from 1; 0: the line as a whole.
struct kline_error {
  int column = 0;
  std::string reason; // for people, names the column and the value
};

using kline_line = std::variant<candle, kline_header, kline_blank, kline_error>;

/// Columns: open_time,open,high,low,close,volume and any more, which are not looked at. Spaces,
/// double quotes, a carriage return and a byte order mark around values are tolerated; numbers are
/// plain (point, no locale). open_time is in ms, or in µs when it is 1e14 or more (Binance's spot
/// dumps since 2025).
kline_line parse_kline(std::string_view line);

} // namespace troupe
