// The actor of every user store: checks what it is asked, runs it as one transaction of its tables,
// answers. Logins are rare beside what they cost in hashing, so that nothing is batched here. Which
// rows mean what is the tables'.
#pragma once
#include "messages/user_protocol.hpp"
#include "models/credentials.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <vector>

namespace troupe {

/// What spawning a user store gives, whichever it is.
struct spawned_user_store {
  user_store_actor handle; // null after a failure
  std::string error;       // one line for people
};

namespace user_storing {

template<class Answer, class Request, class Tables>
auto answered(const std::shared_ptr<Tables>& tables) {
  return [tables](const Request& request) -> caf::result<Answer> {
    if (const auto why = why_unkeepable(request); !why.empty())
      return caf::make_error(errc::validation_error, "users: " + why);
    Answer out{};
    if (auto failure = tables->run(request, out)) return failure;
    return out;
  };
}

template<class Tables>
user_store_actor::behavior_type user_store(user_store_actor::pointer,
                                           const std::shared_ptr<Tables>& tables) {
  return {
      answered<user, put_user>(tables),
      answered<std::vector<user>, find_user>(tables),
      answered<std::vector<user>, get_users>(tables),
      answered<bool, use_totp_step>(tables),
      answered<bool, open_family>(tables),
      answered<rotation, rotate_family>(tables),
      answered<bool, revoke_family>(tables),
      answered<bool, put_api_key>(tables),
      answered<bool, revoke_api_key>(tables),
      answered<std::vector<api_key>, get_api_keys>(tables),
      answered<bool, put_audit>(tables),
      answered<std::vector<audit_row>, get_audit>(tables),
  };
}

} // namespace user_storing

/// Spawns the actor over `tables`, which it then uses alone. Tables have, for each request of
/// user_store_actor, `caf::error run(const Request&, Answer&)`: all of it or nothing.
/// `detached`: on a thread of its own, since commits block.
template<class Tables>
user_store_actor spawn_user_store(caf::actor_system& system, const std::shared_ptr<Tables>& tables,
                                  bool detached) {
  return detached ? system.spawn<caf::detached>(user_storing::user_store<Tables>, tables)
                  : system.spawn(user_storing::user_store<Tables>, tables);
}

} // namespace troupe
