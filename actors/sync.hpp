// Keeps an eye on what the store has of the market and, told to, fills its gaps from the feed.
// Symbols close the gaps of the present by themselves; this is for those of the past. One order at
// a time; which slots are missing is models/market/sync_plan.
#pragma once
#include "actors/feeds/stream.hpp"
#include "actors/log.hpp"
#include "messages/protocol.hpp"
#include "messages/sync.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <functional>
#include <vector>

namespace troupe {

/// Errors: symbol_not_found, not_found (a job nobody knows), busy (too many orders), and the
/// store's.
using sync_actor =
    caf::typed_actor<caf::replies_to<get_sync_status>::with<std::vector<symbol_sync>>,
                     caf::replies_to<start_sync>::with<job>, caf::replies_to<get_job>::with<job>>;

/// A feed that has a clock.
using lag_actor = caf::typed_actor<caf::replies_to<get_feed_lag>::with<feed_lag>>;

struct sync_options {
  std::vector<symbol_name> symbols;
  std::string source; // of what the feed brings, as the store keeps it
  store_actor store;
  feed_actor feed;
  lag_actor lag;                // null: a feed without a clock, whose newest candle is the present
  std::function<utc_ms()> wall; // when an order ended
  log_sink log;
};

inline constexpr std::size_t max_sync_jobs = 100;       // remembered
inline constexpr std::size_t max_sync_orders = 20;      // waiting
inline constexpr std::int64_t sync_range_slots = 1'000; // asked of the feed at once

sync_actor spawn_sync(caf::actor_system& system, sync_options options);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::symbol_sync)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<troupe::symbol_sync>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_sync_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::start_sync)
