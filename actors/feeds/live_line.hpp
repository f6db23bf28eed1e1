// One symbol of a live feed: its series, the minutes that become candles, the quote that waits for
// its turn, and when to ask again for what is missing. Part of live.cpp.
#pragma once
#include "actors/feeds/provider.hpp"
#include "models/market/live_series.hpp"
#include "models/market/minute_fold.hpp"
#include "models/market/provider_clock.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace troupe {

struct live_line {
  live_line(symbol_name of, calendar hours) : symbol(std::move(of)), series(hours) {}

  void take(const stream_candle& c) {
    if (c.length_ms == base_interval_ms) {
      price = c.bar.close;
      volume = c.bar.volume;
      if (c.closed) series.take(c.bar);
    } else if (c.closed && c.length_ms == minute_ms) {
      price = c.bar.close;
      if (const auto whole = minutes.take(c.bar)) series.take(*whole);
    }
  }

  void take(quote q, utc_ms now) {
    if (q.at == 0) q.at = now;
    waiting = std::move(q);
  }

  /// The newest quote, if its turn has come.
  std::optional<quote> quote_due(std::int64_t now_ms, std::int64_t every_ms) {
    if (!waiting || (told_ms && now_ms - *told_ms < every_ms)) return std::nullopt;
    told_ms = now_ms;
    auto out = std::exchange(waiting, std::nullopt);
    out->price = price;
    out->volume = volume;
    return out;
  }

  /// A question failed: the next one after a random wait whose bound doubles. `uniform`: in [0, 1).
  void retry_later(std::int64_t now_ms, std::int64_t first_ms, std::int64_t longest_ms,
                   double uniform) {
    const auto most = std::min(first_ms << std::min<std::uint32_t>(failures, 16), longest_ms);
    ++failures;
    retry_at_ms = now_ms
        + static_cast<std::int64_t>(static_cast<double>(most) * std::clamp(uniform, 0.0, 1.0));
  }

  symbol_name symbol;
  live_series series;
  minute_fold minutes;
  double price = 0, volume = 0;
  std::optional<quote> waiting;
  std::optional<std::int64_t> told_ms;
  bool asked = false; // a question about this symbol is under way
  std::uint32_t failures = 0;
  std::int64_t retry_at_ms = 0;
};

} // namespace troupe
