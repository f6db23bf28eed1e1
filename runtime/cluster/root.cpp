#include "runtime/cluster/root.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace troupe {

namespace {

node_root_actor::behavior_type root(node_root_actor::pointer self, const greeted_actor& to) {
  return {[=](node_hello& hello) { return self->delegate(to, std::move(hello)); }};
}

} // namespace

node_root_actor spawn_node_root(caf::actor_system& system, greeted_actor to) {
  return system.spawn(root, std::move(to));
}

} // namespace troupe
