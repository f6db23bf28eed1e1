// A provider's history, asked for by request and page: a bounded queue, so many requests under way
// and so many a minute at most, and silence for as long as the provider asks for it. Gaps of a
// running market go before old history. A question that fails is the asker's to repeat.
#pragma once
#include "actors/feeds/provider.hpp"
#include "actors/feeds/stream.hpp"
#include "actors/outbound.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

struct history_limits {
  std::uint32_t requests_per_minute = 1'200;
  /// Fewer than the failures that open the breaker: one hiccup of the provider must not.
  std::uint32_t in_flight = 2;
  std::size_t waiting = 2'000;
  std::int64_t request_ms = 60'000;         // of one page (SPEC §6)
  std::int64_t default_hold_ms = 60'000;    // after a 429 that does not say how long
  std::int64_t longest_hold_ms = 3'600'000; // whatever it says
};

class history_line {
public:
  using answer = std::function<void(caf::expected<std::vector<candle>>)>;
  using hear_time = std::function<void(utc_ms)>;

  history_line(live_feed_actor::pointer self, outbound_actor rest, const provider_words& words,
               history_limits limits, hear_time hear);

  /// All candles of the range, ascending; errors are market_data_error, or busy when too many wait.
  /// `done` may be called from within.
  void fetch(history_question what, bool urgent, answer done);

  /// Sends what may be sent by now.
  void pump(std::int64_t now_ms);

  /// The provider has asked for silence, which lasts until then; 0: it has not.
  std::int64_t held_until_ms(std::int64_t now_ms) const {
    return held_until_ms_ > now_ms ? held_until_ms_ : 0;
  }
  /// Why the last page failed; empty once one succeeded.
  const std::string& trouble() const { return trouble_; }
  std::uint64_t requests() const { return requests_; }

private:
  struct job {
    history_question what; // slots.from moves with each page
    answer done;
    std::vector<candle> found;
    bool urgent = false;
  };
  using job_ptr = std::shared_ptr<job>;

  void send(const job_ptr& j, std::int64_t now_ms);
  void take(const job_ptr& j, const outbound_response& r);
  void fail(const job_ptr& j, const std::string& why);
  void hold(const outbound_response& r);
  std::int64_t now() const;

  live_feed_actor::pointer self_;
  outbound_actor rest_;
  const provider_words& words_;
  history_limits limits_;
  hear_time hear_;
  std::deque<job_ptr> urgent_, patient_;
  std::deque<std::int64_t> sent_ms_; // of the last minute
  std::uint32_t in_flight_ = 0;
  std::int64_t held_until_ms_ = 0;
  std::string trouble_;
  std::uint64_t requests_ = 0;
};

} // namespace troupe
