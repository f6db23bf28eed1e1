// This node's end of the way to one other node: calls, answers and news are put into parcels, a few
// of which may be under way at a time, so that neither end is flooded. How ways come to be is
// runtime/cluster/mesh; who answers a call here is handed in.
#pragma once
#include "actors/cluster/parcel_outbox.hpp"
#include "messages/cluster_protocol.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

namespace troupe {

/// What a way has done so far. Written by the peer_actor alone, read by anybody.
struct peer_figures {
  std::atomic<std::uint64_t> calls{0};   // sent
  std::atomic<std::uint64_t> answers{0}; // that came back for them
  std::atomic<std::uint64_t> failed{0};  // calls that ended without: too many, too late, gone
  std::atomic<std::uint64_t> served{0};  // calls of the other node
  std::atomic<std::uint64_t> parcels_sent{0}, parcels_taken{0};
  std::atomic<std::uint64_t> news_sent{0}, news_taken{0}, news_dropped{0};
  std::atomic<std::uint64_t> pending{0};       // calls waiting for their answer now
  std::atomic<std::uint64_t> round_trip_ns{0}; // of a call, lately: a moving mean
};

struct peer_options {
  node_name name; // of the other node, for people
  /// Who here answers a call of the other node; nobody: it is answered with errc::busy. The call's
  /// message is sent to it as a request. Called by the peer_actor.
  std::function<caf::actor(const remote_call&)> serve;
  /// News of the other node; may move them away. Called by the peer_actor; may be empty.
  std::function<void(relayed_news&)> on_news;
  /// The other node says that shards changed hands. Called by the peer_actor; may be empty.
  std::function<void()> on_look_again;
  parcel_limits parcels;
  std::size_t credit = 8;          // parcels under way
  std::size_t max_pending = 20000; // calls without an answer; past it errc::busy at once
  std::size_t max_serving = 20000; // calls of the other node without an answer; likewise
  std::chrono::milliseconds call_timeout{1500};
  std::shared_ptr<peer_figures> figures; // null: nobody looks
};

/// A peer_actor that is told where its other end is, once that is known.
using dialling_peer_actor =
    peer_actor::extend<caf::reacts_to<caf::connect_atom, caf::strong_actor_ptr>>;

/// Every call is answered with a remote_answer: errc::busy in it when too many wait, when none came
/// in time, or when the way is gone; a text beside it says whether it was sent. Ends when the other
/// end does or breaks the order of parcels, and when told to exit: whoever spawns it does that.
/// `remote`: the other node's peer_actor; null: it will be told.
dialling_peer_actor spawn_peer(caf::actor_system& system, caf::strong_actor_ptr remote,
                               peer_options options);

} // namespace troupe
