#include "http/presences.hpp"

#include <caf/send.hpp>

#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::seconds registry_timeout{10}, told_again_after{20};

} // namespace

socket_number presences::enter(const identity& who, std::string_view kind, std::string_view address,
                               utc_ms now, presence_events events) {
  const auto number = ++last_;
  if (!registry_ || who.user.empty()) return number;
  session_info info;
  info.user = who.user;
  info.family = who.session;
  info.role = who.role;
  info.plan = who.plan;
  info.since = now;
  info.expires_at = who.expires_at;
  info.address = address;
  info.kind = kind;
  auto& one = entries_[number];
  one.who = std::move(info);
  one.events = std::move(events);
  announce(number, one);
  return number;
}

void presences::announce(socket_number number, entry& one) {
  one.asked = true;
  register_session question{one.who, number,
                            caf::actor_cast<caf::strong_actor_ptr>(port_.handle())};
  port_.request<session_opened>(
      registry_, registry_timeout, std::move(question),
      [this, number](caf::expected<session_opened> opened) { answered(number, opened); });
}

void presences::answered(socket_number number, const caf::expected<session_opened>& opened) {
  const auto found = entries_.find(number);
  if (opened) {
    const auto session = caf::actor_cast<session_actor>(opened->session);
    if (found == entries_.end()) return caf::anon_send(session, close_session{});
    found->second.session = session;
    return;
  }
  if (found == entries_.end()) return;
  found->second.asked = false; // look() asks again
  if (errc_of(opened.error()) != errc::unauthorized) return;
  const auto ended = found->second.events.ended;
  ended("the session has ended");
}

void presences::changed(socket_number who) {
  if (const auto found = entries_.find(who); found != entries_.end()) found->second.stale = true;
}

void presences::look(socket_number who, time_point now, const std::vector<std::string>& heard) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  auto& one = found->second;
  if (!one.session) return one.asked ? void() : announce(who, one);
  if (!one.stale && now - one.told_at < told_again_after) return;
  one.stale = false;
  one.told_at = now;
  session_heard all;
  all.topics.reserve(heard.size());
  for (auto& name : heard) all.topics.push_back({name, channels_.last_seq(name)});
  caf::anon_send(one.session, std::move(all));
}

void presences::leave(socket_number who) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  if (found->second.session) caf::anon_send(found->second.session, close_session{});
  entries_.erase(found);
}

void presences::obey(const socket_order& order) {
  const auto found = entries_.find(order.socket);
  if (found == entries_.end()) return;
  // Copies: what they do may make the socket leave.
  const auto events = found->second.events;
  if (order.end) return events.ended(order.reason);
  found->second.who.role = order.role;
  found->second.who.plan = order.plan;
  events.changed(order.role, order.plan);
}

} // namespace troupe
