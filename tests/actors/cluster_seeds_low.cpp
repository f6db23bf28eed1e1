// The cluster under everything that may go wrong at once: seeds 1 to 5000.
#define CAF_SUITE cluster_seeds_low

#include "tests/actors/cluster/seeds.hpp"

using namespace troupe;

CAF_TEST_FIXTURE_SCOPE(cluster_seeds_low_tests, seeds_fixture)

CAF_TEST(no promise is broken) { check_seeds(1, 5000); }

CAF_TEST_FIXTURE_SCOPE_END()
