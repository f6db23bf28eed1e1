#include "actors/worker.hpp"

#include <sys/resource.h>

#include <exception>

namespace troupe {

worker_actor::behavior_type shared_worker_behavior(worker_actor::pointer) {
  return {[](work_ptr& piece) {
    try {
      piece->run();
    } catch (const std::exception& e) {
      piece->error = e.what();
    }
    return piece;
  }};
}

worker_actor::behavior_type worker_behavior(worker_actor::pointer self) {
  // On Linux a priority belongs to the calling thread, which is this actor's own. Refusal does no
  // harm.
  setpriority(PRIO_PROCESS, 0, 10);
  return shared_worker_behavior(self);
}

} // namespace troupe
