// Puts the candles of a kline file in order and keeps the account of what was wrong with them.
// Small disorder is mended within a bounded window; nothing is invented, so gaps stay gaps.
#pragma once
#include "messages/candle.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct bad_row {
  std::uint64_t line = 0; // counted from 1
  std::string member;     // of an archive; empty for a plain file
  std::string reason;
};

/// What was found in a file. rows = candles + duplicates (both kinds) + those among bad_rows that
/// came too late to be put in order.
struct import_report {
  std::uint64_t rows = 0;    // lines that are candles
  std::uint64_t candles = 0; // handed on: ascending, each open_time once
  std::uint64_t identical_duplicates = 0, conflicting_duplicates = 0; // the first one won
  std::uint64_t disordered = 0;                                       // came after a later one
  std::uint64_t gaps = 0, missing = 0; // holes, and the base slots in them
  std::uint64_t zero_volume = 0;       // among candles
  std::uint64_t bad_rows = 0;
  std::vector<bad_row> first_bad_rows; // at most kept_bad_rows
  utc_ms first = 0, last = 0;          // open times of candles; 0 when there are none
};

inline constexpr std::size_t kept_bad_rows = 20;

/// Rows in, candles out, in ascending order of time.
class kline_sorter {
public:
  using sink = std::function<void(const candle&)>;

  /// Holds up to `window_rows` candles back, so a row may be that far out of place.
  explicit kline_sorter(sink on_candle, std::size_t window_rows = 64);

  void push(std::uint64_t line, const candle& row, std::string_view member = {});
  void reject(std::uint64_t line, std::string reason, std::string_view member = {});

  /// Hands on what is still held back. Call once, after the last row.
  void finish();

  const import_report& report() const { return report_; }

private:
  void hand_on_oldest();
  void count_duplicate(const candle& kept, const candle& repeated);

  sink on_candle_;
  std::size_t window_rows_;
  std::map<utc_ms, candle> held_;   // at most window_rows_
  std::map<utc_ms, candle> recent_; // handed on last, at most window_rows_: to know a duplicate
  utc_ms newest_ = 0;
  import_report report_;
};

} // namespace troupe
