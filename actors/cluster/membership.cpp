#include "actors/cluster/membership.hpp"

#include "actors/cluster/membership_state.hpp"
#include "messages/types.hpp"
#include "models/fnv.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t max_watchers = 64;
// Two processes of one name push each other out: each time they wait longer, up to 32 leases.
constexpr std::uint64_t most_doublings = 5;

// Of a lease between two beats: with one of 3 s a dead node's shards are taken within 3.9 s.
constexpr int beat_tenths = 3;

bool is(const caf::error& e, errc code) {
  return e.category() == caf::atom("troupe") && e.code() == static_cast<std::uint8_t>(code);
}

} // namespace

std::int64_t membership_state::now_ns() const {
  return self_->clock().now().time_since_epoch().count();
}

membership_state::nanoseconds membership_state::lease() const {
  return std::chrono::milliseconds{options_.lease_ms};
}

// Different on each node and each time, so that they do not come all at once.
membership_state::nanoseconds membership_state::pause() {
  const auto least = lease() / 12;
  const auto odds = fnv1a{}.add(options_.name).add_number(incarnation_).add_number(++tries_);
  return least + nanoseconds{odds.value() % static_cast<std::uint64_t>(least.count())};
}

void membership_state::say(log_level level, const std::string& text) const {
  if (options_.log) options_.log(level, "cluster: " + text);
}

// Once, though it is tried several times a second.
void membership_state::complain(const std::string& text) {
  if (text != trouble_) say(log_level::warn, trouble_ = text);
}

void membership_state::start(membership_options options) {
  options_ = std::move(options);
  self_->set_down_handler([this](const caf::down_msg& down) {
    watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                   [&](const caf::actor& w) { return w == down.source; }),
                    watchers_.end());
  });
  publish();
  join();
}

void membership_state::greet(const watch_cluster& request) {
  auto who = caf::actor_cast<caf::actor>(request.who);
  if (!who) return;
  if (watchers_.size() >= max_watchers) return say(log_level::error, "too many watch");
  self_->monitor(who);
  caf::anon_send(who, view_);
  watchers_.push_back(std::move(who));
}

void membership_state::join() {
  asking_ = true;
  const auto term = ++term_;
  self_
      ->request(options_.leases, lease(),
                join_cluster{options_.name, options_.address, options_.lease_ms, options_.protocol,
                             fences_ > 0})
      .then(
          [this, term](const joined& answer) {
            if (term == term_) on_joined(answer);
          },
          [this, term](const caf::error& why) {
            if (term == term_) not_joined(why);
          });
}

void membership_state::on_joined(const joined& answer) {
  asking_ = false;
  phase_ = phase::in;
  greeted_ = false;
  incarnation_ = answer.incarnation;
  joined_ns_ = now_ns();
  say(log_level::info, "joined as " + options_.name + ", start " + std::to_string(incarnation_));
  beat();
}

void membership_state::not_joined(const caf::error& why) {
  asking_ = false;
  if (is(why, errc::journal_fenced)) { // it lives still, and said so when it pushed us out
    next_ns_ = now_ns() + (lease() / 3).count();
    return arm();
  }
  const bool refused = is(why, errc::validation_error);
  complain("cannot join: " + self_->system().render(why));
  next_ns_ = now_ns() + (refused ? lease() : pause()).count();
  arm();
}

void membership_state::beat() {
  asking_ = true;
  again_ = false;
  const auto asked = now_ns(); // before it is sent: the database hears it later
  next_ns_ = asked + (lease() * beat_tenths / 10).count();
  self_
      ->request(options_.leases, lease() / 2,
                beat_node{options_.name, incarnation_, options_.lease_ms, phase_ == phase::leaving})
      .then(
          [this, asked, term = term_](cluster_table& table) {
            if (term == term_) heard(table, asked);
          },
          [this, term = term_](const caf::error& why) {
            if (term == term_) beat_failed(why);
          });
}

void membership_state::heard(cluster_table& table, std::int64_t asked_ns) {
  asking_ = false;
  ++beats_;
  expire_if_over();
  if (phase_ != phase::in && phase_ != phase::leaving) return;
  const auto until = held_until(asked_ns, options_.lease_ms);
  if (until <= now_ns()) { // it took too long to count
    next_ns_ = now_ns() + pause().count();
    return arm();
  }
  if (!holds_something()) greet_again();
  table_ = std::move(table);
  until_ns_ = until;
  trouble_.clear();
  if (now_ns() - joined_ns_ > 10 * lease().count()) fences_ = 0;
  settle();
  if (again_ && !asking_ && (phase_ == phase::in || phase_ == phase::leaving)) beat();
  arm();
}

