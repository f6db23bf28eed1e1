#include "runtime/cluster/attempt.hpp"

#include "messages/cluster_protocol.hpp"
#include "runtime/cluster/link.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <set>
#include <utility>

namespace troupe {

namespace {

using promise_type = caf::typed_response_promise<caf::strong_actor_ptr>;

void take(attempt_actor::pointer self, promise_type promise, caf::strong_actor_ptr& root,
          const std::set<std::string>& signatures) {
  const auto wanted = self->system().message_types(caf::detail::type_list<node_root_actor>{});
  if (root && self->system().assignable(signatures, wanted))
    promise.deliver(std::move(root));
  else
    promise.deliver(caf::make_error(errc::busy, "what is there is no node of this product"));
  self->quit();
}

void fail(attempt_actor::pointer self, promise_type promise, const std::string& why) {
  promise.deliver(caf::make_error(errc::busy, why));
  self->quit();
}

attempt_actor::behavior_type attempt(attempt_actor::pointer self, const tls_context& tls) {
  return {[=](caf::connect_atom, std::string& host,
              std::uint16_t port) -> caf::result<caf::strong_actor_ptr> {
    auto promise = self->make_response_promise<caf::strong_actor_ptr>();
    auto reached = dial(self->system(), tls, {host, port}, dial_patience);
    if (!reached.link) {
      fail(self, promise, reached.error);
      return promise;
    }
    self->request(broker_of(self->system()), dial_patience, caf::connect_atom_v,
                  std::move(reached.link), port)
        .then([=](const caf::node_id&, caf::strong_actor_ptr& root,
                  const std::set<std::string>& found) { take(self, promise, root, found); },
              [=](const caf::error& e) { fail(self, promise, self->system().render(e)); });
    return promise;
  }};
}

} // namespace

attempt_actor spawn_attempt(caf::actor_system& system, tls_context tls) {
  return system.spawn<caf::detached>(attempt, std::move(tls));
}

} // namespace troupe
