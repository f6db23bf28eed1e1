// What the gateway of a symbol's owner tells those of the other nodes, as bytes: what was said of a
// candle, and prices. They encode it for their own listeners, under the same numbers, so that a
// client may hear a channel at any node. Nothing here believes what it reads.
#pragma once
#include "messages/cluster_types.hpp"
#include "messages/signal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// What is larger is none of ours.
inline constexpr std::size_t max_relayed_bytes = 256 * 1024;

/// What is known of a symbol's price. `bid`, `ask`: 0 while its feed has no book.
struct ticker {
  double price = 0, volume = 0; // of the newest candle, the open one where a feed tells it
  double bid = 0, ask = 0;
};

struct told_bulletin {
  bulletin said; // its received_ns stays at home: clocks of nodes differ
  std::int64_t at_us = 0;
};

/// A frame of `ticker:{symbol}`: its number is the owner's.
struct told_price {
  symbol_name symbol;
  ticker now;
  std::uint64_t seq = 0;
  std::int64_t at_us = 0;
};

/// Of nothing that may be said, news without a topic: they are not to be sent.
relayed_news relay_of(const bulletin& said, std::int64_t at_us);
relayed_news relay_of(const told_price& told);

/// Whom news are of; empty when they are of nobody.
symbol_name symbol_of(const relayed_news& news);

/// What was relayed; nothing when it is of another kind, or not what relay_of() makes of values
/// that a node may say.
std::optional<told_bulletin> bulletin_in(const relayed_news& news);
std::optional<told_price> price_in(const relayed_news& news);

} // namespace troupe
