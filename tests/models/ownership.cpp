// Who should own which shard: evenly, with few moves, the same on every node.
#include "models/ownership.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace troupe;

namespace {

std::string name_of(int i) {
  const auto digits = std::to_string(i);
  return "node-" + std::string(4 - digits.size(), '0') + digits;
}

/// What the database would do, at once and without faults.
struct town {
  cluster_table table;

  node_entry& node(const std::string& name) {
    auto& all = table.nodes;
    const auto it = std::lower_bound(
        all.begin(), all.end(), name,
        [](const node_entry& x, const std::string& wanted) { return x.name < wanted; });
    if (it != all.end() && it->name == name) return *it;
    node_entry fresh;
    fresh.name = name;
    return *all.insert(it, fresh);
  }
  node_entry& join(const std::string& name, const std::string& address = "host:1") {
    auto& n = node(name);
    ++n.incarnation;
    n.address = address;
    n.alive = true;
    n.leaving = false;
    return n;
  }
  void die(const std::string& name) { node(name).alive = false; }

  ownership_step step(const std::string& name, std::size_t most = 64) {
    return next_step(table, name, node(name).incarnation, most);
  }
  /// Everybody does what they should, with the same reading. True when somebody did something.
  bool round(std::size_t most = 64) {
    const auto read = table;
    std::set<std::uint16_t> taken;
    bool any = false;
    for (const auto& n : read.nodes) {
      if (!n.alive) continue;
      const auto step = next_step(read, n.name, n.incarnation, most);
      for (auto s : step.take) {
        EXPECT_TRUE(taken.insert(s).second) << "shard " << s << " has two takers";
        table.shards[s] = {n.name, n.incarnation, table.shards[s].epoch + 1};
      }
      for (auto s : step.give) {
        EXPECT_EQ(read.shards[s].owner, n.name);
        table.shards[s].owner.clear();
      }
      any = any || !step.take.empty() || !step.give.empty();
    }
    return any;
  }
  int settle(std::size_t most = 64) {
    for (int rounds = 0; rounds < 1000; ++rounds)
      if (!round(most)) return rounds;
    ADD_FAILURE() << "it never settles";
    return -1;
  }
  std::map<std::string, int> counts() const {
    std::map<std::string, int> out;
    for (const auto& n : table.nodes)
      if (n.alive) out[n.name] = 0;
    for (const auto& s : table.shards) ++out[s.owner];
    return out;
  }
  void expect_balanced() const {
    int least = 256, most = 0, candidates = 0;
    for (const auto& n : table.nodes)
      if (n.alive && !n.leaving) {
        const auto have = counts().at(n.name);
        least = std::min(least, have), most = std::max(most, have), ++candidates;
      }
    if (candidates == 0) return;
    EXPECT_LE(most - least, 1);
    for (const auto& s : table.shards) EXPECT_FALSE(s.owner.empty());
  }
};

int moved(const cluster_table& before, const cluster_table& after) {
  int out = 0;
  for (std::size_t s = 0; s < shard_count; ++s)
    out += before.shards[s].owner != after.shards[s].owner;
  return out;
}

struct xorshift {
  std::uint64_t state;
  std::uint64_t operator()() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
  }
};

} // namespace

TEST(ownership, any_number_of_nodes_divides_all_shards_evenly) {
  for (int n : {1, 2, 3, 7, 100, 256, 300}) {
    town t;
    for (int i = 0; i < n; ++i) t.join(name_of(i));
    EXPECT_EQ(t.settle(), 1) << n;
    t.expect_balanced();
  }
}

TEST(ownership, a_join_moves_no_more_than_the_newcomer_s_part_and_in_steps) {
  for (int n : {1, 2, 3, 7, 99}) {
    town t;
    for (int i = 0; i < n; ++i) t.join(name_of(i));
    t.settle();
    const auto before = t.table;
    t.join("newcomer");
    std::size_t on_their_way = 0;
    for (const auto& node : before.nodes)
      on_their_way = std::max(on_their_way, t.step(node.name, 10).give.size());
    EXPECT_LE(on_their_way, 10u);
    t.settle(10);
    t.expect_balanced();
    EXPECT_LE(moved(before, t.table), (256 + n) / (n + 1)) << n;
  }
}

TEST(ownership, no_more_is_given_while_what_was_given_is_not_taken) {
  town t;
  t.join("a");
  t.settle();
  t.join("b");
  const auto first = t.step("a", 64).give;
  ASSERT_EQ(first.size(), 64u);
  for (auto s : first) t.table.shards[s].owner.clear();
  EXPECT_TRUE(t.step("a", 64).give.empty());
  EXPECT_EQ(t.step("b", 64).take, first);
  for (auto s : first) t.table.shards[s] = {"b", 1, 2};
  EXPECT_EQ(t.step("a", 64).give.size(), 64u);
}

