// The nodes of a world: how one starts and ends, and what happens to it.
#include "tests/actors/cluster/world.hpp"

#include <algorithm>

namespace troupe::simulated {

namespace {

constexpr std::int64_t lease_ms = 600;

} // namespace

void world::start_node(int number) {
  auto& n = at(number);
  if (n.alive) return;
  const auto before = system_->latest_actor_id();
  tell("node " + n.name + " starts");
  n.alive = true;
  n.frozen = false;
  ++n.starts;
  n.clock = std::make_shared<lease_clock>();
  n.board = std::make_shared<standing_board>();

  fenced_journal_options kept;
  kept.name = n.name;
  kept.book = rows_;
  kept.leases = book_;
  kept.path = [this, number] { return journal_trip(number); };
  kept.may_append = [this, &n](const shard_claim& claim) { return may_append(n.name, claim); };
  kept.sent = [this, number](const account_append& request, const shard_claim& claim) {
    append_sent(number, request, claim);
  };
  n.journal = spawn_fenced_journal(*system_, std::move(kept));

  membership_options m;
  m.name = n.name;
  m.address = n.name + ":1";
  m.lease_ms = lease_ms;
  m.leases = spawn_road(*system_, this, number, leases_);
  m.journal = n.journal;
  m.clock = n.clock;
  m.detached = false;
  m.changed = [this, number] { tell_others(number); };
  if (options_.tells)
    m.log = [this, &n](log_level, const std::string& text) { tell(n.name + " " + text); };
  const auto road = caf::actor_cast<caf::actor>(m.leases);
  n.membership = spawn_membership(*system_, std::move(m));

  accounts_router_options r;
  caf::actor believer;
  r.until = n.clock;
  if (options_.bug == planted::no_clock) {
    r.until = std::make_shared<lease_clock>();
    r.until->set_until(INT64_MAX);
    believer = spawn_believer(*system_, r.until);
    caf::anon_send(n.membership, watch_cluster{caf::actor_cast<caf::strong_actor_ptr>(believer)});
  }
  r.board = n.board;
  r.membership = n.membership;
  r.pause = milliseconds{50};
  n.router = spawn_accounts_router(*system_, r);

  accounts_options a;
  a.account.journal = n.journal;
  if (options_.bug == planted::early_reply)
    a.account.journal = spawn_early_journal(*system_, n.journal);
  a.transfer.now = [this] { return wall(); };
  a.transfer.mine = [board = n.board](const account_id& id) { return board->owns(id); };
  a.transfer.step_timeout = milliseconds{2500};
  a.transfer.longest_retry = std::chrono::seconds{1};
  a.transfer.sweep_every = std::chrono::seconds{2};
  a.through = n.router.handle.address();
  a.sleep_after_first = milliseconds{odds_.chance(500) ? 20 : 250};
  a.idle_after = milliseconds{odds_.chance(500) ? 400 : 60'000};
  a.account.snapshot_rows = 8;
  n.local = spawn_accounts(*system_, a);

  accounts_peers registries;
  n.parts = {road,
             caf::actor_cast<caf::actor>(n.membership),
             caf::actor_cast<caf::actor>(n.journal),
             caf::actor_cast<caf::actor>(n.router.handle),
             caf::actor_cast<caf::actor>(n.router.door),
             caf::actor_cast<caf::actor>(a.account.journal)};
  if (believer) n.parts.push_back(believer);
  for (const auto& one : n.local.registries) {
    registries.registries.push_back(caf::actor_cast<caf::strong_actor_ptr>(one));
    n.parts.push_back(caf::actor_cast<caf::actor>(one));
  }
  caf::anon_send(n.router.handle, registries);
  meet_others(n);
  caf::anon_send(n.membership,
                 watch_cluster{caf::actor_cast<caf::strong_actor_ptr>(n.router.handle)});
  tag(before, number);
}

// A way to each other node, whatever process is there at the time.
void world::meet_others(node& n) {
  for (auto& other : nodes_) {
    if (other->number == n.number) continue;
    auto way = spawn_wire(*system_, this, n.number, other->number);
    n.parts.push_back(caf::actor_cast<caf::actor>(way));
    caf::anon_send(caf::actor_cast<caf::actor>(n.router.handle),
                   peer_changed{other->name, 1, caf::actor_cast<caf::strong_actor_ptr>(way)});
  }
}

// The process is gone between one message and the next: none of its actors says another word.
void world::end_node(int number) {
  auto& n = at(number);
  if (!n.alive) return;
  tell("node " + n.name + " ends");
  n.alive = n.frozen = false;
  n.clock->set_until(0);
  std::vector<caf::actor_id> ending;
  for (auto& part : n.parts) {
    ending.push_back(part.id());
    caf::anon_send_exit(part, caf::exit_reason::kill);
  }
  auto& jobs = scheduler_->jobs;
  for (std::size_t i = 0; i < jobs.size();) {
    const auto id = id_of(jobs[i]);
    if (std::find(ending.begin(), ending.end(), id) == ending.end()) {
      ++i;
      continue;
    }
    std::swap(jobs.front(), jobs[i]);
    scheduler_->try_run_once(); // the exit goes before what else waits
    i = 0;
  }
  n.parts.clear();
  n.membership = membership_actor{};
  n.journal = owned_journal_actor{};
  n.local = {};
  n.router = {};
}

// Appends and loads: the connection breaks before or after the commit, or nobody knows.
journal_path world::journal_trip(int number) {
  const auto way = trip_between(number, database);
  // Stopped with something on its way: the others go on, and it comes late.
  if (chaotic_ && odds_.chance(20))
    after(way.there_in / 2,
          [this, number, span = odds_.between(milliseconds{500}, milliseconds{1800})] {
            freeze(number, span);
          });
  journal_path out;
  out.there_ns = way.there_in.count();
  out.back_ns = way.back_in.count();
  out.arrives = way.there;
  out.is_answered = way.back;
  if (!out.arrives || !out.is_answered)
    tell("node " + at(number).name + "'s next request to the store is "
         + (out.arrives ? "not answered" : "lost"));
  return out;
}

// A process may end with an append on its way to the store, which keeps it if it still may.
void world::append_sent(int number, const account_append& request, const shard_claim& claim) {
  if (!chaotic_ || !odds_.chance(crashes_)) return;
  crash(number, odds_.between(milliseconds{20}, milliseconds{900}));
  after(odds_.between(milliseconds{0}, milliseconds{2 * lease_ms}),
        [this, name = at(number).name, kept = account_append{request}, claim]() mutable {
          if (!may_append(name, claim)) return;
          rows_->keep(kept, name, claim.epoch);
          tell("an append of a process that is gone is kept");
        });
}

bool world::may_append(const node_name& name, const shard_claim& claim) {
  const bool may = book_->owns(name, claim) || options_.bug == planted::no_fence;
  tell("store: " + name + (may ? " comes to" : " is kept from") + " shard "
       + std::to_string(claim.shard) + ", epoch " + std::to_string(claim.epoch));
  return may;
}

void world::tell_others(int number) {
  for (auto& other : nodes_) {
    const auto way = trip_between(number, other->number);
    if (other->number == number || !way.there) continue;
    after(way.there_in, [this, to = other->number] {
      if (at(to).alive) caf::anon_send(at(to).membership, look_again{});
    });
  }
}

void world::plan_faults() {
  loses_ = odds_.chance(500) ? odds_.below(60) : 0;
  doubles_ = odds_.chance(500) ? odds_.below(80) : 0;
  slow_ = odds_.chance(700) ? odds_.below(300) : 0;
  crashes_ = odds_.chance(400) ? odds_.below(60) : 0;
  slowest_ = odds_.between(milliseconds{5}, milliseconds{odds_.chance(300) ? 900 : 150});
  const auto count = 1 + odds_.below(5);
  for (std::uint64_t i = 0; i < count; ++i)
    plan_fault(odds_.between(milliseconds{0}, milliseconds{4500}));
}

void world::plan_fault(nanoseconds when) {
  const auto number = static_cast<int>(odds_.below(nodes_.size()));
  const auto span = odds_.between(milliseconds{20}, milliseconds{1800});
  const auto what = odds_.below(12);
  after(when, [=] {
    if (!chaotic_) return;
    if (what < 3)
      crash(number, span);
    else if (what < 6)
      freeze(number, span);
    else if (what < 8)
      stall(number, span);
    else if (what < 10)
      leave(number, span);
    else
      cut(number, span);
  });
}

void world::freeze(int number, nanoseconds span) {
  auto& n = at(number);
  if (!n.alive || n.frozen) return;
  tell("node " + n.name + " is stopped for " + std::to_string(span.count() / 1'000'000) + " ms");
  ++result_.freezes;
  n.frozen = true;
  // Somebody asks it, and the others, while it does not hear and when it does again.
  for (int i = 0; i < 6; ++i)
    after(odds_.between(span / 2, span + milliseconds{100}),
          [this, number, i, id = accounts_[odds_.below(accounts_.size())]] {
            read(id, i < 4 ? number : outside);
          });
  after(span, [this, &n] {
    n.frozen = false;
    tell("node " + n.name + " goes on");
  });
}

// One part of a node has no thread for a while, and the others have.
void world::stall(int number, nanoseconds span) {
  auto& n = at(number);
  if (!n.alive) return;
  ++result_.freezes;
  const auto& part = n.parts[odds_.below(n.parts.size())];
  stalled_.push_back(part.id());
  after(span, [this, id = part.id()] {
    stalled_.erase(std::remove(stalled_.begin(), stalled_.end(), id), stalled_.end());
  });
}

void world::crash(int number, nanoseconds span) {
  if (!at(number).alive) return;
  ++result_.crashes;
  between_.push_back([this, number] { end_node(number); });
  after(span, [this, number] { between_.push_back([this, number] { start_node(number); }); });
}

void world::leave(int number, nanoseconds span) {
  auto& n = at(number);
  if (!n.alive) return;
  ++result_.leaves;
  tell("node " + n.name + " is to leave");
  caf::anon_send(n.membership, leave_cluster{});
  after(span, [this, number] {
    between_.push_back([this, number] {
      end_node(number);
      start_node(number);
    });
  });
}

void world::cut(int number, nanoseconds span) {
  ++result_.outages;
  if (odds_.chance(500)) {
    tell("the database is away");
    weather_->away = true;
    return after(span, [this] { weather_->away = false; });
  }
  tell("the database is away from node " + at(number).name);
  at(number).road_cut = true;
  after(span, [this, number] { at(number).road_cut = false; });
}

void world::heal() {
  tell("everything is well again");
  chaotic_ = false;
  healed_ns_ = now_ns();
  weather_->away = false;
  stalled_.clear();
  for (auto& n : nodes_) {
    n->frozen = n->road_cut = false;
    between_.push_back([this, number = n->number] { start_node(number); });
  }
}

} // namespace troupe::simulated
