// Turns what symbols say into frames, once, and hands them to every io thread. Several may run,
// each for its share of the symbols: a channel's numbers are given by exactly one of them.
#pragma once
#include "http/hub.hpp"
#include "messages/protocol.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <vector>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::frame_set_ptr)

namespace troupe {

/// Microseconds since 1970: when an event was produced.
using wall_us = std::function<std::int64_t()>;

/// Encodes one bulletin. `next_seq` gives the next number of a channel.
std::shared_ptr<frame_set>
encode_bulletin(const bulletin& said,
                const std::function<std::uint64_t(const std::string&)>& next_seq,
                std::int64_t now_us);

/// How often the price of a symbol is said at most; the newest is, in the end.
inline constexpr std::chrono::seconds price_interval{1};

/// Who else hears what is published, outside of this node. Called on actors' threads, after the
/// sockets were served: never blocks.
using frame_sink = std::function<void(const frame_set_ptr&)>;

/// `count` publishers that push to these companions (server::ports()). Those told to exit end.
/// Each takes quotes of its symbols as well (a quote_taker).
std::vector<publisher_actor> spawn_publishers(caf::actor_system& system, std::size_t count,
                                              std::vector<caf::actor> ports, wall_us now,
                                              frame_sink sink = {});

/// What is known of a symbol's price. `bid`, `ask`: 0 while its feed has no book.
struct ticker {
  double price = 0, volume = 0; // of the newest candle, the open one where a feed tells it
  double bid = 0, ask = 0;
};

/// A frame of `ticker:{symbol}`; bid and ask are said where there are any.
frame_ptr encode_price(const symbol_name& symbol, const ticker& now, std::uint64_t seq,
                       std::int64_t now_us);

/// Which of `count` publishers carries a symbol: FNV-1a-64 mod count.
std::size_t publisher_of(const symbol_name& symbol, std::size_t count);

} // namespace troupe
