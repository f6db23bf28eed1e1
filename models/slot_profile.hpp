// What each 5-minute slot of the day usually shows, from the same slot on earlier days: markets
// wake and sleep by the clock. Values are relative to the mean over the day. Not here: what is
// measured (features.cpp).
#pragma once
#include "messages/forecast.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace troupe {

inline constexpr std::size_t slots_per_day = 288;

class slot_profile {
public:
  /// Takes in what the slot just closed showed, >= 0. O(1); the sums are renewed once a day and
  /// after a jump of the clock (a scheduled closure).
  void push(std::size_t slot, double shown) {
    const std::size_t next = (slot + 1) % slots_per_day;
    const double before = means_[slot];
    if (days_[slot] < memory_days) ++days_[slot];
    means_[slot] += (std::min(shown, largest) - before) / days_[slot];
    total_ += means_[slot] - before;
    if (slot == next_ && slot != 0)
      slide(slot, before);
    else
      renew(next);
    next_ = next;
  }

  /// The slot that opens now.
  std::size_t next_slot() const { return next_; }
  /// Its usual value over the mean of the day.
  double next() const { return relative(means_[next_], 1); }
  /// Mean over the slots of the coming horizons[h] candles, over the mean of the day.
  double ahead(std::size_t h) const { return relative(ahead_[h], horizons[h]); }

private:
  // A live stream is rebuilt from nine days of candles (symbol_stream); what it cannot remember,
  // training may not know either. A longer memory gains nothing on BTC (R2 within .002).
  static constexpr int memory_days = 9;
  // One crash must not mark its slot for weeks.
  static constexpr double largest = 10;

  double relative(double sum, int slots) const {
    return total_ > 0 ? std::max(0.0, sum) / slots * slots_per_day / total_ : 1;
  }
  void slide(std::size_t slot, double before) {
    for (std::size_t h = 0; h < horizons.size(); ++h)
      ahead_[h] += means_[(slot + static_cast<std::size_t>(horizons[h])) % slots_per_day] - before;
  }
  void renew(std::size_t next) {
    total_ = 0;
    for (const double m : means_) total_ += m;
    for (std::size_t h = 0; h < horizons.size(); ++h) {
      ahead_[h] = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(horizons[h]); ++i)
        ahead_[h] += means_[(next + i) % slots_per_day];
    }
  }

  std::array<double, slots_per_day> means_{};
  std::array<int, slots_per_day> days_{};
  std::array<double, horizons.size()> ahead_{};
  double total_ = 0;
  std::size_t next_ = 0;
};

} // namespace troupe
