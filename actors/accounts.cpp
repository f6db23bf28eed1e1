#include "actors/accounts.hpp"

#include "models/account/judgement.hpp"
#include "models/placement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t most_passivated_at_once = 10000;

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
    auto for_all = options.account;
    for_all.transfers = self_->address();
    account_options_ = std::make_shared<const account_options>(std::move(for_all));
    self_->set_down_handler([this](const caf::down_msg& down) { lost(down); });
    caf::delayed_anon_send(self_, options_.idle_after / 4, caf::tick_atom_v);
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

  void let_idle_go() {
    const auto now = self_->clock().now();
    for (std::size_t n = 0; n < most_passivated_at_once && !by_age_.empty(); ++n)
      if (!let_oldest_go(now, options_.idle_after)) break;
    caf::delayed_anon_send(self_, options_.idle_after / 4, caf::tick_atom_v);
  }

  // Those with something in flight end it; the next word spoken to any is spoken to a new actor.
  void forget_all() {
    while (let_oldest_go(self_->clock().now(), caf::timespan{0})) {
    }
  }

  accounts_status status() const {
    auto out = status_;
    out.loaded = loaded_.size();
    return out;
  }

private:
  using time_point = caf::actor_clock::time_point;
  struct entry {
    account_actor handle;
    time_point used;
    std::list<const account_id*>::iterator age;
  };

  const account_actor* find_or_load(const account_id& id) {
    const auto now = self_->clock().now();
    if (auto i = loaded_.find(id); i != loaded_.end()) {
      i->second.used = now;
      by_age_.splice(by_age_.end(), by_age_, i->second.age);
      return &i->second.handle;
    }
    if (loaded_.size() >= options_.max_loaded && !let_oldest_go(now, options_.idle_when_full))
      return nullptr;
    auto i = loaded_.emplace(id, entry{}).first;
    i->second.handle = spawn_account(self_->system(), id, account_options_);
    i->second.used = now;
    i->second.age = by_age_.insert(by_age_.end(), &i->first);
    ids_.emplace(i->second.handle.id(), &i->first);
    self_->monitor(i->second.handle);
    ++status_.loads;
    return &i->second.handle;
  }

  // What it was told before is answered still: its messages and its journal keep it that long.
  bool let_oldest_go(time_point now, caf::timespan idle) {
    if (by_age_.empty()) return false;
    auto i = loaded_.find(*by_age_.front());
    if (now - i->second.used < idle) return false;
    self_->demonitor(i->second.handle.address());
    forget(i);
    ++status_.passivated;
    return true;
  }

  void forget(std::unordered_map<account_id, entry>::iterator i) {
    ids_.erase(i->second.handle.id());
    by_age_.erase(i->second.age);
    loaded_.erase(i);
  }

  void lost(const caf::down_msg& down) {
    if (coordinator_ && down.source == coordinator_.address()) return spawn_coordinator();
    const auto i = ids_.find(down.source.id());
    if (i == ids_.end()) return;
    forget(loaded_.find(*i->second));
    ++status_.failed;
  }

  void spawn_coordinator() {
    auto options = options_.transfer;
    options.journal = options_.account.journal;
    options.log = options_.account.log;
    coordinator_ = spawn_transfers(self_->system(), self_->address(), std::move(options));
    self_->monitor(coordinator_);
  }

  accounts_actor::pointer self_;
  std::size_t index_ = 0;
  accounts_options options_;
  std::shared_ptr<const account_options> account_options_;
  std::vector<accounts_actor> peers_;
  transfer_actor coordinator_; // the first registry's
  std::unordered_map<account_id, entry> loaded_;
  std::unordered_map<caf::actor_id, const account_id*> ids_;
  std::list<const account_id*> by_age_; // spoken to longest ago first
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
      [&s](const forget_accounts&) { s.forget_all(); },
      [&s](const accounts_peers& peers) { s.meet(peers); },
      [&s](caf::tick_atom) { s.let_idle_go(); },
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
