#include "actors/worker.hpp"

#include <sys/resource.h>

#include <exception>

namespace troupe {

worker_actor::behavior_type worker_behavior(worker_actor::pointer, bool own_thread) {
  // On Linux a priority belongs to the calling thread. Refusal does no harm.
  if (own_thread) setpriority(PRIO_PROCESS, 0, 10);
  return {[](work_ptr& piece) {
    try {
      piece->run();
    } catch (const std::exception& e) {
      piece->error = e.what();
    }
    return piece;
  }};
}

} // namespace troupe
