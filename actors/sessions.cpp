#include "actors/sessions.hpp"

#include "actors/session.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace troupe {

namespace {

class sessions_state {
public:
  static inline const char* name = "sessions";

  explicit sessions_state(sessions_actor::pointer self) : self_(self) {}

  void start(sessions_options options) {
    options_ = options;
    self_->set_down_handler([this](const caf::down_msg& down) { lost(down.source.id()); });
  }

  caf::result<session_opened> open(register_session& asked) {
    if (ended_.count(asked.who.family) > 0)
      return caf::make_error(errc::unauthorized, "the session has ended");
    const place at{caf::actor_cast<caf::actor_addr>(asked.owner), asked.socket};
    if (const auto known = places_.find(at); known != places_.end()) {
      auto& there = sessions_.at(known->second);
      return session_opened{there.who.id, caf::actor_cast<caf::strong_actor_ptr>(there.handle)};
    }
    // Ids ascend as sessions come, and all have one length: their order is the list's.
    auto number = std::to_string(++opened_);
    asked.who.id = "ses_" + std::string(20 - number.size(), '0') + number;
    make_room(asked.who.user);
    entry fresh{asked.who, {}, at};
    fresh.handle = self_->spawn<caf::linked>(session_behavior, std::move(asked));
    self_->monitor(fresh.handle);
    const auto& id = fresh.who.id;
    auto& theirs = by_user_[fresh.who.user];
    if (theirs.empty()) tell_watcher(user_connected{fresh.who.user});
    theirs.push_back(id);
    places_.emplace(at, id);
    by_actor_.emplace(fresh.handle.id(), id);
    session_opened out{id, caf::actor_cast<caf::strong_actor_ptr>(fresh.handle)};
    sessions_.emplace(out.id, std::move(fresh));
    return out;
  }

  void end(const end_sessions& order) {
    if (!order.family.empty()) remember_end(order.family);
    if (!order.user.empty() || order.family.empty()) return end_of(order.user, order);
    // Who ended a login may not know whose it was.
    for (auto& [id, one] : sessions_)
      if (one.who.family == order.family) self_->send(one.handle, end_session{order.reason});
  }

  void change(const user_changed& now) {
    const auto theirs = by_user_.find(now.user);
    if (theirs == by_user_.end()) return;
    for (auto& id : theirs->second) {
      auto& one = sessions_.at(id);
      one.who.role = now.role;
      one.who.plan = now.plan;
      self_->send(one.handle, now);
    }
  }

  caf::result<session_page> list(const get_sessions& question) const {
    if (question.limit == 0 || question.limit > max_session_page)
      return caf::make_error(errc::validation_error, "limit");
    session_page out{sessions_.size(), by_user_.size(), {}};
    for (auto i = sessions_.upper_bound(question.after);
         i != sessions_.end() && out.page.size() < question.limit; ++i)
      out.page.push_back(i->second.who);
    return out;
  }

  caf::result<session_view> show(get_session& question) {
    const auto found = sessions_.find(question.id);
    if (found == sessions_.end()) return caf::make_error(errc::not_found, "no such session");
    return self_->delegate(found->second.handle, std::move(question));
  }

private:
  using place = std::pair<caf::actor_addr, socket_number>;
  struct entry {
    session_info who;
    session_actor handle;
    place at;
  };

  template<class News>
  void tell_watcher(News news) {
    if (options_.watcher) self_->send(options_.watcher, std::move(news));
  }

  void end_of(const user_id& user, const end_sessions& order) {
    const auto theirs = by_user_.find(user);
    if (theirs == by_user_.end()) return;
    for (auto& id : theirs->second) {
      auto& one = sessions_.at(id);
      if (order.family.empty() || one.who.family == order.family)
        self_->send(one.handle, end_session{order.reason});
    }
  }

  void make_room(const user_id& user) {
    const auto theirs = by_user_.find(user);
    if (theirs == by_user_.end() || theirs->second.size() < options_.max_per_user) return;
    // Those that were told already are on their way out; they are the oldest.
    const auto over = theirs->second.size() - options_.max_per_user;
    self_->send(sessions_.at(theirs->second[over]).handle, end_session{"too many connections"});
  }

  void remember_end(const std::string& family) {
    if (!ended_.insert(family).second) return;
    ended_in_order_.push_back(family);
    if (ended_in_order_.size() <= options_.max_ended) return;
    ended_.erase(ended_in_order_.front());
    ended_in_order_.pop_front();
  }

  void lost(caf::actor_id who) {
    const auto named = by_actor_.find(who);
    if (named == by_actor_.end()) return;
    const auto gone = sessions_.find(named->second);
    by_actor_.erase(named);
    places_.erase(gone->second.at);
    const auto theirs = by_user_.find(gone->second.who.user);
    auto& ids = theirs->second;
    ids.erase(std::find(ids.begin(), ids.end(), gone->first));
    if (ids.empty()) {
      tell_watcher(user_left{theirs->first});
      by_user_.erase(theirs);
    }
    sessions_.erase(gone);
  }

  sessions_actor::pointer self_;
  sessions_options options_;
  std::map<std::string, entry> sessions_;                        // by id
  std::unordered_map<user_id, std::deque<std::string>> by_user_; // oldest first
  std::map<place, std::string> places_;
  std::unordered_map<caf::actor_id, std::string> by_actor_;
  std::unordered_set<std::string> ended_;
  std::deque<std::string> ended_in_order_;
  std::uint64_t opened_ = 0;
};

sessions_actor::behavior_type sessions(sessions_actor::stateful_pointer<sessions_state> self,
                                       sessions_options options) {
  auto& s = self->state;
  s.start(options);
  return {
      [&s](register_session& asked) { return s.open(asked); },
      [&s](const end_sessions& order) { s.end(order); },
      [&s](const user_changed& now) { s.change(now); },
      [&s](const get_sessions& question) { return s.list(question); },
      [&s](get_session& question) { return s.show(question); },
  };
}

} // namespace

sessions_actor spawn_sessions(caf::actor_system& system, sessions_options options) {
  if (options.max_per_user == 0 || options.max_ended == 0)
    throw std::invalid_argument{"sessions need bounds above 0"};
  return system.spawn(sessions, options);
}

} // namespace troupe
