#include "actors/cluster/news_relay.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <utility>

namespace troupe {

namespace {

struct relay_state {
  static inline const char* name = "news_relay";
  std::map<node_name, caf::actor> peers;
};

news_relay_actor::behavior_type news_relay(news_relay_actor::stateful_pointer<relay_state> self) {
  auto& s = self->state;
  return {
      [&s](relayed_news& news) {
        const auto one = caf::make_message(std::move(news)); // shared by all
        for (auto& [node, peer] : s.peers) caf::anon_send(peer, one);
      },
      [&s](const peer_changed& change) {
        if (change.peer)
          s.peers[change.name] = caf::actor_cast<caf::actor>(change.peer);
        else
          s.peers.erase(change.name);
      },
  };
}

} // namespace

news_relay_actor spawn_news_relay(caf::actor_system& system) { return system.spawn(news_relay); }

} // namespace troupe
