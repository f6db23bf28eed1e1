#include "actors/accounts.hpp"

#include "models/account/judgement.hpp"
#include "models/placement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <bitset>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace troupe {

namespace {

// While these are done nobody else is served: half a millisecond.
constexpr std::size_t most_sent_to_sleep_at_once = 256, most_let_go_at_once = 1000;
constexpr caf::timespan pause_between = std::chrono::milliseconds{50};

std::size_t registry_of(const account_id& id, std::size_t registries) {
  return shard_of(id) % registries;
}

class accounts_state {
public:
  static inline const char* name = "accounts";

  explicit accounts_state(accounts_actor::pointer self) : self_(self) {}

  void start(std::size_t index, const accounts_options& options) {
    index_ = index;
    options_ = options;
    options_.sleep_after_first = std::min(options.sleep_after_first, options.sleep_after);
    calm_ = std::min(
        {caf::timespan{std::chrono::seconds{1}}, options.sleep_after / 2, options.idle_after / 4});
    auto for_all = options.account;
    for_all.registry = self_->address();
    account_options_ = std::make_shared<const account_options>(std::move(for_all));
    self_->set_down_handler([this](const caf::down_msg& down) { lost(down); });
    tick_after(calm_);
  }

  void meet(const accounts_peers& peers) {
    for (std::size_t i = 0; i < peers.registries.size(); ++i)
      if (i == index_)
        peers_.emplace_back(); // who holds itself never ends
      else
        peers_.push_back(caf::actor_cast<accounts_actor>(peers.registries[i]));
    if (index_ == 0) spawn_coordinator();
  }

  template<class Answer, class Request>
  caf::result<Answer> forward(Request& request) {
    if (!valid_id(request.account)) return caf::make_error(errc::validation_error, "account");
    if (const auto at = registry_of(request.account, options_.registries); at != index_)
      return self_->delegate(peers_[at], std::move(request));
    if (is_ending(request.account))
      return caf::make_error(errc::journal_fenced, "the account is being forgotten");
    auto* handle = find_or_load(request.account);
    if (!handle) {
      ++status_.refused;
      return caf::make_error(errc::busy, "too many accounts are in use");
    }
    return self_->delegate(*handle, std::move(request));
  }

  caf::result<transfer_outcome> forward_transfer(move_money& order) {
    if (index_ != 0) return self_->delegate(peers_[0], std::move(order));
    if (!coordinator_) return caf::make_error(errc::busy, "starting");
    return self_->delegate(coordinator_, std::move(order));
  }

  caf::result<std::vector<waiting_withdrawal>> forward_list(get_withdrawals& question) {
    if (index_ != 0) return self_->delegate(peers_[0], question);
    if (!coordinator_) return caf::make_error(errc::busy, "starting");
    return self_->delegate(coordinator_, question);
  }

  void hear(const transfer_opened& opened) {
    if (index_ != 0)
      self_->send(peers_[0], opened);
    else if (coordinator_)
      self_->send(coordinator_, opened);
  }

  void tend() {
    const auto now = self_->clock().now();
    std::size_t gone = 0;
    while (gone < most_let_go_at_once && let_oldest_go(now, options_.idle_after)) ++gone;
    const bool all_gone = gone < most_let_go_at_once;
    const bool all_rest = send_idle_to_sleep(now, most_sent_to_sleep_at_once);
    tick_after(all_gone && all_rest ? calm_ : std::min(calm_, pause_between));
  }

  // What it told is all that it is, unless it was spoken to since: then it lives on.
  void keep(const fell_asleep& told) {
    const auto i = loaded_.find(told.account);
    if (i == loaded_.end()) return let_part(told);
    if (i->second.asked != told.number) return;
    auto& e = i->second;
    self_->demonitor(e.handle.address());
    if (told.kept.state.empty()) { // there is no such account
      forget(i);
      ++status_.passivated;
      return;
    }
    ids_.erase(e.handle.id());
    e.handle = account_actor{};
    e.asked = 0;
    e.slept = told.kept;
    ++status_.asleep;
  }

  // What one of them still appended would be unknown to the one that is read from the journal
  // next: until it has ended, nobody is spoken to.
  void forget_some(const forget_accounts& which) {
    std::bitset<shard_count> chosen;
    for (auto shard : which.shards) chosen.set(shard % shard_count);
    if (which.shards.empty()) chosen.set();
    std::vector<account_id> gone;
    for (const auto& [id, e] : loaded_)
      if (chosen.test(shard_of(id))) gone.push_back(id);
    for (const auto& id : gone) let_go(loaded_.find(id));
    for (auto& [id, one] : parting_)
      if (!one.ends && chosen.test(shard_of(id))) {
        one.ends = true;
        self_->send_exit(one.handle, caf::exit_reason::user_shutdown);
      }
  }

