// membership_state: which shards are served, taken and given up.
#include "actors/cluster/membership_state.hpp"
#include "messages/types.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

bool same(const node_entry& a, const node_entry& b) {
  return a.name == b.name && a.incarnation == b.incarnation && a.address == b.address
      && a.protocol == b.protocol && a.alive == b.alive && a.leaving == b.leaving;
}

bool same(const cluster_view& a, const cluster_view& b) {
  return a.incarnation == b.incarnation && a.standing == b.standing && a.owner == b.owner
      && a.epoch == b.epoch
      && std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(),
                    [](const node_entry& x, const node_entry& y) { return same(x, y); });
}

} // namespace

membership_state::epochs membership_state::mine() const {
  epochs out{};
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto& shard = table_.shards[s];
    if (shard.owner == options_.name && shard.incarnation == incarnation_) out[s] = shard.epoch;
  }
  return out;
}

// What follows from the table. A shard that is being given up stays so, whatever its epoch, until
// a table shows it as somebody else's or nobody's: a release may be on its way.
void membership_state::settle() {
  auto step = next_step(table_, options_.name, incarnation_, options_.most_moving);
  auto wanted = mine();
  for (std::size_t s = 0; s < shard_count; ++s)
    if (wanted[s] == 0) giving_.reset(s), dropped_.reset(s);
  for (auto s : step.give) giving_.set(s);
  for (std::size_t s = 0; s < shard_count; ++s)
    if (phase_ == phase::leaving && wanted[s] != 0) giving_.set(s);
  for (std::size_t s = 0; s < shard_count; ++s)
    if (giving_.test(s)) wanted[s] = 0;
  wanted_ = std::move(step.take);
  serve(wanted);
  work();
}

// Says what is lost, then holds what is gained, then tells who acts on it.
void membership_state::serve(const epochs& wanted) {
  const auto before = std::exchange(serving_, wanted);
  tell_journal();
  if (options_.clock) {
    for (std::uint32_t s = 0; s < shard_count; ++s)
      if (before[s] != wanted[s] || options_.clock->epoch_of(s) != wanted[s])
        options_.clock->set_epoch(s, wanted[s]);
    options_.clock->set_until(until_ns_);
  }
  publish();
}

void membership_state::serve_nothing() {
  until_ns_ = 0;
  if (options_.clock) options_.clock->set_until(0);
  serve({});
}

// Beside what is served, the journal may end what is in its queue for shards to be given up.
void membership_state::tell_journal() {
  hold_shards all;
  all.until_ns = until_ns_;
  all.incarnation = incarnation_;
  all.taking = !wanted_.empty() && phase_ == phase::in;
  if (until_ns_ != 0) {
    const auto owned = mine();
    for (std::uint16_t s = 0; s < shard_count; ++s)
      if (serving_[s] != 0 || (owned[s] != 0 && giving_.test(s) && !dropped_.test(s)))
        all.claims.push_back({s, owned[s]});
  }
  self_->request(options_.journal, lease(), std::move(all))
      .then([](bool) {},
            [this](const caf::error& why) {
              complain("the journal was not told: " + self_->system().render(why));
            });
}

void membership_state::publish() {
  auto next = std::make_shared<cluster_view>();
  next->me = options_.name;
  next->incarnation = incarnation_;
  next->nodes = table_.nodes;
  next->standing.fill(shard_standing::moving);
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto& shard = table_.shards[s];
    next->epoch[s] = shard.epoch;
    if (until_ns_ == 0) continue;
    if (serving_[s] != 0) next->standing[s] = shard_standing::ours;
    if (serving_[s] != 0 || shard.owner == options_.name) continue;
    const auto it = std::find_if(next->nodes.begin(), next->nodes.end(),
                                 [&](const node_entry& n) { return n.name == shard.owner; });
    if (it == next->nodes.end() || !it->alive) continue;
    next->standing[s] = shard_standing::another;
    next->owner[s] = static_cast<std::uint16_t>(it - next->nodes.begin());
  }
  if (view_ && same(*view_, *next)) return;
  next->number = view_ ? view_->number + 1 : 1;
  view_ = std::move(next);
  for (const auto& watcher : watchers_) caf::anon_send(watcher, view_);
}

