// `./dev bench scale`: how a cluster grows, on paper. The planner and the leases' rules as they
// are, a hundred nodes and ten million accounts, and a clock of its own: what moves when nodes
// come, go and die, and for how long accounts are without service, given what things cost on one
// machine. `bench_cluster_scale [--nodes=100] [--accounts=10000000] [--seed=1] [--lease-ms=3000]
//  [--round-trip-ms=2] [--news-ms=1] [--shard-ms=0.05] [--load-ms=1] [--step=64]`
#include "models/placement.hpp"
#include "tests/bench/paper_cluster.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

using namespace troupe;

namespace {

assumptions read(int count, char** words) {
  assumptions out;
  const auto number = [](const std::string& text) { return std::strtod(text.c_str(), nullptr); };
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto at = word.find('=');
    const auto name = word.substr(0, at);
    const auto value = at == std::string::npos ? 0 : number(word.substr(at + 1));
    if (name == "--nodes")
      out.nodes = std::size_t(value);
    else if (name == "--accounts")
      out.accounts = std::size_t(value);
    else if (name == "--seed")
      out.seed = std::uint64_t(value);
    else if (name == "--lease-ms")
      out.lease_ms = value;
    else if (name == "--round-trip-ms")
      out.round_trip_ms = value;
    else if (name == "--news-ms")
      out.news_ms = value;
    else if (name == "--shard-ms")
      out.shard_ms = value;
    else if (name == "--load-ms")
      out.load_ms = value;
    else if (name == "--step")
      out.step = std::size_t(value);
    else
      std::printf("unknown: %s\n", word.c_str()), std::exit(2);
  }
  return out;
}

double share_below(std::vector<std::pair<double, double>> outages, double share) {
  std::sort(outages.begin(), outages.end());
  double all = 0, sum = 0;
  for (const auto& [ms, weight] : outages) all += weight;
  for (const auto& [ms, weight] : outages)
    if ((sum += weight) >= share * all) return ms;
  return outages.empty() ? 0 : outages.back().first;
}

void print(const char* what, const account_of_event& e, std::size_t accounts) {
  std::printf("%-34s%8zu%13.0f%8.2f%%%10.0f%9.0f%9.0f%9zu\n", what, e.shards, e.accounts,
              100 * e.accounts / double(accounts), share_below(e.outages, 0.5),
              share_below(e.outages, 0.99), share_below(e.outages, 1), e.beats);
}

void print_balance(const assumptions& a, const std::vector<double>& accounts,
                   const std::vector<std::vector<double>>& loads) {
  std::printf("\n%-8s%14s%24s%24s%24s\n", "nodes", "shards each", "accounts, most/mean",
              "load s=0.8, most/mean", "load s=1.0, most/mean");
  for (std::size_t n : {std::size_t{3}, std::size_t{10}, std::size_t{30}, a.nodes}) {
    paper_cluster town{a, accounts};
    for (std::size_t i = 0; i < n; ++i) town.join(i);
    town.run(4 * a.lease_ms);
    std::map<std::string, std::vector<double>> sums;
    const auto table = town.table();
    for (std::size_t s = 0; s < shard_count; ++s) {
      auto& sum = sums[table.shards[s].owner];
      sum.resize(4);
      sum[0] += 1, sum[1] += accounts[s], sum[2] += loads[0][s], sum[3] += loads[1][s];
    }
    std::vector<double> most(4), all(4);
    double least = 256;
    for (const auto& [name, sum] : sums) {
      least = std::min(least, sum[0]);
      for (int k = 0; k < 4; ++k) most[k] = std::max(most[k], sum[k]), all[k] += sum[k];
    }
    std::printf("%-8zu%8.0f to %3.0f", n, least, most[0]);
    for (int k = 1; k < 4; ++k) std::printf("%24.2f", most[k] / (all[k] / double(n)));
    std::printf("\n");
  }
}

