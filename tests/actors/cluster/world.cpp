#include "tests/actors/cluster/world.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe::simulated {

namespace {

constexpr utc_ms begin = 1767571200000; // 2026-01-05
constexpr std::uint64_t most_events = 400'000;

caf::behavior director(caf::event_based_actor*, world* w) {
  return {[w](std::uint64_t number) { w->run_event(number); }};
}

} // namespace

simulation_config::simulation_config() {
  add_message_types<caf::id_block::troupe>();
  add_message_types<caf::id_block::troupe_money>();
  add_message_types<caf::id_block::troupe_accounts>();
  add_message_types<caf::id_block::troupe_cluster>();
  set("scheduler.policy", caf::atom("testing"));
  set("logger.file-verbosity", caf::atom("quiet"));
}

world::world(const simulation_options& options) : options_(options), odds_(options.seed) {
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  scheduler_ = dynamic_cast<caf::scheduler::test_coordinator*>(&system_->scheduler());
  if (!scheduler_) throw std::logic_error{"no scheduler of tests"};
  scheduler_->clock().current_time += std::chrono::hours{1};
  director_ = system_->spawn(director, this);
  leases_ = spawn_memory_leases(*system_, book_, weather_);
  const auto count = 2 + static_cast<int>(odds_.below(2));
  for (int i = 0; i < count; ++i) {
    auto n = std::make_unique<node>();
    n->number = i;
    n->name = std::string(1, static_cast<char>('a' + i));
    nodes_.push_back(std::move(n));
  }
}

world::~world() {
  todo_.clear();
  for (auto& n : nodes_)
    if (n->alive) end_node(n->number);
  caf::anon_send_exit(director_, caf::exit_reason::kill);
  caf::anon_send_exit(leases_, caf::exit_reason::kill);
  scheduler_->run();
}

std::int64_t world::now_ns() const {
  return scheduler_->clock().current_time.time_since_epoch().count();
}
utc_ms world::wall() const { return begin + now_ns() / 1'000'000; }

void world::tell(const std::string& what) {
  if (!options_.tells) return;
  const auto us = now_ns() / 1000 - 3'600'000'000;
  result_.story.push_back(std::to_string(us) + " us: " + what);
}

void world::violated(const std::string& what) {
  tell("VIOLATED: " + what);
  if (result_.violations.size() < 20) result_.violations.push_back(what);
}

void world::after(nanoseconds delay, std::function<void()> what) {
  later(director_, delay, std::move(what));
}

void world::run_event(std::uint64_t number) {
  const auto i = todo_.find(number);
  if (i == todo_.end()) return;
  const auto what = std::move(i->second);
  todo_.erase(i);
  what();
}

// Whoever an actor spawns lives where it does.
void world::tag(caf::actor_id before, int place) {
  const auto newest = system_->latest_actor_id();
  if (newest == before) return;
  places_.resize(newest + 1, outside);
  for (auto id = before + 1; id <= newest; ++id) places_[id] = place;
}

// Whatever waits to run is one of CAF's actors.
caf::actor_id world::id_of(caf::resumable* job) {
  return static_cast<caf::scheduled_actor*>(job)->id();
}

int world::place_of(caf::actor_id id) const { return id < places_.size() ? places_[id] : outside; }

bool world::may_run(caf::resumable* job) const {
  const auto id = id_of(job);
  if (std::find(stalled_.begin(), stalled_.end(), id) != stalled_.end()) return false;
  const auto place = place_of(id);
  return place < 0 || !nodes_[static_cast<std::size_t>(place)]->frozen;
}

void world::run_one(std::size_t job) {
  auto& jobs = scheduler_->jobs;
  std::swap(jobs.front(), jobs[job]);
  const auto place = place_of(id_of(jobs.front()));
  const auto before = system_->latest_actor_id();
  scheduler_->try_run_once();
  tag(before, place);
  ++result_.events;
}

// Anybody who has a message may be next; time passes when nobody has.
bool world::step() {
  while (!between_.empty()) {
    auto all = std::exchange(between_, {});
    for (auto& one : all) one();
  }
  auto& jobs = scheduler_->jobs;
  auto& ready = ready_;
  ready.clear();
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (may_run(jobs[i])) ready.push_back(i);
  if (ready.empty()) return scheduler_->trigger_timeout();
  run_one(ready[odds_.below(ready.size())]);
  return true;
}

void world::check_served_once() {
  for (const auto shard : shards_) {
    int by = 0;
    for (const auto& n : nodes_)
      by += n->alive && n->clock->holds(shard, n->clock->epoch_of(shard), now_ns());
    if (by > 1) violated("two nodes read shard " + std::to_string(shard) + " as theirs");
  }
}

simulation_result world::run() {
  for (auto& n : nodes_) between_.push_back([this, number = n->number] { start_node(number); });
  open_accounts();
  bool done = false;
  after(milliseconds{2000}, [this] {
    chaotic_ = true;
    plan_errands();
    plan_faults();
  });
  after(milliseconds{7000}, [this] { heal(); });
  after(milliseconds{19'000}, [&done] { done = true; });
  while (!done && result_.violations.empty() && result_.events < most_events && step()) {
    check_served_once();
    if (healed_ns_ != 0 && now_ns() > healed_ns_ + 1'000'000'000 && all_done()) break;
  }
  if (result_.events >= most_events) violated("it goes on and on");
  if (result_.violations.empty() && !all_done()) violated("not everything was done in the end");
  check_books();
  take_fingerprint();
  return std::move(result_);
}

} // namespace troupe::simulated

namespace troupe {

simulation_result simulate(const simulation_options& options) {
  return simulated::world{options}.run();
}

} // namespace troupe
