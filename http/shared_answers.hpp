// Encoded answers that nodes share (gateway::cache): what a route says while its own symbol warms
// up, and what it leaves for others. Asked only where this node does not know by itself.
#pragma once
#include "http/exchange.hpp"

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Where this node does not know yet, another may have known lately: `found` is called with its
/// answer, a JSON object of the engine API. Else, and for every other failure, the client is told
/// `why`.
void answer_shared(const std::shared_ptr<exchange>& held, std::string key, const caf::error& why,
                   std::function<void(std::string)> found);

/// The object marked `"cached":true`, as the engine API says it. @pre `body` is a JSON object
std::string marked_cached(std::string body);

/// Leaves indicators, encoded whole, for nodes that warm up.
void share_indicators(exchange& ex, const symbol_name& symbol, const std::string& body);

} // namespace troupe
