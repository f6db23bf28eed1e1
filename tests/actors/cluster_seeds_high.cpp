// The cluster under everything that may go wrong at once: seeds 5001 to 10000.
#define CAF_SUITE cluster_seeds_high

#include "tests/actors/cluster/seeds.hpp"

using namespace troupe;

CAF_TEST_FIXTURE_SCOPE(cluster_seeds_high_tests, seeds_fixture)

CAF_TEST(no promise is broken) { check_seeds(5001, 10000); }

CAF_TEST_FIXTURE_SCOPE_END()
