// The clients of a world: they say what they want to any node, and say it again until they know.
#include "tests/actors/cluster/world.hpp"

#include "models/placement.hpp"

#include <algorithm>

namespace troupe::simulated {

namespace {

constexpr std::size_t account_count = 4, errand_count = 24, read_count = 24;

// Two of them share a shard, and the other two another: what is written to the one tells of the
// epoch of what is written to the other.
account_id account_of(std::size_t number) {
  const auto shard = shard_of("account-" + std::to_string(number / 2));
  std::size_t before = number % 2;
  for (int i = static_cast<int>(number / 2);; ++i) {
    auto id = "account-" + std::to_string(i);
    if (shard_of(id) == shard && before-- == 0) return id;
  }
}

bool is_final(const caf::error& why) {
  if (why.category() != caf::atom("troupe")) return false;
  switch (static_cast<errc>(why.code())) {
  case errc::busy:
  case errc::store_unavailable:
  case errc::journal_stale:
  case errc::journal_fenced:
  case errc::internal: return false;
  default: return true;
  }
}

} // namespace

void world::open_accounts() {
  for (std::size_t i = 0; i < account_count; ++i) {
    accounts_.push_back(account_of(i));
    errand e;
    e.what = errand::kind::open;
    e.account = accounts_.back();
    e.id = "open:" + accounts_.back();
    shards_.push_back(shard_of(accounts_.back()));
    errands_.push_back(std::move(e));
    after(milliseconds{700}, [this, i] { attempt(i); });
  }
}

void world::plan_errands() {
  for (const auto& e : errands_)
    if (!e.acknowledged) violated("an account could not be opened on a quiet day");
  for (std::size_t i = 0; i < errand_count; ++i) {
    errand e;
    e.account = accounts_[odds_.below(account_count)];
    e.id = "op:" + std::to_string(i);
    e.amount = 1 + static_cast<int>(odds_.below(40));
    const auto what = odds_.below(10);
    e.what = what < 5 ? errand::kind::deposit
        : what < 8    ? errand::kind::withdraw
                      : errand::kind::move;
    e.to = accounts_[odds_.below(account_count)];
    if (e.to == e.account) e.to = accounts_[e.account == accounts_[0] ? 1 : 0];
    errands_.push_back(std::move(e));
    after(odds_.between(milliseconds{0}, milliseconds{4800}),
          [this, number = errands_.size() - 1] { attempt(number); });
  }
  for (std::size_t i = 0; i < read_count; ++i)
    after(odds_.between(milliseconds{0}, milliseconds{5000}),
          [this, id = accounts_[odds_.below(account_count)]] { read(id); });
}

const accounts_actor* world::some_router() {
  for (int tries = 0; tries < 4; ++tries) {
    auto& n = at(static_cast<int>(odds_.below(nodes_.size())));
    if (!n.alive) continue;
    tell("asks node " + n.name);
    return &n.router.handle;
  }
  return nullptr;
}

template<class Answer, class Command>
void world::say(std::size_t number, Command command) {
  const auto* router = some_router();
  if (!router) return on_error(number, caf::make_error(errc::busy));
  auto* self = caf::actor_cast<caf::event_based_actor*>(director_);
  self->request(*router, odds_.between(milliseconds{500}, milliseconds{2500}), std::move(command))
      .then([this, number](const Answer& answer) { on_answer(number, answer); },
            [this, number](const caf::error& why) { on_error(number, why); });
}

void world::attempt(std::size_t number) {
  auto& e = errands_[number];
  auto reference = e.id;
  if (options_.bug == planted::no_dedupe && e.what != errand::kind::open)
    reference += "#" + std::to_string(e.tries);
  if (e.tries++ > 0) ++result_.repeated;
  const auto amount = money::whole(e.amount);
  switch (e.what) {
  case errand::kind::open: {
    open_account c;
    c.account = e.account;
    c.reference = reference;
    c.kind = account_kind::wallet;
    c.owner = "user-1";
    c.initial_capital = money::whole(100);
    c.at = 1767571200000;
    return say<receipt>(number, std::move(c));
  }
  case errand::kind::deposit:
    return say<receipt>(
        number, deposit{e.account, reference, amount, house_account::engine, {}, 1767571200000});
  case errand::kind::withdraw:
    return say<receipt>(
        number, withdraw{e.account, reference, amount, house_account::engine, {}, 1767571200000});
  case errand::kind::move:
    return say<transfer_outcome>(number,
                                 move_money{e.account, e.to, reference, amount, 1767571200000});
  }
}

void world::on_answer(std::size_t number, const receipt& answer) {
  auto& e = errands_[number];
  tell(e.id + " acknowledged, version " + std::to_string(answer.version) + " of " + e.account);
  e.acknowledged = true;
  ++result_.acknowledged;
  auto& seen = seen_[e.account];
  seen = std::max(seen, answer.version);
}

void world::on_answer(std::size_t number, const transfer_outcome& answer) {
  if (!answer.settled) violated(errands_[number].id + " was turned back");
  on_answer(number, answer.out);
}

void world::on_error(std::size_t number, const caf::error& why) {
  auto& e = errands_[number];
  tell(e.id + " failed: " + system_->render(why));
  if (!is_final(why)) {
    e.may_be_under_way = true;
    return after(odds_.between(milliseconds{20}, milliseconds{200}),
                 [this, number] { attempt(number); });
  }
  e.refused = true;
  ++result_.refused;
  if (static_cast<errc>(why.code()) != errc::insufficient_funds)
    violated(e.id + " was refused: " + system_->render(why));
}

// What is answered holds at least what anybody was told before it was asked.
void world::read(const account_id& account, int where) {
  const auto* router = where == outside ? some_router()
      : at(where).alive                 ? &at(where).router.handle
                                        : nullptr;
  if (!router) return;
  const auto known = seen_[account];
  ++reads_under_way_;
  auto* self = caf::actor_cast<caf::event_based_actor*>(director_);
  self->request(*router, odds_.between(milliseconds{500}, milliseconds{2500}),
                get_account{account, {}})
      .then(
          [this, account, known](const account_view& view) {
            --reads_under_way_;
            ++result_.reads;
            tell("read " + account + ", version " + std::to_string(view.version));
            if (view.version < known)
              violated("a read of " + account + " shows version " + std::to_string(view.version)
                       + ", and " + std::to_string(known) + " was known when it was asked");
            auto& seen = seen_[account];
            seen = std::max(seen, view.version);
          },
          [this, account](const caf::error& why) {
            --reads_under_way_;
            if (is_final(why)) violated("no read of " + account + ": " + system_->render(why));
          });
}

bool world::all_done() const {
  return reads_under_way_ == 0 && rows_->answer(get_trial_balance{}).transit == money{}
  && std::all_of(errands_.begin(), errands_.end(),
                 [](const errand& e) { return e.acknowledged || e.refused; });
}

} // namespace troupe::simulated