TEST(ownership, a_death_moves_only_the_dead_one_s) {
  for (int n : {2, 3, 7, 100}) {
    town t;
    for (int i = 0; i < n; ++i) t.join(name_of(i));
    t.settle();
    const auto before = t.table;
    t.die(name_of(1));
    t.settle();
    t.expect_balanced();
    for (std::size_t s = 0; s < shard_count; ++s)
      if (before.shards[s].owner != name_of(1)) {
        EXPECT_EQ(before.shards[s].owner, t.table.shards[s].owner);
      }
  }
}

TEST(ownership, when_all_are_dead_the_next_one_takes_all) {
  town t;
  for (int i = 0; i < 3; ++i) t.join(name_of(i));
  t.settle();
  for (int i = 0; i < 3; ++i) t.die(name_of(i));
  for (auto target : targets_of(t.table)) EXPECT_EQ(target, no_node);
  t.join("phoenix");
  EXPECT_EQ(t.step("phoenix").take.size(), 256u);
}

TEST(ownership, one_that_leaves_gives_everything_at_once_and_takes_nothing) {
  town t;
  t.join("a"), t.join("b");
  t.settle();
  t.node("a").leaving = true;
  EXPECT_EQ(t.step("a", 1).give.size(), 128u);
  t.die("b");
  EXPECT_EQ(t.step("a", 1).give.size(), 128u) << "though nobody is there to take it";
  EXPECT_TRUE(t.step("a").take.empty());
}

TEST(ownership, a_restarted_node_takes_back_its_own_and_nobody_else_does) {
  town t;
  t.join("a"), t.join("b");
  t.settle();
  const auto before = t.table;
  t.join("a");
  EXPECT_EQ(t.step("a").take.size(), 128u);
  EXPECT_TRUE(t.step("b").take.empty());
  t.settle();
  EXPECT_EQ(moved(before, t.table), 0);
}

TEST(ownership, it_takes_back_even_what_is_too_much_for_it) {
  town t;
  t.join("a");
  t.settle();
  t.join("b"), t.join("a");
  EXPECT_EQ(t.step("a").take.size(), 256u) << "only its name may";
  t.settle();
  t.expect_balanced();
}

TEST(ownership, an_older_process_of_a_name_does_nothing) {
  town t;
  t.join("a");
  t.join("a");
  EXPECT_TRUE(next_step(t.table, "a", 1).take.empty());
  EXPECT_TRUE(next_step(t.table, "stranger", 1).take.empty());
}

TEST(ownership, another_protocol_is_no_candidate) {
  town t;
  t.join("a"), t.join("b").protocol = cluster_protocol + 1;
  EXPECT_EQ(t.step("a").take.size(), 256u);
}

TEST(ownership, who_runs_alone_takes_all_or_nothing) {
  town t;
  t.join("alone", "");
  EXPECT_EQ(t.step("alone").take.size(), 256u);
  t.join("b");
  EXPECT_TRUE(t.step("alone").take.empty()) << "another could take them";
  t.die("b");
  t.join("hermit", "");
  EXPECT_EQ(t.step("alone").take.size(), 256u);
  EXPECT_EQ(t.step("hermit").take.size(), 256u) << "two alone: the database lets one";
  t.die("hermit");
  t.settle();
  t.join("hermit", "");
  EXPECT_TRUE(t.step("hermit").take.empty());
  t.join("b");
  EXPECT_TRUE(t.step("alone").give.empty()) << "it keeps them";
  EXPECT_TRUE(t.step("b").take.empty());
  t.die("alone");
  EXPECT_EQ(t.step("b").take.size(), 256u);
  t.settle();
  t.join("alone", "");
  EXPECT_TRUE(t.step("alone").take.empty());
  EXPECT_TRUE(t.step("hermit").take.empty());
}

TEST(ownership, whatever_happens_it_settles_evenly_and_nobody_takes_what_another_takes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    xorshift dice{seed * 0x9e3779b97f4a7c15ULL};
    town t;
    for (int event = 0; event < 25; ++event) {
      const auto who = name_of(static_cast<int>(dice() % 12));
      switch (dice() % 5) {
      case 0:
      case 1: t.join(who); break;
      case 2: t.die(who); break;
      case 3: t.node(who).leaving = true; break;
      default: t.round(1 + dice() % 64);
      }
      t.round(1 + dice() % 64);
    }
    t.settle(1 + dice() % 64);
    t.expect_balanced();
  }
}
