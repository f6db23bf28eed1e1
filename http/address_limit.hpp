// The requests of an address that nobody vouches for, counted for all nodes that share counts. Each
// node has counted them by itself before (guard.hpp): what is too many there is asked nobody else.
#pragma once
#include "http/exchange.hpp"
#include "http/guard.hpp"

#include <functional>

namespace troupe {

/// `here`: what this node's own count has left. `done` is called once with what is left for all
/// nodes together, perhaps from within; where nodes share nothing, or who counts for them is away,
/// with `here`.
void count_together(exchange& ex, const allowance& here, std::function<void(allowance)> done);

} // namespace troupe