// What each node decides when it reads that one of them has died.
void print_planner(paper_cluster& town, const assumptions& a) {
  auto table = town.table();
  table.nodes.front().alive = false;
  const auto start = std::chrono::steady_clock::now();
  std::size_t decisions = 0, moves = 0;
  for (int round = 0; round < 50; ++round)
    for (std::size_t i = 1; i < a.nodes; ++i, ++decisions)
      moves += next_step(table, name_of(i), town.incarnation_of(i)).take.size();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf(
      "\nplanner: %.0f decisions/s, %.1f us each, when one of %zu died (%zu shards taken)\n",
      double(decisions) / took.count(), took.count() / double(decisions) * 1e6, a.nodes,
      moves / 50);
  const auto beats = double(a.nodes) * 1000 / (0.3 * a.lease_ms);
  std::printf("database in peace: %.0f beats/s, which read %.0f rows/s\n", beats,
              beats * double(a.nodes + shard_count));
}

// Each at another moment between two of its beats; what it costs to come back is not counted.
account_of_event deaths(paper_cluster& town, const assumptions& a, std::size_t count) {
  account_of_event out;
  for (std::size_t i = 0; i < count; ++i) {
    town.run(a.lease_ms * (2 + double(i) / double(count)));
    town.settle_up();
    town.die(i);
    town.run(3 * a.lease_ms);
    const auto one = town.settle_up();
    out.shards += one.shards, out.accounts += one.accounts, out.beats += one.beats;
    out.outages.insert(out.outages.end(), one.outages.begin(), one.outages.end());
    town.join(i);
  }
  return out;
}

} // namespace

int main(int count, char** words) {
  const auto a = read(count, words);
  std::vector<double> accounts(shard_count);
  std::vector<std::vector<double>> loads(2, std::vector<double>(shard_count));
  for (std::size_t i = 0; i < a.accounts; ++i) {
    const auto s = shard_of("account-" + std::to_string(a.seed) + "-" + std::to_string(i));
    ++accounts[s];
    loads[0][s] += std::pow(double(i + 1), -0.8);
    loads[1][s] += 1 / double(i + 1);
  }
  const auto [least, most] = std::minmax_element(accounts.begin(), accounts.end());
  std::printf(
      "%zu nodes, %zu accounts, seed %llu; %.0f to %.0f accounts in a shard\n"
      "lease %.0f ms, beat every %.0f; database %.1f ms there and back, news %.1f ms, "
      "%.2f ms a shard taken, %.1f ms an account loaded; %zu shards on their way at most\n\n",
      a.nodes, a.accounts, static_cast<unsigned long long>(a.seed), *least, *most, a.lease_ms,
      0.3 * a.lease_ms, a.round_trip_ms, a.news_ms, a.shard_ms, a.load_ms, a.step);
  std::printf("%-34s%8s%13s%9s%28s%9s\n%-34s%8s%13s%9s%10s%9s%9s%9s\n", "", "shards", "accounts",
              "of all", "without service, ms", "beats", "what happens", "moved", "moved", "", "p50",
              "p99", "most", "");
  paper_cluster town{a, accounts};
  const auto happens = [&](const char* what, auto&& does, double ms) {
    town.settle_up();
    does();
    town.run(ms);
    print(what, town.settle_up(), a.accounts);
    if (town.unserved() > 0) std::printf("  %zu shards are without owner!\n", town.unserved());
  };
  const auto long_enough = 4 * a.lease_ms;
  happens(
      "all start",
      [&] {
        for (std::size_t i = 0; i < a.nodes; ++i) town.join(i);
      },
      long_enough);
  happens(
      "nothing (for four leases)", [] {}, long_enough);
  happens(
      "one more joins", [&] { town.join(a.nodes); }, long_enough);
  happens(
      "one leaves", [&] { town.leave(a.nodes); }, long_enough);
  const auto few = std::min<std::size_t>(10, a.nodes - 1);
  print((std::to_string(few) + " die, one after the other").c_str(), deaths(town, a, few),
        a.accounts);
  town.run(long_enough);
  happens(
      "a tenth die at once",
      [&] {
        for (std::size_t i = 0; i < a.nodes / 10; ++i) town.die(i);
      },
      long_enough);
  happens(
      "they come back",
      [&] {
        for (std::size_t i = 0; i < a.nodes / 10; ++i) town.join(i);
      },
      long_enough);
  happens(
      "rolling upgrade, one at a time",
      [&] {
        for (std::size_t i = 0; i < a.nodes; ++i) {
          town.leave(i);
          town.run(2000);
          town.join(i);
          town.run(8000);
        }
      },
      long_enough);
  print_planner(town, a);
  print_balance(a, accounts, loads);
  return town.unserved() == 0 ? 0 : 1;
}
