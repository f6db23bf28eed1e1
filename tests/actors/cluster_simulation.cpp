// The cluster under everything that may go wrong at once, ten thousand times, each time the same
// for the same seed; and that the checks would have noticed.
#define CAF_SUITE cluster_simulation

#include "tests/actors/cluster/simulation.hpp"

#include <caf/test/dsl.hpp>

using namespace troupe;

namespace {

struct fixture {
  /// The first seed of 1 to `last` whose run breaks a promise; 0: none.
  static std::uint64_t first_found(planted bug, std::uint64_t last) {
    for (std::uint64_t seed = 1; seed <= last; ++seed)
      if (const auto run = simulate({seed, bug, false}); !run.violations.empty()) {
        CAF_MESSAGE("seed " << seed << ": " << run.violations.front());
        return seed;
      }
    return 0;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_simulation_tests, fixture)

CAF_TEST(the same seed is the same run) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto one = simulate({seed, planted::nothing, false});
    const auto two = simulate({seed, planted::nothing, true});
    CAF_CHECK_EQUAL(one.fingerprint, two.fingerprint);
    CAF_CHECK_EQUAL(one.events, two.events);
  }
}

CAF_TEST(a store that does not look at the epoch is found) {
  CAF_CHECK(first_found(planted::no_fence, 1000) != 0);
}

CAF_TEST(an answer before the commit is found) {
  CAF_CHECK(first_found(planted::early_reply, 1000) != 0);
}

CAF_TEST(a repeat that is done twice is found) {
  CAF_CHECK(first_found(planted::no_dedupe, 1000) != 0);
}

// The rarest: the fence, the views and the door stand before it.
CAF_TEST(a read after the lease is found) { CAF_CHECK(first_found(planted::no_clock, 3000) != 0); }

CAF_TEST_FIXTURE_SCOPE_END()