  accounts_status status() const {
    auto out = status_;
    out.loaded = loaded_.size();
    return out;
  }

private:
  using time_point = caf::actor_clock::time_point;
  struct entry;
  using node = std::pair<const account_id, entry>;
  using age_list = std::list<node*>; // spoken to longest ago first
  struct entry {
    account_actor handle;    // none while it sleeps
    std::uint64_t asked = 0; // the number of the fall_asleep it may answer; 0: none
    sleeping_account slept;
    time_point used;
    bool again = false; // spoken to twice within sleep_after
    age_list::iterator age;
  };
  using table = std::unordered_map<account_id, entry>;
  // Let go, and not known to be quiet: there must be no second one of it before it is.
  struct parting {
    account_actor handle;
    std::uint64_t asked = 0;
    bool ends = false; // it was told to
  };

  void tick_after(caf::timespan pause) { caf::delayed_anon_send(self_, pause, caf::tick_atom_v); }

  const account_actor* find_or_load(const account_id& id) {
    const auto now = self_->clock().now();
    auto i = loaded_.find(id);
    if (i == loaded_.end()) {
      if (loaded_.size() >= options_.max_loaded && !let_oldest_go(now, options_.idle_when_full))
        return nullptr;
      i = loaded_.emplace(id, entry{}).first;
      i->second.age = newcomers_.insert(newcomers_.end(), &*i);
      if (!call_back(*i)) {
        make_actor(*i, std::nullopt);
        ++status_.loads;
      }
    } else {
      greet_again(i->second, now);
      if (!i->second.handle) wake(*i);
    }
    i->second.used = now;
    send_idle_to_sleep(now, 2); // as they come
    return &i->second.handle;
  }

  void greet_again(entry& e, time_point now) {
    auto& before = list_of(e);
    e.again = now - e.used < options_.sleep_after;
    e.asked = 0;
    auto& after = e.again ? regulars_ : newcomers_;
    after.splice(after.end(), before, e.age);
  }

  void make_actor(node& n, std::optional<sleeping_account> slept) {
    auto& handle = n.second.handle;
    handle = spawn_account(self_->system(), n.first, account_options_, std::move(slept));
    ids_.emplace(handle.id(), &n);
    self_->monitor(handle);
  }

  void wake(node& n) {
    make_actor(n, std::exchange(n.second.slept, {}));
    --status_.asleep;
    ++status_.woken;
  }

  // False when there are more.
  bool send_idle_to_sleep(time_point now, std::size_t most) {
    const bool once = send_to_sleep(newcomers_, now - options_.sleep_after_first, most);
    return send_to_sleep(regulars_, now - options_.sleep_after, most) && once;
  }
  bool send_to_sleep(age_list& from, time_point unused_since, std::size_t most) {
    for (; !from.empty() && from.front()->second.used <= unused_since; --most) {
      if (most == 0) return false;
      auto& e = from.front()->second;
      e.asked = ++questions_;
      self_->send(e.handle, fall_asleep{e.asked});
      resting_.splice(resting_.end(), from, from.begin());
    }
    return true;
  }

  bool let_oldest_go(time_point now, caf::timespan idle) {
    for (auto* list : {&resting_, &newcomers_, &regulars_})
      if (!list->empty() && now - list->front()->second.used >= idle) {
        let_go(loaded_.find(list->front()->first));
        return true;
      }
    return false;
  }

  // What it was told before is answered still.
  void let_go(table::iterator i) {
    if (const auto& handle = i->second.handle) {
      const auto number = ++questions_;
      self_->send(handle, fall_asleep{number});
      parting_.emplace(i->first, parting{handle, number});
      parting_ids_.emplace(handle.id(), i->first);
    }
    forget(i);
    ++status_.passivated;
  }

  void let_part(const fell_asleep& told) {
    const auto i = parting_.find(told.account);
    if (i == parting_.end() || i->second.asked != told.number || i->second.ends) return;
    self_->demonitor(i->second.handle.address());
    parting_ids_.erase(i->second.handle.id());
    parting_.erase(i);
  }

