// Counters of a node that every floor above may bump and the runtime exports (Prometheus, stats).
// Plain atomics with relaxed order: they count, they never synchronise. No names or labels here.
#pragma once
#include "messages/forecast.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

namespace troupe {

using counter = std::atomic<std::uint64_t>;

inline void bump(counter& c, std::uint64_t by = 1) { c.fetch_add(by, std::memory_order_relaxed); }

/// Counts durations in fixed buckets; `counts[i]` holds those <= bounds_s[i] and above the bound
/// before it, the last one everything longer.
struct latency_histogram {
  static constexpr std::array<double, 16> bounds_s{.00001, .000025, .00005, .0001, .00025, .0005,
                                                   .001,   .0025,   .005,   .01,   .025,   .05,
                                                   .1,     .25,     .5,     1};
  std::array<counter, bounds_s.size() + 1> counts{};
  counter total_ns{0};

  /// `ns` below zero counts as zero (clocks of two cores may disagree by a little).
  void record(std::int64_t ns) {
    const auto span = std::max<std::int64_t>(ns, 0);
    const double seconds = static_cast<double>(span) * 1e-9;
    std::size_t i = 0;
    while (i < bounds_s.size() && seconds > bounds_s[i]) ++i;
    bump(counts[i]);
    bump(total_ns, static_cast<std::uint64_t>(span));
  }
};

/// Predictions answered or pushed, of one symbol by horizon index.
struct prediction_counts {
  symbol_name symbol;
  std::array<counter, horizons.size()> by_horizon{};
};

struct counters {
  /// The table of symbols is fixed for the life of the node, so that no lock guards it.
  explicit counters(const std::vector<symbol_name>& symbols = {}) : predictions(symbols.size()) {
    for (std::size_t i = 0; i < symbols.size(); ++i) predictions[i].symbol = symbols[i];
  }

  /// The row of a symbol, or null when it was not among those given at the start.
  prediction_counts* row_of(const symbol_name& symbol) {
    for (auto& row : predictions)
      if (row.symbol == symbol) return &row;
    return nullptr;
  }

  std::vector<prediction_counts> predictions;
  counter requests{0};
  std::array<counter, 5> by_status_class{}; // 1xx to 5xx
  counter cache_hits{0}, cache_misses{0};
  counter connections{0}, connections_open{0}, connections_refused{0}; // _open is a gauge
  counter sockets{0}, sockets_open{0};                                 // _open is a gauge
  counter frames_sent{0}, frames_dropped{0}, slow_closes{0};
  counter rate_limited{0}, unauthorized{0}, busy{0};
  counter signals_served{0}, served_dropped{0}; // to users; of them not logged
  counter webhooks{0}, webhooks_unknown{0}, dead_letters{0};
  latency_histogram request_latency;    // request read to answer handed to the socket
  latency_histogram prediction_latency; // the same, of POST /predictions alone
  latency_histogram candle_to_frame;    // candle entered the process to frame written
};

} // namespace troupe
