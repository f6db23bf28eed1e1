// The inside of a simulation: one world of nodes, database and clients.
#pragma once
#include "actors/cluster/accounts_router.hpp"
#include "actors/cluster/fenced_journal.hpp"
#include "actors/cluster/membership.hpp"
#include "actors/cluster/memory_leases.hpp"
#include "messages/types.hpp"
#include "tests/actors/cluster/simulation.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::simulated {

using nanoseconds = std::chrono::nanoseconds;
using std::chrono::milliseconds;

/// splitmix64: small, and the same everywhere.
class odds {
public:
  explicit odds(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool chance(std::uint64_t permille) { return below(1000) < permille; }
  nanoseconds between(nanoseconds least, nanoseconds most) {
    return least + nanoseconds{below(static_cast<std::uint64_t>((most - least).count()) + 1)};
  }

private:
  std::uint64_t state_;
};

/// One message's way and its answer's.
struct trip {
  bool there = true, back = true, twice = false;
  nanoseconds there_in{0}, back_in{0}, twice_in{0};
};

constexpr int database = -1, outside = -2; // beside the nodes' numbers

struct node {
  node_name name;
  int number = 0;
  bool alive = false, frozen = false, road_cut = false;
  std::uint64_t starts = 0;
  membership_actor membership;
  owned_journal_actor journal;
  accounts local;
  accounts_router router;
  lease_clock_ptr clock;
  standing_board_ptr board;
  std::vector<caf::actor> parts; // everything that ends with the process
};

/// What one client wants done, once.
struct errand {
  enum class kind { open, deposit, withdraw, move };
  kind what = kind::deposit;
  account_id account, to;
  int amount = 0;
  std::string id; // what its references begin with
  std::uint32_t tries = 0;
  bool acknowledged = false, refused = false;
  bool may_be_under_way = false; // a try was not answered: it may be done after a later one
};

struct simulation_config : caf::actor_system_config {
  simulation_config();
};

class world {
public:
  explicit world(const simulation_options& options);
  ~world();
  simulation_result run();

  // For the actors of a world (world_net.cpp).
  trip trip_between(int from, int to);
  void note_twice(const reference_id& reference) { twice_.insert(reference); }
  void run_event(std::uint64_t number);
  template<class Handle>
  void later(const Handle& whom, nanoseconds delay, std::function<void()> what) {
    const auto number = ++events_;
    todo_.emplace(number, std::move(what));
    caf::delayed_anon_send(whom, delay, number);
  }
  node& at(int number) { return *nodes_[static_cast<std::size_t>(number)]; }
  bool chaotic() const { return chaotic_; }
  simulation_result& result() { return result_; }

private:
  // world.cpp
  void after(nanoseconds delay, std::function<void()> what);
  bool step();
  void run_one(std::size_t job);
  bool may_run(caf::resumable* job) const;
  static caf::actor_id id_of(caf::resumable* job);
  int place_of(caf::actor_id id) const;
  void tag(caf::actor_id before, int place);
  void check_served_once();
  std::int64_t now_ns() const;
  utc_ms wall() const;
  void tell(const std::string& what);
  void violated(const std::string& what);

  // world_nodes.cpp
  void start_node(int number);
  void end_node(int number);
  void meet_others(node& n);
  journal_path journal_trip(int number);
  void append_sent(int number, const account_append& request, const shard_claim& claim);
  bool may_append(const node_name& name, const shard_claim& claim);
  void tell_others(int number);
  void plan_faults();
  void plan_fault(nanoseconds when);
  void freeze(int number, nanoseconds span);
  void stall(int number, nanoseconds span);
  void crash(int number, nanoseconds span);
  void leave(int number, nanoseconds span);
  void cut(int number, nanoseconds span);
  void heal();

  // world_clients.cpp
  void open_accounts();
  void plan_errands();
  void attempt(std::size_t number);
  template<class Answer, class Command>
  void say(std::size_t number, Command command);
  void on_answer(std::size_t number, const receipt& answer);
  void on_answer(std::size_t number, const transfer_outcome& answer);
  void on_error(std::size_t number, const caf::error& why);
  void read(const account_id& account, int where = outside);
  const accounts_actor* some_router();
  bool all_done() const;

  // world_checks.cpp
  void check_books();
  void check_account(const account_id& id, std::map<std::string, std::size_t>& stored);
  void check_errands(const std::map<std::string, std::size_t>& stored);
  void check_epochs();
  void check_served();
  void take_fingerprint();

  simulation_options options_;
  odds odds_;
  simulation_result result_;
  simulation_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;

  std::shared_ptr<lease_book> book_ = std::make_shared<lease_book>();
  std::shared_ptr<memory_book> rows_ = std::make_shared<memory_book>();
  std::shared_ptr<leases_weather> weather_ = std::make_shared<leases_weather>();
  leases_actor leases_;
  std::vector<std::unique_ptr<node>> nodes_;
  caf::actor director_;                        // events and clients are its messages
  std::vector<std::function<void()>> between_; // to be done between two messages

  std::uint64_t events_ = 0;
  std::unordered_map<std::uint64_t, std::function<void()>> todo_;
  std::vector<int> places_; // by actor id
  std::vector<caf::actor_id> stalled_;
  std::vector<std::size_t> ready_; // jobs, while one is chosen
  bool chaotic_ = false;
  std::int64_t healed_ns_ = 0;
  // How bad it is, of 1000.
  std::uint64_t loses_ = 0, doubles_ = 0, slow_ = 0, crashes_ = 0;
  nanoseconds slowest_{0};

  std::vector<account_id> accounts_;
  std::vector<std::uint32_t> shards_; // theirs
  std::vector<errand> errands_;
  std::map<account_id, std::uint64_t> seen_; // newest version that somebody was told of
  std::set<reference_id> twice_;             // commands that a way between nodes doubled
  std::uint64_t reads_under_way_ = 0;
};

/// The way from one node to another, to the database, and a journal that answers too early.
peer_actor spawn_wire(caf::actor_system& system, world* w, int from, int to);
leases_actor spawn_road(caf::actor_system& system, world* w, int from, leases_actor leases);
/// Keeps a clock for one who believes views for ever.
caf::actor spawn_believer(caf::actor_system& system, lease_clock_ptr clock);
journal_actor spawn_early_journal(caf::actor_system& system, owned_journal_actor journal);

} // namespace troupe::simulated
