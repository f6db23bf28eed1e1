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
std::vector<publisher_actor> spawn_publishers(caf::actor_system& system, std::size_t count,
                                              std::vector<caf::actor> ports, wall_us now,
                                              frame_sink sink = {});

/// The price after a candle as a frame of `ticker:{symbol}`: the close, and the volume of the
/// candle. Bid and ask are not said: no feed of this node has an order book.
frame_ptr encode_price(const symbol_name& symbol, const candle& last, std::uint64_t seq,
                       std::int64_t now_us);

/// Which of `count` publishers carries a symbol: FNV-1a-64 mod count.
std::size_t publisher_of(const symbol_name& symbol, std::size_t count);

} // namespace troupe
