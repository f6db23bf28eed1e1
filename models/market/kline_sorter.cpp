#include "models/market/kline_sorter.hpp"

#include <algorithm>

namespace troupe {

kline_sorter::kline_sorter(sink on_candle, std::size_t window_rows)
    : on_candle_(std::move(on_candle)), window_rows_(std::max<std::size_t>(window_rows, 1)) {}

void kline_sorter::push(std::uint64_t line, const candle& row, std::string_view member) {
  if (const auto i = held_.find(row.open_time); i != held_.end()) {
    ++report_.rows;
    return count_duplicate(i->second, row);
  }
  if (const auto i = recent_.find(row.open_time); i != recent_.end()) {
    ++report_.rows;
    return count_duplicate(i->second, row);
  }
  ++report_.rows;
  if (row.open_time < newest_) ++report_.disordered;
  if (report_.candles > 0 && row.open_time < report_.last)
    return reject(
        line, "older by more than " + std::to_string(window_rows_) + " rows than those before it",
        member);
  newest_ = std::max(newest_, row.open_time);
  held_.emplace(row.open_time, row);
  if (held_.size() > window_rows_) hand_on_oldest();
}

void kline_sorter::reject(std::uint64_t line, std::string reason, std::string_view member) {
  ++report_.bad_rows;
  if (report_.first_bad_rows.size() < kept_bad_rows)
    report_.first_bad_rows.push_back({line, std::string{member}, std::move(reason)});
}

void kline_sorter::finish() {
  while (!held_.empty()) hand_on_oldest();
}

void kline_sorter::hand_on_oldest() {
  const auto node = held_.extract(held_.begin());
  const auto& c = node.mapped();
  if (report_.candles == 0) {
    report_.first = c.open_time;
  } else if (const auto skipped = (c.open_time - report_.last) / base_interval_ms - 1) {
    ++report_.gaps;
    report_.missing += static_cast<std::uint64_t>(skipped);
  }
  report_.last = c.open_time;
  ++report_.candles;
  if (c.volume == 0) ++report_.zero_volume;
  recent_.emplace(c.open_time, c);
  if (recent_.size() > window_rows_) recent_.erase(recent_.begin());
  on_candle_(c);
}

void kline_sorter::count_duplicate(const candle& kept, const candle& repeated) {
  ++(kept == repeated ? report_.identical_duplicates : report_.conflicting_duplicates);
}

} // namespace troupe
