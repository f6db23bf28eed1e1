// Many simulations in a row, for suites that share them out. Include it after CAF_SUITE is defined.
#pragma once
#include "tests/actors/cluster/simulation.hpp"

#include <caf/test/dsl.hpp>

namespace troupe {

struct seeds_fixture {
  /// Each run keeps every promise; and a thousand of them have seen enough of every trouble.
  static void check_seeds(std::uint64_t from, std::uint64_t to) {
    simulation_result all;
    for (auto seed = from; seed <= to; ++seed) {
      const auto one = simulate({seed, planted::nothing, false});
      for (const auto& words : one.violations) CAF_ERROR("seed " << seed << ": " << words);
      all.acknowledged += one.acknowledged, all.repeated += one.repeated, all.reads += one.reads;
      all.crashes += one.crashes, all.freezes += one.freezes, all.leaves += one.leaves;
      all.outages += one.outages, all.moves += one.moves, all.lost += one.lost;
    }
    const auto runs = to - from + 1;
    CAF_MESSAGE(runs << " runs: " << all.acknowledged << " commands acknowledged, " << all.repeated
                     << " said again, " << all.reads << " reads; " << all.crashes << " crashes, "
                     << all.freezes << " stops, " << all.leaves << " leaves, " << all.outages
                     << " outages, " << all.lost << " messages lost, accounts moved " << all.moves
                     << " times");
    CAF_CHECK(all.acknowledged > 20 * runs);
    CAF_CHECK(all.repeated > 2 * runs);
    CAF_CHECK(all.reads > 15 * runs);
    CAF_CHECK(all.moves > runs);
    CAF_CHECK(all.crashes > runs / 2);
    CAF_CHECK(all.freezes > runs / 2);
    CAF_CHECK(all.leaves > runs / 4);
    CAF_CHECK(all.outages > runs / 4);
  }
};

} // namespace troupe
