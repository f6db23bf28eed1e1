// Proofs over events. A fault found first is the one named: what follows it proves nothing.
#include "models/ledger.hpp"
#include "models/account/bytes.hpp"

#include <stdexcept>

namespace troupe {

namespace {

std::string_view bytes_of(const digest& d) {
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

} // namespace

std::array<ledger_leg, 2> legs_of(const account_id& account, const posting& p) {
  return {{{account, p.amount}, {to_string(p.contra), *negate(p.amount)}}};
}

bool trial_balance::add(const posting& p) {
  if (p.contra == house_account::none) return p.amount.is_zero();
  auto& house = totals_[static_cast<std::size_t>(p.contra)];
  const auto gained = troupe::add(totals_[0], p.amount), lost = subtract(house, p.amount);
  if (!gained || !lost) return false;
  totals_[0] = *gained;
  house = *lost;
  return true;
}

bool trial_balance::add_total(house_account book, money total) {
  auto& entered = totals_[static_cast<std::size_t>(book)];
  const auto sum = troupe::add(entered, total);
  if (sum) entered = *sum;
  return sum.has_value();
}

std::optional<money> trial_balance::sum() const {
  std::optional<money> out = money{};
  for (auto total : totals_)
    if (out) out = troupe::add(*out, total);
  return out;
}

digest chain_start(const account_id& account, hash_function hash) {
  return hash("troupe account chain 1\n", account);
}

digest chain_next(const digest& previous, std::string_view event, hash_function hash) {
  return hash(bytes_of(previous), event);
}

journal_audit::journal_audit(account_id account, hash_function hash)
    : hash_{hash}, state_{account}, head_{chain_start(account, hash)} {}

std::optional<audit_fault> journal_audit::fault(std::string what) {
  fault_ = audit_fault{rows_, std::move(what)};
  return fault_;
}

std::optional<audit_fault> journal_audit::add(std::string_view bytes, const digest& stored) {
  if (fault_) return fault_;
  ++rows_;
  head_ = chain_next(head_, bytes, hash_);
  if (head_ != stored) return fault("the hash does not follow from the event and the one before");
  const auto event = event_from_bytes(bytes);
  if (!event) return fault("the bytes are no event");
  try {
    state_.fold(*event);
  } catch (const std::logic_error& e) {
    return fault(e.what());
  }
  if (!books_.add(event->moved)) return fault("the movement has no other side");
  return std::nullopt;
}

} // namespace troupe
