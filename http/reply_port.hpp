// Where an io thread meets the actors: an actor_companion whose mail is handled on that thread.
// Requests go out with a deadline and their answers come back as calls; anything else that arrives
// is a push. No socket and no timer live here: the owner wakes it, drains it and tells it the time.
#pragma once
#include "messages/types.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace troupe {

struct port_limits {
  std::size_t max_pending = 4096; // requests without an answer; past it errc::busy at once
  std::size_t max_pushes = 4096;  // waiting to be drained; past it the oldest is dropped
};

class reply_port {
public:
  using clock = std::chrono::steady_clock;
  using answer = std::function<void(const caf::error& failure, caf::message& content)>;
  using push = std::function<void(caf::message& content)>;

  /// `wake` is called on any thread when there is something to drain, at most once until drain();
  /// it must not throw and must end in a drain() on the owner's thread.
  reply_port(caf::actor_system& system, std::function<void()> wake, push on_push,
             port_limits limits = {});
  ~reply_port();
  reply_port(const reply_port&) = delete;
  reply_port& operator=(const reply_port&) = delete;

  /// Asks an actor. `done` is called once on the owner's thread: with an R, or with an error
  /// (errc::busy at once when too much is pending, sec::request_timeout, the actor's own).
  template<class R, class Handle, class T>
  void request(const Handle& to, std::chrono::milliseconds timeout, T what,
               std::function<void(caf::expected<R>)> done) {
    send_request(caf::actor_cast<caf::strong_actor_ptr>(to), timeout,
                 caf::make_message(std::move(what)),
                 [done = std::move(done)](const caf::error& failure, caf::message& content) {
                   if (failure)
                     done(failure);
                   else if (content.match_elements<R>())
                     done(std::move(content.get_mutable_as<R>(0)));
                   else
                     done(caf::make_error(errc::internal, "unexpected answer"));
                 });
  }

  /// Handles what has arrived. Owner's thread.
  void drain();

  /// Fails what is past its deadline with sec::request_timeout. Owner's thread.
  void expire(clock::time_point now);

  std::size_t pending() const { return pending_.size(); }
  std::uint64_t dropped_pushes() const;

  /// The companion, for those who push.
  const caf::actor& handle() const { return self_; }

private:
  struct waiting {
    answer done;
    clock::time_point deadline;
  };

  void send_request(const caf::strong_actor_ptr& to, std::chrono::milliseconds timeout,
                    caf::message content, answer done);
  void take_in(caf::mailbox_element_ptr mail);
  void settle(caf::mailbox_element& mail);

  caf::actor self_;
  std::function<void()> wake_;
  push on_push_;
  port_limits limits_;
  std::unordered_map<std::uint64_t, waiting> pending_;

  mutable std::mutex inbox_guard_;
  std::vector<caf::mailbox_element_ptr> answers_; // bounded by pending_
  std::deque<caf::mailbox_element_ptr> pushes_;
  bool awake_ = false;
  std::uint64_t dropped_ = 0;
};

/// What an error of an actor means to the outside: ours by its code; a time-out or an actor that is
/// gone is busy.
errc errc_of(const caf::error& failure);

/// The text an actor gave with its error, or a general one for that code. What a store says of
/// itself (files, addresses, its own errors) is for the log: the outside hears the general one.
std::string text_of(const caf::error& failure);

} // namespace troupe
