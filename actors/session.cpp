#include "actors/session.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace troupe {

namespace {

struct session_state {
  register_session opened;
  std::vector<topic_position> topics;
  socket_order order; // the newest; an end is never taken back
};

void give_order(const session_state& s) {
  if (auto owner = caf::actor_cast<caf::actor>(s.opened.owner)) caf::anon_send(owner, s.order);
}

} // namespace

session_actor::behavior_type session_behavior(session_actor::pointer self,
                                              register_session opened) {
  auto s = std::make_shared<session_state>();
  s->order.socket = opened.socket;
  s->opened = std::move(opened);
  return {
      [=](session_heard& now) { s->topics = std::move(now.topics); },
      [=](const close_session&) { self->quit(); },
      [=](const end_session& why) {
        if (std::exchange(s->order.end, true)) return;
        s->order.reason = why.reason;
        give_order(*s);
        self->delayed_send(self, order_again_after, caf::tick_atom_v);
      },
      [=](const user_changed& now) {
        s->opened.who.role = s->order.role = now.role;
        s->opened.who.plan = s->order.plan = now.plan;
        give_order(*s);
      },
      [=](const get_session&) {
        return session_view{s->opened.who, s->topics};
      },
      [=](caf::tick_atom) {
        give_order(*s);
        self->delayed_send(self, order_again_after, caf::tick_atom_v);
      },
  };
}

} // namespace troupe
