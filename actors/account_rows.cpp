#include "actors/account_rows.hpp"

#include "models/account/bytes.hpp"
#include "models/ledger.hpp"

#include <stdexcept>
#include <utility>

namespace troupe {

std::vector<journal_row> rows_of(const std::vector<account_event>& events, chain_hash& head) {
  std::vector<journal_row> rows;
  rows.reserve(events.size());
  for (const auto& e : events) {
    auto& row = rows.emplace_back();
    row.version = e.version;
    row.at = e.at;
    row.reference = e.reference;
    row.content = e.content;
    row.kind = static_cast<std::uint8_t>(e.what.index());
    row.contra = e.moved.contra;
    row.amount = e.moved.amount;
    row.balance_after = e.moved.balance_after;
    row.reserved_after = e.reserved_after;
    row.payload = to_bytes(e);
    head = chain_next(head, row.payload);
    row.hash = head;
  }
  return rows;
}

chain_hash first_hash(const account_id& id) { return chain_start(id); }

bool fold_row(account& state, const journal_row& row) {
  const auto event = event_from_bytes(row.payload);
  if (!event || event->version != row.version) return false;
  try {
    state.fold(*event);
    return true;
  } catch (const std::logic_error&) {
    return false;
  }
}

std::optional<rebuilt_account> rebuild(const account_id& id, const stored_account& stored) {
  rebuilt_account out{account{id}, first_hash(id), 0};
  if (!stored.snapshot.empty()) {
    auto kept = account::from_bytes(stored.snapshot);
    if (!kept || kept->id() != id || kept->version() != stored.snapshot_version)
      return std::nullopt;
    out.state = std::move(*kept);
    out.head = stored.snapshot_hash;
    out.snapshot_version = stored.snapshot_version;
  }
  for (const auto& row : stored.rows) {
    if (!fold_row(out.state, row)) return std::nullopt;
    out.head = chain_next(out.head, row.payload);
    if (out.head != row.hash) return std::nullopt;
  }
  return out;
}

receipt receipt_of(const journal_row& row) {
  return {row.reference,     row.version,       row.at, row.kind, row.amount,
          row.balance_after, row.reserved_after};
}

account_figures figures_of(const account& state) {
  account_figures out;
  out.status = state.status();
  out.balance = state.balance();
  out.reserved = state.reserved();
  out.high_water_mark = state.high_water_mark();
  out.breaker = state.breaker().state();
  out.cause = state.breaker().cause();
  out.until = state.breaker().until();
  out.version = state.version();
  return out;
}

account_view view_of(const account& state, const account_figures& then) {
  account_view out;
  out.id = state.id();
  out.kind = state.kind();
  out.what = state.what();
  out.agent_type = state.agent_type();
  out.owner = state.owner();
  out.status = then.status;
  out.balance = out.equity = then.balance;
  out.reserved = then.reserved;
  out.high_water_mark = then.high_water_mark;
  out.breaker = then.breaker;
  out.cause = then.cause;
  out.until = then.until;
  out.version = then.version;
  return out;
}

account_view view_of(const account& state) { return view_of(state, figures_of(state)); }

std::optional<transfer_opened> opened_by(const account_id& from, const account_event& event) {
  const auto amount = negate(event.moved.amount);
  if (!amount) return std::nullopt;
  if (auto* out = std::get_if<transfer_reserved>(&event.what))
    return transfer_opened{from, out->transfer, out->to, *amount};
  if (auto* out = std::get_if<withdrawal_completed>(&event.what); out && !out->to.empty())
    return transfer_opened{from, out->withdrawal, out->to, *amount};
  return std::nullopt;
}

} // namespace troupe
