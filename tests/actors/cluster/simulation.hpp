// A whole cluster in one process and one thread: several nodes' memberships, journals, accounts and
// routers, the database between them and clients before them, on a clock and a scheduler that a
// seed drives, with everything going wrong that may. The same seed is the same run to the last
// message. What nodes and clients believed is compared with what is in the books.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// What somebody forgot, to see that the checks see it.
enum class planted : std::uint8_t {
  nothing,
  no_fence,    // the store takes appends under whatever epoch
  early_reply, // the journal answers before it commits
  no_dedupe,   // who asks again does so under a new reference
  no_clock,    // reads are answered whether the lease is over or not
};

struct simulation_options {
  std::uint64_t seed = 1;
  planted bug = planted::nothing;
  bool tells = false; // what happened, line by line, into `story`
};

struct simulation_result {
  std::vector<std::string> violations;
  std::vector<std::string> story;
  std::uint64_t fingerprint = 0; // of all rows and all answers
  // How much was tried: a simulation in which nothing goes wrong shows nothing.
  std::uint64_t events = 0, acknowledged = 0, refused = 0, repeated = 0, reads = 0, crashes = 0,
                freezes = 0, leaves = 0, outages = 0, moves = 0, lost = 0;
};

simulation_result simulate(const simulation_options& options);

} // namespace troupe
