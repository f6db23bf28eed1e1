#include "actors/cluster/cluster_watch.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <stdexcept>
#include <utility>

namespace troupe {

cluster_view_ptr cluster_board::view() const {
  const std::lock_guard<std::mutex> lock{guard_};
  return view_;
}

std::vector<node_name> cluster_board::peers() const {
  const std::lock_guard<std::mutex> lock{guard_};
  return peers_;
}

void cluster_board::put(cluster_view_ptr next) {
  const std::lock_guard<std::mutex> lock{guard_};
  view_ = std::move(next);
}

void cluster_board::put(std::vector<node_name> peers) {
  const std::lock_guard<std::mutex> lock{guard_};
  peers_ = std::move(peers);
}

namespace {

struct watch_state {
  static inline const char* name = "cluster_watch";
  std::shared_ptr<cluster_board> board;
  std::map<node_name, peer_actor> peers;
};
using watch_pointer = cluster_watch_actor::stateful_pointer<watch_state>;

void take(watch_state& s, const peer_changed& change) {
  if (change.peer)
    s.peers[change.name] = caf::actor_cast<peer_actor>(change.peer);
  else
    s.peers.erase(change.name);
  std::vector<node_name> names;
  for (const auto& [name, peer] : s.peers) names.push_back(name);
  s.board->put(std::move(names));
}

cluster_watch_actor::behavior_type watch_behavior(watch_pointer self,
                                                  const std::shared_ptr<cluster_board>& board) {
  auto& s = self->state;
  s.board = board;
  return {
      [&s](const cluster_view_ptr& view) { s.board->put(view); },
      [&s](const peer_changed& change) { take(s, change); },
      [=](look_again hint) {
        for (const auto& [name, peer] : self->state.peers) self->send(peer, hint);
      },
      [=](const relayed_news& news) {
        for (const auto& [name, peer] : self->state.peers) self->send(peer, news);
      },
  };
}

} // namespace

cluster_watch_actor spawn_cluster_watch(caf::actor_system& system,
                                        std::shared_ptr<cluster_board> board) {
  if (!board) throw std::invalid_argument{"a watch needs a board"};
  return system.spawn(watch_behavior, std::move(board));
}

} // namespace troupe
