#include "models/simulated_tape.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::size_t max_marks = 1024;

}

simulated_tape::simulated_tape(simulated_market at_origin)
    : marks_{{0, at_origin}}, reader_{0, std::move(at_origin)} {}

std::vector<candle> simulated_tape::oldest(utc_ms from, utc_ms to, std::size_t limit) {
  std::vector<candle> out;
  seek(from);
  while (out.size() < limit && reader_.market.next_open_time() < to) out.push_back(step());
  return out;
}

std::vector<candle> simulated_tape::newest(utc_ms from, utc_ms to, std::size_t limit) {
  const auto origin = marks_.front().market.next_open_time();
  from = std::max(from, origin);
  if (limit == 0 || to <= from) return {};
  // Closed slots hold no candle, so the right stretch is not known at first.
  const auto slots = (to - from) / base_interval_ms + 1;
  for (auto span = static_cast<utc_ms>(std::min<std::uint64_t>(limit, slots));; span *= 2) {
    const auto lower = std::max(from, to - span * base_interval_ms);
    auto out = oldest(lower, to, static_cast<std::size_t>(slots));
    if (out.size() < limit && lower > from) continue;
    if (out.size() > limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limit));
    return out;
  }
}

utc_ms simulated_tape::open_time_of(utc_ms from, std::uint64_t n) {
  seek(from);
  while (--n > 0) step();
  return reader_.market.next_open_time();
}

void simulated_tape::seek(utc_ms from) {
  const auto after =
      std::upper_bound(marks_.begin(), marks_.end(), from,
                       [](utc_ms t, const mark& m) { return t < m.market.next_open_time(); });
  const auto& nearest = after == marks_.begin() ? marks_.front() : *(after - 1);
  if (reader_.market.next_open_time() > from || reader_.index < nearest.index) reader_ = nearest;
  while (reader_.market.next_open_time() < from) step();
}

candle simulated_tape::step() {
  const auto c = reader_.market.next();
  ++reader_.index;
  if (reader_.index == marks_.back().index + spacing_) {
    marks_.push_back(reader_);
    if (marks_.size() == max_marks) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < marks_.size(); i += 2) std::swap(marks_[kept++], marks_[i]);
      marks_.erase(marks_.begin() + static_cast<std::ptrdiff_t>(kept), marks_.end());
      spacing_ *= 2;
    }
  }
  return c;
}

} // namespace troupe
