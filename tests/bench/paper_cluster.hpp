// A cluster on paper: the planner and the leases' rules as they are, nodes that beat, take and give
// up on a clock of its own, and what each of that is assumed to cost. Nothing waits and nothing is
// measured here.
#pragma once
#include "models/lease_book.hpp"
#include "models/ownership.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

struct assumptions {
  std::size_t nodes = 100, accounts = 10'000'000, step = 64;
  std::uint64_t seed = 1;
  double lease_ms = 3000;
  double round_trip_ms = 2; // to the database and back, one statement with its commit
  double news_ms = 1;       // from node to node
  double shard_ms = 0.05;   // more for each shard that is taken
  double load_ms = 1;       // an account read from its journal, when it is first spoken to
};

struct odds {
  std::uint64_t state;
  double next() { // 0 to 1
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return double(state >> 11) / 9007199254740992.0;
  }
};

inline std::string name_of(std::size_t i) {
  auto digits = std::to_string(i);
  return "node-" + std::string(4 - digits.size(), '0') + digits;
}

/// What happened since the last look at it.
struct account_of_event {
  std::size_t shards = 0, beats = 0;
  double accounts = 0;
  std::vector<std::pair<double, double>> outages; // ms, accounts
};

class paper_cluster {
public:
  paper_cluster(const assumptions& a, const std::vector<double>& accounts)
      : a_(a), accounts_(accounts), dice_{a.seed * 0x9e3779b97f4a7c15ULL}, since_(shard_count, 0) {}

  void join(std::size_t number) {
    auto& n = nodes_[name_of(number)];
    n.incarnation = *book_.join(entry(name_of(number)), ns(a_.lease_ms), ns(now_));
    n.alive = true;
    n.leaving = n.working = false;
    ++n.life;
    look_at(name_of(number), now_ + a_.round_trip_ms);
  }
  void die(std::size_t number) {
    auto& n = nodes_[name_of(number)];
    n.alive = false;
    for (std::size_t s = 0; s < shard_count; ++s)
      if (owner_[s] == name_of(number) && since_[s] < 0) since_[s] = now_;
  }
  void leave(std::size_t number) {
    nodes_[name_of(number)].leaving = true;
    look_at(name_of(number), now_);
  }

  /// Lets time pass.
  void run(double ms) {
    const auto end = now_ + ms;
    while (!events_.empty() && events_.top().at <= end) {
      const auto e = events_.top();
      events_.pop();
      now_ = e.at;
      auto& n = nodes_[e.node];
      if (!n.alive || e.life != n.life) continue;
      if (e.kind == 0)
        beat(e.node, n);
      else if (e.kind == 1)
        take(e.node, n);
      else
        release(e.node, n);
    }
    now_ = end;
  }
  /// How many nobody serves.
  std::size_t unserved() const {
    return std::size_t(
        std::count_if(since_.begin(), since_.end(), [](double s) { return s >= 0; }));
  }
  std::map<std::string, double> accounts_by_node() const {
    std::map<std::string, double> out;
    for (std::size_t s = 0; s < shard_count; ++s) out[owner_[s]] += accounts_[s];
    return out;
  }
  cluster_table table() const { return book_.table(ns(now_)); }
  std::uint64_t incarnation_of(std::size_t i) { return nodes_[name_of(i)].incarnation; }
  account_of_event settle_up() { return std::exchange(account_, {}); }

private:
  struct paper_node {
    std::uint64_t incarnation = 0, life = 0;
    bool alive = false, leaving = false, working = false;
    double looks_at = -1; // the next look that is planned
    std::vector<std::uint16_t> wanted;
  };
  struct event {
    double at;
    std::uint64_t number; // those of one time in their order
    int kind;             // 0 beat, 1 the database takes, 2 it releases
    std::string node;
    std::uint64_t life;
    bool operator<(const event& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };

  static std::int64_t ns(double ms) { return std::int64_t(ms * 1e6); }
  node_entry entry(const std::string& name) const {
    node_entry out;
    out.name = name;
    out.address = name + ":1";
    return out;
  }
  void plan(double at, int kind, const std::string& name) {
    events_.push({at, ++events_planned_, kind, name, nodes_[name].life});
  }
  // Those that come before the next one do it in its stead.
  void look_at(const std::string& name, double at) {
    auto& n = nodes_[name];
    if (n.looks_at >= now_ && n.looks_at <= at) return;
    n.looks_at = at;
    plan(at, 0, name);
  }
  void tell_others(const std::string& name, double at) {
    for (auto& [other, n] : nodes_)
      if (n.alive && other != name) look_at(other, at + a_.news_ms * (0.5 + dice_.next()));
  }

  void beat(const std::string& name, paper_node& n) {
    if (n.looks_at != now_) return; // another one came before it
    n.looks_at = -1;
    ++account_.beats;
    book_.beat(name, n.incarnation, ns(a_.lease_ms), n.leaving, ns(now_));
    look_at(name, now_ + 0.3 * a_.lease_ms);
    if (n.working) return;
    const auto step = next_step(book_.table(ns(now_)), name, n.incarnation, a_.step);
    if (n.leaving && step.give.empty()) {
      book_.beat(name, n.incarnation, 0, true, ns(now_));
      n.alive = false;
      return;
    }
    n.wanted = step.give.empty() ? step.take : step.give;
    if (n.wanted.empty()) return;
    n.working = true;
    for (auto s : step.give) since_[s] = now_ + a_.round_trip_ms / 2;
    plan(now_ + 1.5 * a_.round_trip_ms, step.give.empty() ? 1 : 2, name);
  }
  void release(const std::string& name, paper_node& n) {
    const auto table = book_.table(ns(now_));
    std::vector<std::uint64_t> epochs;
    for (auto s : n.wanted) epochs.push_back(table.shards[s].epoch);
    book_.release(name, n.incarnation, n.wanted, epochs);
    n.working = false;
    tell_others(name, now_ + a_.round_trip_ms / 2);
    look_at(name, now_ + a_.round_trip_ms / 2);
  }
  void take(const std::string& name, paper_node& n) {
    const auto claims = book_.take(name, n.incarnation, n.wanted, ns(now_));
    n.working = false;
    const auto served = now_ + a_.round_trip_ms / 2 + a_.shard_ms * double(claims.size());
    for (const auto& claim : claims) {
      const auto s = claim.shard;
      if (!owner_[s].empty() && owner_[s] != name)
        ++account_.shards, account_.accounts += accounts_[s];
      if (since_[s] >= 0)
        account_.outages.emplace_back(served - since_[s] + a_.load_ms, accounts_[s]);
      owner_[s] = name;
      since_[s] = -1;
    }
    if (!claims.empty()) tell_others(name, now_ + a_.round_trip_ms / 2);
  }

  assumptions a_;
  const std::vector<double>& accounts_; // by shard
  odds dice_;
  lease_book book_;
  std::map<std::string, paper_node> nodes_;
  std::array<std::string, shard_count> owner_;
  std::vector<double> since_; // when it was served last; negative: it is
  std::priority_queue<event> events_;
  std::uint64_t events_planned_ = 0;
  double now_ = 0;
  account_of_event account_;
};

} // namespace troupe
