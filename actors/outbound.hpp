// The one door to a service outside: an actor per service that holds back when the service fails,
// waits and repeats what is safe to repeat, and answers in time. The sockets are behind
// `wire_actor`, which makes exactly one attempt; what a status means is the caller's to judge.
#pragma once
#include "actors/dependency_board.hpp"
#include "messages/outbound.hpp"
#include "models/client_breaker.hpp"
#include "models/retry.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>

namespace troupe {

/// One attempt. Shared, because a repeated one is the same.
struct wire_attempt {
  std::shared_ptr<const outbound_request> what;
  std::int64_t timeout_ms = 0; // > 0
};

/// Sends once and answers once, by its timeout, with an outbound_errc when there is no answer.
using wire_actor = caf::typed_actor<caf::replies_to<wire_attempt>::with<outbound_response>>;

/// A service outside. Every request is answered: with what the service said in the end (a status
/// of 500 or more included), or with an outbound_errc by its deadline.
using outbound_actor =
    caf::typed_actor<caf::replies_to<outbound_request>::with<outbound_response>,
                     caf::replies_to<get_dependency>::with<dependency_status>,
                     caf::reacts_to<caf::tick_atom, std::uint64_t>>; // internal: a call's wait is
                                                                     // over

struct outbound_options {
  /// As the table of SPEC §6 says of this service; other timeouts and retries are set after.
  explicit outbound_options(const dependency_limits& of)
      : name(of.name), failures(of.failures), retry_after_ms(of.retry_after_ms),
        timeout_ms(of.timeout_ms), deadline_ms(of.timeout_ms) {}

  std::string name;
  std::uint32_t failures;
  std::int64_t retry_after_ms;
  std::int64_t timeout_ms;  // of one attempt
  std::int64_t deadline_ms; // of a request that says none, from acceptance to answer
  retry_limits retry;
  std::size_t max_in_flight = 8;   // no more than the wire's connections
  std::size_t max_waiting = 256;   // for their turn or for their next attempt; past it busy at once
  std::function<double()> uniform; // in [0, 1), for the jitter; none: seeded by the system
  std::function<utc_ms()> wall;    // for people only; none: opened_at, next_try stay 0
  std::shared_ptr<dependency_board> board; // may be null
};

/// Told to exit, it answers all that is open with outbound_errc::stopped.
outbound_actor spawn_outbound(caf::actor_system& system, wire_actor wire, outbound_options options);

/// The code of an error of these actors: a request_timeout of CAF is timed_out, an actor that is
/// gone is stopped.
outbound_errc outbound_errc_of(const caf::error& failure);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::outbound_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::outbound_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::wire_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_dependency)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::dependency_status)
CAF_ERROR_CODE_ENUM(troupe::outbound_errc, "outbound")
