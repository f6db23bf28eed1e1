// Keeps what the spread was: takes quotes in, adds them up in pieces of minutes (models/market/
// spread) and hands these to the store. What the store does not take waits, within a bound.
#pragma once
#include "actors/log.hpp"
#include "actors/quotes.hpp"

#include <caf/actor_system.hpp>

namespace troupe {

/// Pieces that wait for the store at most; past it the oldest are dropped, and that is said.
inline constexpr std::size_t max_waiting_spread_rows = 10'000;

/// Told to exit it hands over the pieces under way. A crash loses up to ten minutes of spreads.
quote_taker spawn_spread_recorder(caf::actor_system& system, spread_store_actor store,
                                  log_sink log);

} // namespace troupe
