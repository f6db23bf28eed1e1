// What nodes say to each other, and what a node's parts say of the cluster, as CAF sees it: type
// ids and every `inspect`.
#pragma once
#include "messages/cluster.hpp"
#include "messages/session_types.hpp" // whose numbers end where these begin

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include <string>
#include <vector>

namespace troupe {

// What the database is asked (leases_actor).

/// Enters a node; a repeat is a new incarnation. `protocol` of another number beside nodes that
/// live is refused: validation_error.
struct join_cluster {
  node_name name;
  std::string address;
  std::int64_t lease_ms = 3000;
  std::uint32_t protocol = cluster_protocol;
  /// Not beside a process that bears the name and lives: journal_fenced.
  bool polite = false;
};
struct joined {
  std::uint64_t incarnation = 0;
};

/// The node lives for lease_ms from when the database hears this. 0: it is dead at once. Answered
/// with the table as it is after it, so that whoever took a shard of this node before is seen, and
/// nobody can from then on. Error journal_fenced: a newer process bears the name.
struct beat_node {
  node_name name;
  std::uint64_t incarnation = 0;
  std::int64_t lease_ms = 3000;
  bool leaving = false;
};

/// Takes those of `shards` that are nobody's, a dead node's, or of an older incarnation of this
/// name, each with its epoch + 1. Waits for what a former owner is just writing.
struct take_shards {
  node_name name;
  std::uint64_t incarnation = 0;
  std::vector<std::uint16_t> shards;
};
/// Those that were taken.
struct shards_taken {
  std::vector<shard_claim> claims;
};

/// Makes those of `shards` nobody's that are still this node's. Answered with how many were.
/// `epochs`: of each, in order; one that has a higher epoch by now is left alone, so that a release
/// which comes late (its outcome was never known) does not take away what was taken again since.
struct release_shards {
  node_name name;
  std::uint64_t incarnation = 0;
  std::vector<std::uint16_t> shards;
  std::vector<std::uint64_t> epochs;
};

// What a journal is told by the membership (owned_journal_actor).

/// All shards that this process may append to and load from, until `until_ns` on the steady clock;
/// whatever is not listed it may not. Answered with true.
struct hold_shards {
  std::vector<shard_claim> claims;
  std::int64_t until_ns = 0;     // steady clock; 0: not at all
  std::uint64_t incarnation = 0; // of this process
  bool taking = false;           // more are being taken just now
};

/// No more appends to these: what is queued of them is committed or refused first. Answered with
/// true when nothing of them is under way any more.
struct drop_shards {
  std::vector<std::uint16_t> shards;
};

// Within a node.

/// The database may say something new: read it now.
struct look_again {};

/// Gives all shards up and leaves: answered with true when nothing is held any more.
struct leave_cluster {};

/// From now on `who` is sent each cluster_view_ptr, beginning with the newest.
struct watch_cluster {
  caf::strong_actor_ptr who;
};

/// From now on `who` is sent a peer_changed for each peer, beginning with those that are there.
struct watch_peers {
  caf::strong_actor_ptr who;
};
/// The way to another node, a peer_actor. Null: there is none now.
struct peer_changed {
  node_name name;
  std::uint64_t incarnation = 0;
  caf::strong_actor_ptr peer;
};

// Between nodes.

/// A question for a part of another node. `what` is one message that this part answers.
struct remote_call {
  remote_part part = remote_part::accounts;
  std::string name; // of a symbol
  caf::message what;
};
/// Its outcome: `why` when it failed, else what was answered. A node that is gone, or says nothing
/// in time: busy, and whether it was done is not known.
struct remote_answer {
  caf::error why;
  caf::message what;
};

/// One call or answer on its way. `number`: of the call, by the node that asked.
struct numbered_call {
  std::uint64_t number = 0;
  remote_call call;
};
struct numbered_answer {
  std::uint64_t number = 0;
  remote_answer answer;
};

/// News for everybody who is connected to another node. What the bytes mean is the sender's and the
/// receiver's gateway's; lost ones are not sent again.
struct relayed_news {
  std::string topic; // how the receiver's gateway is to read it
  std::string bytes;
};

/// What one node has to say to another at one time. Taken whole, once: `number` counts from 1 in
/// each direction of a connection.
struct parcel {
  std::uint64_t number = 0;
  std::vector<numbered_call> calls;
  std::vector<numbered_answer> answers;
  std::vector<relayed_news> news;
  bool look_again = false; // shards changed hands
};
/// Credit for one more.
struct parcel_taken {
  std::uint64_t number = 0;
};

/// First words of a connection, to the other's root actor. `peer`: the sender's peer_actor for it.
struct node_hello {
  node_name name;
  std::uint64_t incarnation = 0;
  std::uint32_t protocol = cluster_protocol;
  caf::strong_actor_ptr peer;
};
/// `peer`: the receiver's peer_actor for the sender. Errors: validation_error (another protocol).
struct node_welcome {
  node_name name;
  std::uint64_t incarnation = 0;
  std::uint32_t protocol = cluster_protocol;
  caf::strong_actor_ptr peer;
};

template<class F>
typename F::result_type inspect(F& f, node_entry& x) {
  return f(caf::meta::type_name("node_entry"), x.name, x.incarnation, x.address, x.protocol,
           x.alive, x.leaving);
}
template<class F>
typename F::result_type inspect(F& f, shard_entry& x) {
  return f(caf::meta::type_name("shard_entry"), x.owner, x.incarnation, x.epoch);
}
template<class F>
typename F::result_type inspect(F& f, cluster_table& x) {
  return f(caf::meta::type_name("cluster_table"), x.nodes, x.shards);
}
template<class F>
typename F::result_type inspect(F& f, shard_claim& x) {
  return f(caf::meta::type_name("shard_claim"), x.shard, x.epoch);
}
template<class F>
typename F::result_type inspect(F& f, join_cluster& x) {
  return f(caf::meta::type_name("join_cluster"), x.name, x.address, x.lease_ms, x.protocol,
           x.polite);
}
template<class F>
typename F::result_type inspect(F& f, joined& x) {
  return f(caf::meta::type_name("joined"), x.incarnation);
}
template<class F>
typename F::result_type inspect(F& f, beat_node& x) {
  return f(caf::meta::type_name("beat_node"), x.name, x.incarnation, x.lease_ms, x.leaving);
}
template<class F>
typename F::result_type inspect(F& f, take_shards& x) {
  return f(caf::meta::type_name("take_shards"), x.name, x.incarnation, x.shards);
}
template<class F>
typename F::result_type inspect(F& f, shards_taken& x) {
  return f(caf::meta::type_name("shards_taken"), x.claims);
}
template<class F>
typename F::result_type inspect(F& f, release_shards& x) {
  return f(caf::meta::type_name("release_shards"), x.name, x.incarnation, x.shards, x.epochs);
}
template<class F>
typename F::result_type inspect(F& f, hold_shards& x) {
  return f(caf::meta::type_name("hold_shards"), x.claims, x.until_ns, x.incarnation, x.taking);
}
template<class F>
typename F::result_type inspect(F& f, drop_shards& x) {
  return f(caf::meta::type_name("drop_shards"), x.shards);
}
template<class F>
typename F::result_type inspect(F& f, look_again&) {
  return f(caf::meta::type_name("look_again"));
}
template<class F>
typename F::result_type inspect(F& f, leave_cluster&) {
  return f(caf::meta::type_name("leave_cluster"));
}
template<class F>
typename F::result_type inspect(F& f, watch_cluster& x) {
  return f(caf::meta::type_name("watch_cluster"), x.who);
}
template<class F>
typename F::result_type inspect(F& f, watch_peers& x) {
  return f(caf::meta::type_name("watch_peers"), x.who);
}
template<class F>
typename F::result_type inspect(F& f, peer_changed& x) {
  return f(caf::meta::type_name("peer_changed"), x.name, x.incarnation, x.peer);
}
template<class F>
typename F::result_type inspect(F& f, remote_call& x) {
  return f(caf::meta::type_name("remote_call"), x.part, x.name, x.what);
}
template<class F>
typename F::result_type inspect(F& f, remote_answer& x) {
  return f(caf::meta::type_name("remote_answer"), x.why, x.what);
}
template<class F>
typename F::result_type inspect(F& f, numbered_call& x) {
  return f(caf::meta::type_name("numbered_call"), x.number, x.call);
}
template<class F>
typename F::result_type inspect(F& f, numbered_answer& x) {
  return f(caf::meta::type_name("numbered_answer"), x.number, x.answer);
}
template<class F>
typename F::result_type inspect(F& f, relayed_news& x) {
  return f(caf::meta::type_name("relayed_news"), x.topic, x.bytes);
}
template<class F>
typename F::result_type inspect(F& f, parcel& x) {
  return f(caf::meta::type_name("parcel"), x.number, x.calls, x.answers, x.news, x.look_again);
}
template<class F>
typename F::result_type inspect(F& f, parcel_taken& x) {
  return f(caf::meta::type_name("parcel_taken"), x.number);
}
template<class F>
typename F::result_type inspect(F& f, node_hello& x) {
  return f(caf::meta::type_name("node_hello"), x.name, x.incarnation, x.protocol, x.peer);
}
template<class F>
typename F::result_type inspect(F& f, node_welcome& x) {
  return f(caf::meta::type_name("node_welcome"), x.name, x.incarnation, x.protocol, x.peer);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_cluster, caf::id_block::troupe_sessions::end)
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::node_entry))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::shard_entry))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster_table))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::shard_claim))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::join_cluster))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::joined))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::beat_node))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::take_shards))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::shards_taken))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::release_shards))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::hold_shards))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::drop_shards))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::look_again))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::leave_cluster))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::watch_cluster))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::watch_peers))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::peer_changed))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::remote_call))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::remote_answer))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::numbered_call))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::numbered_answer))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::relayed_news))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::parcel))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::parcel_taken))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::node_hello))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::node_welcome))
CAF_ADD_TYPE_ID(troupe_cluster, (troupe::cluster_view_ptr))
CAF_END_TYPE_ID_BLOCK(troupe_cluster)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cluster_view_ptr)
