#include "actors/worker.hpp"

#include <sys/resource.h>

#include <exception>

namespace troupe {

worker_actor::behavior_type worker_behavior(worker_actor::pointer) {
  return {[lowered = false](work_ptr& piece) mutable {
    if (!lowered) {
      // On Linux a priority belongs to the calling thread. Refusal does no harm.
      setpriority(PRIO_PROCESS, 0, 10);
      lowered = true;
    }
    try {
      piece->run();
    } catch (const std::exception& e) {
      piece->error = e.what();
    }
    return piece;
  }};
}

} // namespace troupe
