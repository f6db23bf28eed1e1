#include "models/engine_notice.hpp"

#include "models/account/bytes.hpp"

#include <utility>

namespace troupe {

namespace {

using verb = engine_notice::verb;

template<class Event>
bool is(std::uint8_t kind) {
  static const auto index = account_event_body{Event{}}.index();
  return index == kind;
}

template<class... Events>
bool is_one_of(std::uint8_t kind) {
  return (is<Events>(kind) || ...);
}

bool moves_capital(std::uint8_t kind) {
  return is_one_of<deposited, withdrawn, withdrawal_completed, transfer_reserved, transfer_credited,
                   transfer_returned>(kind);
}

bool may_let_trade(std::uint8_t kind) {
  return is_one_of<account_resumed, breaker_half_opened, breaker_reset>(kind);
}

std::optional<verb> verb_of(const journal_row& row, const engine_facts& before) {
  const auto kind = row.kind;
  if (is<account_opened>(kind)) return verb::create;
  if (is<account_closed>(kind)) return verb::close;
  if (is_one_of<account_paused, breaker_opened>(kind)) return verb::pause;
  if (may_let_trade(kind)) {
    const bool held_back = is<account_resumed>(kind) ? before.breaker_open.value_or(true)
                                                     : before.paused_by_hand.value_or(true);
    return held_back ? std::nullopt : std::optional{verb::resume};
  }
  if (!moves_capital(kind) || row.amount.is_zero()) return std::nullopt;
  return row.amount.is_negative() ? verb::withdraw : verb::deposit;
}

std::optional<account_opened> opening_of(const journal_row& row) {
  if (!is<account_opened>(row.kind)) return std::nullopt;
  auto event = event_from_bytes(row.payload);
  auto* opened = event ? std::get_if<account_opened>(&event->what) : nullptr;
  return opened ? std::optional{std::move(*opened)} : std::nullopt;
}

} // namespace

void engine_facts::take(std::uint8_t kind) {
  if (is<account_paused>(kind)) paused_by_hand = true;
  if (is<account_resumed>(kind)) paused_by_hand = false;
  if (is<breaker_opened>(kind)) breaker_open = true;
  if (is_one_of<breaker_half_opened, breaker_closed, breaker_reset>(kind)) breaker_open = false;
}

bool may_concern_engine(std::uint8_t kind) {
  return moves_capital(kind) || may_let_trade(kind)
      || is_one_of<account_opened, account_closed, account_paused, breaker_opened, breaker_closed>(
             kind);
}

std::optional<engine_facts> facts_of_opening(const journal_row& first) {
  const auto opened = opening_of(first);
  if (!opened) return std::nullopt;
  return engine_facts{opened->kind == account_kind::investment, false, false};
}

bool lacks_history(std::uint8_t kind, const engine_facts& before) {
  if (!before.investment || !may_let_trade(kind)) return false;
  return is<account_resumed>(kind) ? !before.breaker_open : !before.paused_by_hand;
}

std::optional<engine_notice> notice_of(const account_id& account, const journal_row& row,
                                       const engine_facts& before) {
  if (!before.investment) return std::nullopt;
  const auto what = verb_of(row, before);
  if (!what) return std::nullopt;
  engine_notice out;
  out.what = *what;
  out.account = account;
  out.event_id = event_id_of(account, row.version);
  out.amount = row.amount.is_negative() ? *negate(row.amount) : row.amount;
  out.balance_after = row.balance_after;
  if (auto opened = opening_of(row)) {
    out.sold = opened->what;
    out.agent_type = std::move(opened->agent_type);
  }
  return out;
}

std::string event_id_of(const account_id& account, std::uint64_t version) {
  return account + ':' + std::to_string(version);
}

} // namespace troupe
