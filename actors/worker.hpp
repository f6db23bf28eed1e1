// A detached actor with its own thread for work that takes long: fitting models, writing files. It
// runs one piece after the other at a lower priority than whoever serves.
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// A piece of work. `run` fills in what it captured; an exception ends in `error`, for people.
struct work {
  std::function<void()> run;
  std::string error;
};

using work_ptr = std::shared_ptr<work>;

/// Answers with the same piece once it was run.
using worker_actor = caf::typed_actor<caf::replies_to<work_ptr>::with<work_ptr>>;

/// `own_thread`: it was spawned detached, and its thread's priority is lowered so that serving
/// always goes first. Else the thread is somebody else's (a test's scheduler).
worker_actor::behavior_type worker_behavior(worker_actor::pointer self, bool own_thread);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::work_ptr)
