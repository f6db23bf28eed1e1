// Money and the journal's messages as CAF sees them: their type ids and every `inspect`.
#pragma once
#include "messages/journal.hpp"
#include "messages/types.hpp"

namespace troupe {

/// Crosses as two halves of 64 bits; printers show the decimal.
template<class F>
typename F::result_type inspect(F& f, money& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    auto high = static_cast<std::int64_t>(x.units() >> 64);
    auto low = static_cast<std::uint64_t>(x.units());
    if (auto e = f(high, low)) return e;
    if constexpr (F::writes_state)
      x = money::from_units(static_cast<int128>((static_cast<uint128>(high) << 64) | low));
    return {};
  } else {
    return f(to_string(x));
  }
}

template<class F>
typename F::result_type inspect(F& f, journal_row& x) {
  return f(caf::meta::type_name("journal_row"), x.version, x.at, x.reference, x.content, x.kind,
           x.contra, x.amount, x.balance_after, x.reserved_after, x.payload, x.hash);
}

template<class F>
typename F::result_type inspect(F& f, account_append& x) {
  return f(caf::meta::type_name("account_append"), x.account, x.expected_version, x.rows,
           x.snapshot);
}

template<class F>
typename F::result_type inspect(F& f, appended& x) {
  return f(caf::meta::type_name("appended"), x.account, x.version);
}

template<class F>
typename F::result_type inspect(F& f, load_account& x) {
  return f(caf::meta::type_name("load_account"), x.account);
}

template<class F>
typename F::result_type inspect(F& f, stored_account& x) {
  return f(caf::meta::type_name("stored_account"), x.snapshot, x.snapshot_version, x.snapshot_hash,
           x.rows, x.version, x.balance, x.reserved, x.hash);
}

template<class F>
typename F::result_type inspect(F& f, get_journal& x) {
  return f(caf::meta::type_name("get_journal"), x.account, x.from_version, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, find_reference& x) {
  return f(caf::meta::type_name("find_reference"), x.account, x.reference);
}

template<class F>
typename F::result_type inspect(F& f, ledger_totals& x) {
  return f(caf::meta::type_name("ledger_totals"), x.accounts, x.engine, x.market, x.payments,
           x.transit, x.difference, x.account_count, x.row_count);
}

template<class F>
typename F::result_type inspect(F& f, get_trial_balance&) {
  return f(caf::meta::type_name("get_trial_balance"));
}

template<class F>
typename F::result_type inspect(F& f, get_account_ids& x) {
  return f(caf::meta::type_name("get_account_ids"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, dead_letter& x) {
  return f(caf::meta::type_name("dead_letter"), x.id, x.source, x.reason, x.body, x.at, x.replayed);
}

template<class F>
typename F::result_type inspect(F& f, put_dead_letter& x) {
  return f(caf::meta::type_name("put_dead_letter"), x.letter);
}

template<class F>
typename F::result_type inspect(F& f, get_dead_letters& x) {
  return f(caf::meta::type_name("get_dead_letters"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, mark_replayed& x) {
  return f(caf::meta::type_name("mark_replayed"), x.id);
}

template<class F>
typename F::result_type inspect(F& f, outbox_row& x) {
  return f(caf::meta::type_name("outbox_row"), x.position, x.account, x.row);
}

template<class F>
typename F::result_type inspect(F& f, get_outbox& x) {
  return f(caf::meta::type_name("get_outbox"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, put_outbox_cursor& x) {
  return f(caf::meta::type_name("put_outbox_cursor"), x.reader, x.position);
}

template<class F>
typename F::result_type inspect(F& f, get_outbox_cursor& x) {
  return f(caf::meta::type_name("get_outbox_cursor"), x.reader);
}

template<class F>
typename F::result_type inspect(F& f, journal_status& x) {
  return f(caf::meta::type_name("journal_status"), x.kind, x.location, x.lease, x.epoch,
           x.queued_rows, x.written_rows, x.commits, x.last_commit_us, x.failing);
}

template<class F>
typename F::result_type inspect(F& f, get_journal_status&) {
  return f(caf::meta::type_name("get_journal_status"));
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_money, caf::id_block::troupe::end)
CAF_ADD_TYPE_ID(troupe_money, (troupe::money))
CAF_ADD_TYPE_ID(troupe_money, (troupe::journal_row))
CAF_ADD_TYPE_ID(troupe_money, (troupe::account_append))
CAF_ADD_TYPE_ID(troupe_money, (troupe::appended))
CAF_ADD_TYPE_ID(troupe_money, (troupe::load_account))
CAF_ADD_TYPE_ID(troupe_money, (troupe::stored_account))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_journal))
CAF_ADD_TYPE_ID(troupe_money, (troupe::find_reference))
CAF_ADD_TYPE_ID(troupe_money, (troupe::ledger_totals))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_trial_balance))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_account_ids))
CAF_ADD_TYPE_ID(troupe_money, (troupe::dead_letter))
CAF_ADD_TYPE_ID(troupe_money, (troupe::put_dead_letter))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_dead_letters))
CAF_ADD_TYPE_ID(troupe_money, (troupe::mark_replayed))
CAF_ADD_TYPE_ID(troupe_money, (troupe::outbox_row))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_outbox))
CAF_ADD_TYPE_ID(troupe_money, (troupe::put_outbox_cursor))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_outbox_cursor))
CAF_ADD_TYPE_ID(troupe_money, (troupe::journal_status))
CAF_ADD_TYPE_ID(troupe_money, (troupe::get_journal_status))
CAF_END_TYPE_ID_BLOCK(troupe_money)