void membership_state::work() {
  if (working_ || (phase_ != phase::in && phase_ != phase::leaving)) return;
  const auto owned = mine();
  shard_bits to_give;
  for (std::size_t s = 0; s < shard_count; ++s)
    if (owned[s] != 0 && giving_.test(s)) to_give.set(s);
  if (to_give.any()) return give(to_give);
  if (phase_ == phase::leaving) return finish();
  wanted_.erase(std::remove_if(wanted_.begin(), wanted_.end(),
                               [this](std::uint16_t s) { return waits_for(s); }),
                wanted_.end());
  if (!wanted_.empty()) take(std::exchange(wanted_, {}));
}

// Free already, but who had it last may be coming back, or may not know yet that it is over.
bool membership_state::waits_for(std::uint16_t shard) const {
  const auto& owner = table_.shards[shard].owner;
  if (owner == options_.name)
    return !options_.former_is_gone && now_ns() < joined_ns_ + lease().count();
  return !owner.empty() && now_ns() < patient_until_ns_;
}

void membership_state::give(const shard_bits& which) {
  working_ = true;
  dropped_ |= which;
  drop_shards order;
  for (std::uint16_t s = 0; s < shard_count; ++s)
    if (which.test(s)) order.shards.push_back(s);
  self_->request(options_.journal, lease(), std::move(order))
      .then(
          [this, which, term = term_](bool) {
            if (term == term_) release(which);
          },
          [this, term = term_](const caf::error& why) {
            if (term == term_) work_failed("the journal did not let go", why);
          });
}

void membership_state::release(const shard_bits& which) {
  release_shards order{options_.name, incarnation_, {}, {}};
  const auto owned = mine();
  for (std::uint16_t s = 0; s < shard_count; ++s)
    if (which.test(s) && owned[s] != 0) {
      order.shards.push_back(s);
      order.epochs.push_back(owned[s]);
    }
  self_->request(options_.leases, lease(), std::move(order))
      .then(
          [this, term = term_](std::uint64_t count) {
            if (term != term_) return;
            working_ = false;
            say(log_level::info, "gave up " + std::to_string(count) + " shards");
            if (count == 0) return work_failed("nothing was given up", {});
            shards_changed_hands();
            look_again();
          },
          [this, term = term_](const caf::error& why) {
            if (term == term_) work_failed("shards were not given up", why);
          });
}

void membership_state::take(std::vector<std::uint16_t> shards) {
  working_ = true;
  const auto asked = shards.size();
  self_
      ->request(options_.leases, lease(),
                take_shards{options_.name, incarnation_, std::move(shards)})
      .then(
          [this, asked, beats = beats_, term = term_](const shards_taken& answer) {
            if (term == term_) took(answer, asked, beats);
          },
          [this, term = term_](const caf::error& why) {
            if (term == term_) work_failed("shards were not taken", why);
          });
}

// A beat that was answered meanwhile may have seen more than this or less: ask once more.
void membership_state::took(const shards_taken& answer, std::size_t asked, std::uint64_t beats) {
  working_ = false;
  expire_if_over();
  if (!answer.claims.empty()) shards_changed_hands();
  if (beats != beats_ || !holds_something()) return look_again();
  auto wanted = serving_;
  for (const auto& claim : answer.claims) {
    table_.shards[claim.shard % shard_count] = {options_.name, incarnation_, claim.epoch};
    wanted[claim.shard % shard_count] = claim.epoch;
  }
  say(log_level::info, "took " + std::to_string(answer.claims.size()) + " shards");
  serve(wanted);
  if (answer.claims.size() == asked) return work();
  // Somebody was faster, or this node is late: what the table says is old.
  next_ns_ = std::min(next_ns_, now_ns() + pause().count());
  arm();
}

void membership_state::work_failed(const char* what, const caf::error& why) {
  working_ = false;
  complain(why ? what + (": " + self_->system().render(why)) : what);
  expire_if_over();
  next_ns_ = std::min(next_ns_, now_ns() + pause().count());
  arm();
}

void membership_state::shards_changed_hands() {
  if (options_.changed) options_.changed();
}

} // namespace troupe