// The first beat after a join, or after the lease ran out. Then it probably ran out for others too:
// they are given time to come back before what they had is taken.
void membership_state::greet_again() {
  if (greeted_) {
    say(log_level::info, "the lease is held again");
    patient_until_ns_ = now_ns() + (lease() / 2).count();
  }
  greeted_ = true;
  shards_changed_hands();
}

void membership_state::beat_failed(const caf::error& why) {
  asking_ = false;
  expire_if_over();
  if (phase_ != phase::in && phase_ != phase::leaving) return;
  if (is(why, errc::journal_fenced)) return fenced();
  complain("the heart did not beat: " + self_->system().render(why));
  next_ns_ = now_ns() + pause().count();
  arm();
}

// Another process bears the name. Joining at once would push it out, and it us, for ever.
void membership_state::fenced() {
  ++term_;
  asking_ = working_ = again_ = false;
  serve_nothing();
  if (phase_ == phase::leaving) return left();
  phase_ = phase::joining;
  const auto wait = lease() * (1LL << std::min(fences_++, most_doublings));
  next_ns_ = now_ns() + wait.count();
  say(log_level::error,
      "another process bears the name " + options_.name + ": nothing is served here for "
          + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(wait).count())
          + " ms");
  arm();
}

void membership_state::look_again() {
  if (phase_ != phase::in && phase_ != phase::leaving) return;
  if (asking_)
    again_ = true;
  else
    beat();
}

caf::result<bool> membership_state::leave() {
  if (phase_ == phase::left) return true;
  leavers_.push_back(self_->make_response_promise<bool>());
  const auto answer = leavers_.back();
  if (phase_ == phase::joining) {
    left();
  } else if (phase_ == phase::in) {
    say(log_level::info, "leaves");
    phase_ = phase::leaving;
    if (holds_something()) {
      look_again(); // the database hears of it before it hears of the first release
      settle();
    } else {
      finish();
    }
  }
  return answer;
}

// Nothing is held any more. That it is dead may be said now; if it cannot, its lease runs out.
void membership_state::finish() {
  phase_ = phase::finishing;
  ++term_;
  asking_ = working_ = again_ = false;
  serve_nothing();
  self_->request(options_.leases, lease() / 2, beat_node{options_.name, incarnation_, 0, true})
      .then([this](const cluster_table&) { left(); }, [this](const caf::error&) { left(); });
}

void membership_state::left() {
  ++term_;
  phase_ = phase::left;
  say(log_level::info, "left");
  for (auto& promise : std::exchange(leavers_, {})) promise.deliver(true);
  shards_changed_hands();
}

void membership_state::expire_if_over() {
  if (until_ns_ == 0 || now_ns() < until_ns_) return;
  serve_nothing();
  say(log_level::error, "the lease ran out: nothing is served until it is held again");
  if (phase_ == phase::leaving) finish();
}

void membership_state::wake() {
  if (armed_ns_ <= now_ns()) armed_ns_ = 0;
  expire_if_over();
  if (!asking_ && next_ns_ <= now_ns()) {
    if (phase_ == phase::joining)
      join();
    else if (phase_ == phase::in || phase_ == phase::leaving)
      beat();
  }
  arm();
}

// A tick for the earliest thing to come. One that was armed for later comes too, and finds nothing.
void membership_state::arm() {
  std::int64_t due = 0;
  if (!asking_ && (phase_ == phase::joining || phase_ == phase::in || phase_ == phase::leaving))
    due = next_ns_;
  if (until_ns_ != 0 && (due == 0 || until_ns_ < due)) due = until_ns_;
  if (due == 0 || (armed_ns_ != 0 && armed_ns_ <= due)) return;
  armed_ns_ = due;
  caf::delayed_anon_send(self_, nanoseconds{std::max<std::int64_t>(due - now_ns(), 1)},
                         caf::tick_atom_v);
}

namespace {

using membership_pointer = membership_actor::stateful_pointer<membership_state>;

membership_actor::behavior_type membership_behavior(membership_pointer self,
                                                    membership_options options) {
  self->state.start(std::move(options));
  auto& s = self->state;
  return {
      [&s](const watch_cluster& request) { s.greet(request); },
      [&s](const look_again&) { s.look_again(); },
      [&s](const leave_cluster&) { return s.leave(); },
      [&s](caf::tick_atom) { s.wake(); },
  };
}

} // namespace

membership_actor spawn_membership(caf::actor_system& system, membership_options options) {
  if (options.name.empty() || !options.leases || !options.journal)
    throw std::invalid_argument{"a membership needs a name, leases and a journal"};
  if (options.lease_ms < 300 || options.lease_ms > 60'000)
    throw std::invalid_argument{"a lease is 300 to 60000 ms"};
  if (options.detached) return system.spawn<caf::detached>(membership_behavior, std::move(options));
  return system.spawn(membership_behavior, std::move(options));
}

} // namespace troupe