  // Spoken to again before it was quiet.
  bool call_back(node& n) {
    const auto i = parting_.find(n.first);
    if (i == parting_.end()) return false;
    n.second.handle = std::move(i->second.handle);
    ids_.emplace(n.second.handle.id(), &n);
    parting_ids_.erase(n.second.handle.id());
    parting_.erase(i);
    return true;
  }

  bool is_ending(const account_id& id) const {
    if (parting_.empty()) return false;
    const auto i = parting_.find(id);
    return i != parting_.end() && i->second.ends;
  }

  age_list& list_of(const entry& e) {
    if (!e.handle || e.asked != 0) return resting_;
    return e.again ? regulars_ : newcomers_;
  }

  void forget(table::iterator i) {
    auto& e = i->second;
    if (e.handle)
      ids_.erase(e.handle.id());
    else
      --status_.asleep;
    list_of(e).erase(e.age);
    loaded_.erase(i);
  }

  void lost(const caf::down_msg& down) {
    if (coordinator_ && down.source == coordinator_.address()) return spawn_coordinator();
    if (const auto gone = parting_ids_.find(down.source.id()); gone != parting_ids_.end()) {
      parting_.erase(gone->second);
      parting_ids_.erase(gone);
      return;
    }
    const auto i = ids_.find(down.source.id());
    if (i == ids_.end()) return;
    forget(loaded_.find(i->second->first));
    ++status_.failed;
  }

  void spawn_coordinator() {
    auto options = options_.transfer;
    options.journal = options_.account.journal;
    options.log = options_.account.log;
    coordinator_ =
        spawn_transfers(self_->system(), options_.through ? options_.through : self_->address(),
                        std::move(options));
    self_->monitor(coordinator_);
  }

  accounts_actor::pointer self_;
  std::size_t index_ = 0;
  accounts_options options_;
  std::shared_ptr<const account_options> account_options_;
  std::vector<accounts_actor> peers_;
  transfer_actor coordinator_; // the first registry's
  table loaded_;
  std::unordered_map<caf::actor_id, node*> ids_; // of those with an actor
  std::unordered_map<account_id, parting> parting_;
  std::unordered_map<caf::actor_id, account_id> parting_ids_;
  age_list newcomers_, regulars_; // awake: spoken to once, twice
  age_list resting_;              // asleep, or asked to
  std::uint64_t questions_ = 0;
  caf::timespan calm_{};
  accounts_status status_;
};

using accounts_pointer = accounts_actor::stateful_pointer<accounts_state>;

template<class... Commands>
accounts_actor::behavior_type behavior_for(accounts_state& s, std::variant<Commands...>*) {
  return {
      [&s](Commands& command) { return s.forward<receipt>(command); }...,
      [&s](get_account& question) { return s.forward<account_view>(question); },
      [&s](move_money& order) { return s.forward_transfer(order); },
      [&s](const transfer_opened& opened) { s.hear(opened); },
      [&s](get_withdrawals& question) { return s.forward_list(question); },
      [&s](const get_accounts_status&) { return s.status(); },
      [&s](const forget_accounts& which) { s.forget_some(which); },
      [&s](const accounts_peers& peers) { s.meet(peers); },
      [&s](const fell_asleep& told) { s.keep(told); },
      [&s](caf::tick_atom) { s.tend(); },
  };
}

accounts_actor::behavior_type accounts_behavior(accounts_pointer self, std::size_t index,
                                                const accounts_options& options) {
  self->state.start(index, options);
  return behavior_for(self->state, static_cast<account_command*>(nullptr));
}

} // namespace

const accounts_actor& accounts::of(const account_id& id) const {
  return registries[registry_of(id, registries.size())];
}

accounts spawn_accounts(caf::actor_system& system, const accounts_options& options) {
  if (!options.account.journal || !options.transfer.now)
    throw std::invalid_argument{"accounts need a journal and a clock"};
  accounts out;
  auto bounded = options;
  bounded.registries = std::clamp<std::size_t>(options.registries, 1, shard_count);
  for (std::size_t i = 0; i < bounded.registries; ++i)
    out.registries.push_back(system.spawn(accounts_behavior, i, bounded));
  accounts_peers peers;
  for (const auto& r : out.registries)
    peers.registries.push_back(caf::actor_cast<caf::strong_actor_ptr>(r));
  for (const auto& r : out.registries) caf::anon_send(r, peers);
  return out;
}

} // namespace troupe
