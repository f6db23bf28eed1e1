#include "actors/cluster/session_relay.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <stdexcept>
#include <vector>

namespace troupe {

namespace {

struct relay_state {
  static inline const char* name = "session_relay";
  sessions_actor local;
  std::map<node_name, peer_actor> peers;
};
using relay_pointer = session_relay_actor::stateful_pointer<relay_state>;

template<class What>
void tell_others(relay_pointer self, const char* topic, const What& what) {
  caf::binary_serializer::container_type bytes;
  caf::binary_serializer sink{self->system(), bytes};
  if (sink(what)) return;
  const relayed_news news{topic, std::string(bytes.begin(), bytes.end())};
  for (const auto& [name, peer] : self->state.peers) self->send(peer, news);
}

template<class What>
void tell_local(relay_pointer self, const std::string& bytes) {
  caf::binary_deserializer source{self->system(), bytes.data(), bytes.size()};
  What what;
  if (!source(what) && source.remaining() == 0) self->send(self->state.local, std::move(what));
}

session_relay_actor::behavior_type relay(relay_pointer self, const sessions_actor& local) {
  self->state.local = local;
  return {
      [=](register_session& request) {
        return self->delegate(self->state.local, std::move(request));
      },
      [=](const end_sessions& order) {
        self->send(self->state.local, order);
        tell_others(self, sessions_ended_topic, order);
      },
      [=](const user_changed& now) {
        self->send(self->state.local, now);
        tell_others(self, user_changed_topic, now);
      },
      [=](get_sessions& question) { return self->delegate(self->state.local, question); },
      [=](get_session& question) { return self->delegate(self->state.local, question); },
      [=](const peer_changed& change) {
        if (change.peer)
          self->state.peers[change.name] = caf::actor_cast<peer_actor>(change.peer);
        else
          self->state.peers.erase(change.name);
      },
      [=](const relayed_news& news) {
        if (news.topic == sessions_ended_topic) tell_local<end_sessions>(self, news.bytes);
        if (news.topic == user_changed_topic) tell_local<user_changed>(self, news.bytes);
      },
  };
}

} // namespace

session_relay_actor spawn_session_relay(caf::actor_system& system, const sessions_actor& local) {
  if (!local) throw std::invalid_argument{"a relay of sessions needs a registry"};
  return system.spawn(relay, local);
}

} // namespace troupe
