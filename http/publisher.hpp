// Turns what symbols say into frames, once, and hands them to every io thread. Several may run,
// each for its share of the symbols: a channel's numbers are given by exactly one of them. Where
// there are several nodes, what the symbols of others say is heard from them, under the same
// numbers.
#pragma once
#include "actors/counters.hpp"
#include "actors/quotes.hpp"
#include "http/hub.hpp"
#include "http/relay.hpp"
#include "messages/protocol.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>
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

/// What publishers of a node count that is not alone.
struct relay_figures {
  counter heard{0}, refused{0}; // from other nodes: understood, and not
  counter withheld{0};          // said by symbols that are not this node's any more
};

struct publisher_options {
  std::vector<caf::actor> ports; // companions that are pushed to (server::ports())
  wall_us now;
  frame_sink sink; // of what this node's own symbols say; may be empty
  /// Of a node that is not alone: the epoch under which a symbol is its own (symbol_board); 0: it
  /// is not, and nothing may be said of it. Empty: the node is alone, all are its own.
  std::function<std::uint64_t(const symbol_name&)> epoch_of;
  /// Carries what its own symbols say to the other nodes; never blocks. May be empty.
  std::function<void(relayed_news)> relay;
  std::shared_ptr<relay_figures> figures; // null: nobody looks
};

/// Publishers that also take quotes of their symbols, and what is relayed of those of others.
using relaying_publisher = caf::typed_actor<caf::reacts_to<bulletin_ptr>, caf::reacts_to<quote>,
                                            caf::reacts_to<relayed_news>>;

/// Those told to exit end.
std::vector<relaying_publisher> spawn_relaying_publishers(caf::actor_system& system,
                                                          std::size_t count,
                                                          const publisher_options& options);

/// Gives what another node relayed to the publisher that carries the symbol. Any thread.
void hear_relayed(const std::vector<relaying_publisher>& publishers, relayed_news news);

/// `count` publishers of a node alone that push to these companions. Those told to exit end. Each
/// takes quotes of its symbols as well (a quote_taker).
std::vector<publisher_actor> spawn_publishers(caf::actor_system& system, std::size_t count,
                                              std::vector<caf::actor> ports, wall_us now,
                                              frame_sink sink = {});

/// A frame of `ticker:{symbol}`; bid and ask are said where there are any.
frame_ptr encode_price(const symbol_name& symbol, const ticker& now, std::uint64_t seq,
                       std::int64_t now_us);

/// Which of `count` publishers carries a symbol: FNV-1a-64 mod count.
std::size_t publisher_of(const symbol_name& symbol, std::size_t count);

} // namespace troupe
