// An account's journal as a store hands it over: folding any rows, and rebuilding from them, either
// leads to a possible account or is refused.
#include "actors/account_rows.hpp"
#include "models/account/bytes.hpp"
#include "models/ledger.hpp"
#include "tests/fuzz/account_seeds.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

constexpr std::size_t max_rows = 64;

/// Makes an event follow where its bytes alone would hardly ever do: the version, the balance, and
/// what is reserved.
std::string mended(const account& state, const std::string& payload, std::uint8_t how) {
  auto e = event_from_bytes(payload);
  if (!e) return payload;
  if (how & 1) e->version = state.version() + 1;
  if (how & 2) {
    const auto after = add(state.balance(), e->moved.amount);
    if (after && after->in_range()) e->moved.balance_after = *after;
  }
  if (how & 4) {
    e->reserved_after = state.reserved();
    if (auto* r = std::get_if<withdrawal_reserved>(&e->what))
      e->reserved_after = add(state.reserved(), r->amount).value_or(money{});
    for (auto& w : state.withdrawals())
      std::visit(
          [&](auto& what) {
            using type = std::decay_t<decltype(what)>;
            if constexpr (
                std::is_same_v<
                    type,
                    withdrawal_completed> || std::is_same_v<type, withdrawal_rejected> || std::is_same_v<type, withdrawal_expired>)
              if (what.withdrawal == w.id)
                e->reserved_after = *subtract(state.reserved(), w.amount);
          },
          e->what);
  }
  return e->reserved_after.in_range() ? to_bytes(*e) : payload;
}

void check_state(const account& state) {
  claim(!state.balance().is_negative() && state.balance().in_range(), "no balance below zero");
  claim(!state.reserved().is_negative(), "no reserve below zero");
  claim(state.available() <= state.balance(), "no more is available than there is");
  const auto view = view_of(state);
  claim(view.version == state.version() && view.balance == state.balance(), "a view is the state");
  if (const auto back = account::from_bytes(state.to_bytes()))
    claim(back->to_bytes() == state.to_bytes(), "one state has one spelling");
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  account state{"fund:1"};
  stored_account stored;
  auto head = first_hash(state.id());
  journal_audit audit{state.id()};
  while (!in.done() && stored.rows.size() < max_rows) {
    const auto how = in.byte();
    journal_row row;
    const std::string own{in.take(in.number(2))};
    row.payload = mended(state, own, how);
    if (const auto e = event_from_bytes(row.payload)) {
      row.version = e->version;
      (void)opened_by(state.id(), *e);
    }
    const auto before = state.version();
    auto next = state; // refused, a state is of no further use
    if (!fold_row(next, row)) continue;
    state = std::move(next);
    claim(state.version() == before + 1, "a row that follows is one version");
    check_state(state);
    row.hash = head = chain_next(head, row.payload);
    stored.rows.push_back(row);
    claim(!audit.add(row.payload, row.hash), "what the account takes the audit takes");
    claim(audit.books().sum() == money{}, "the books sum to zero");
  }
  const auto again = rebuild(state.id(), stored);
  claim(again.has_value(), "rows that follow rebuild their account");
  claim(again->state.to_bytes() == state.to_bytes() && again->head == head,
        "a rebuilt account is the one that was served");
  if (stored.rows.empty()) return;
  stored.rows[in.below(stored.rows.size())].hash[0] ^= 1;
  claim(!rebuild(state.id(), stored), "a changed hash is noticed");
}

std::vector<std::string> made_seeds() {
  std::vector<std::string> out(1);
  const auto framed = [](char how, const std::string& payload) {
    return how
        + std::string{static_cast<char>(payload.size() & 255),
                      static_cast<char>(payload.size() >> 8)}
    + payload;
  };
  for (auto& e : a_full_life()) {
    out[0] += framed(0, to_bytes(e));
    out.push_back(out[0]);
  }
  const auto opened = framed(7, to_bytes(a_full_life()[0]));
  for (auto& e : every_event())
    out.push_back(opened + framed(7, to_bytes(e)) + framed(7, to_bytes(e)));
  return out;
}

} // namespace troupe::fuzz
