// The life of a wallet and an investment account as their actors would lead it: commands judged,
// events folded and journaled, transfers driven on, restarts from rows and snapshots.
#include "actors/account_rows.hpp"
#include "models/ledger.hpp"
#include "tests/fuzz/command_source.hpp"
#include "tests/fuzz/target.hpp"

#include <map>

namespace troupe::fuzz {

namespace {

constexpr int max_steps = 96;
constexpr std::size_t command_kinds = std::variant_size_v<account_command>;

/// One account with its journal, and what is known of it without asking it.
struct kept_account {
  account who;
  chain_hash head;
  stored_account stored;
  money balance;                              // summed from the postings
  std::map<reference_id, receipt> accepted;   // the journal's unique index
  std::map<withdrawal_id, money> withdrawals; // reserved and neither completed nor freed

  explicit kept_account(account_id id) : who{id}, head{first_hash(id)} {}

  money reserved() const {
    money out;
    for (auto& [id, amount] : withdrawals) out = *add(out, amount);
    return out;
  }
};

struct story {
  kept_account wallet{"wallet:1"}, fund{"fund:1"};
  trial_balance books;
  std::vector<std::pair<kept_account*, account_command>> said;
  utc_ms now = story_start;

  kept_account& other(kept_account& one) { return &one == &wallet ? fund : wallet; }

  void note_withdrawals(kept_account& to, const account_event& e) {
    if (auto* r = std::get_if<withdrawal_reserved>(&e.what))
      to.withdrawals[r->withdrawal] = r->amount;
    if (auto* r = std::get_if<withdrawal_completed>(&e.what)) to.withdrawals.erase(r->withdrawal);
    if (auto* r = std::get_if<withdrawal_rejected>(&e.what)) to.withdrawals.erase(r->withdrawal);
    if (auto* r = std::get_if<withdrawal_expired>(&e.what)) to.withdrawals.erase(r->withdrawal);
  }

  void happen(kept_account& to, const std::vector<account_event>& events) {
    auto rows = rows_of(events, to.head);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& e = events[i];
      claim(e.version == to.who.version() + 1, "versions have no gap");
      to.who.fold(e);
      to.balance = *add(to.balance, e.moved.amount);
      note_withdrawals(to, e);
      claim(books.add(e.moved) && books.sum() == money{}, "the postings sum to zero");
      claim(to.who.version() == e.version, "a folded event is the newest version");
      claim(to.who.balance() == to.balance, "a balance is the sum of its postings");
      claim(to.who.reserved() == to.reserved(), "a reserve is the sum of its withdrawals");
      claim(!to.balance.is_negative(), "no balance below zero");
      to.stored.rows.push_back(std::move(rows[i]));
    }
    claim(*add(wallet.balance, fund.balance) == books.accounts(), "books and balances agree");
  }

  void say(kept_account& to, const account_command& c) {
    const auto before = to.who.to_bytes();
    const auto v = to.who.judge(c);
    const auto again = to.who.judge(c);
    claim(to.who.to_bytes() == before, "judging changes nothing");
    claim(v.refused() + v.repeated() + !v.events.empty() <= 1, "one answer to one command");
    claim(v.why == again.why && v.events.size() == again.events.size(), "judging is a function");
    for (std::size_t i = 0; i < v.events.size(); ++i)
      claim(to_bytes(v.events[i]) == to_bytes(again.events[i]), "the same events each time");
    if (v.refused() || v.repeated() || v.events.empty()) return check_repeat(to, c, v);
    if (c.index() + 1 < command_kinds) { // but for a tick, which has no reference
      const auto answer = receipt_of(v);
      // Forgotten by the account, known to the journal's unique index: nothing happens.
      if (!to.accepted.emplace(answer.reference, answer).second) return;
      happen(to, v.events);
      const auto repeat = to.who.judge(c);
      claim(repeat.repeated() && *repeat.earlier == answer, "a repeat is the first receipt");
    } else {
      happen(to, v.events);
    }
  }

  void check_repeat(kept_account& to, const account_command&, const verdict& v) {
    if (!v.repeated()) return;
    const auto known = to.accepted.find(v.earlier->reference);
    claim(known != to.accepted.end() && known->second == *v.earlier,
          "a repeat answers what the journal holds");
  }

  /// What the driver of transfers says next, to the receiver or the sender.
  void drive(kept_account& from, byte_source& in) {
    const auto open = from.who.transfers();
    if (open.empty()) return;
    const auto& t = open[in.below(open.size())];
    auto& to = other(from);
    transfer_in arrive;
    arrive.account = to.who.id();
    arrive.reference = "transfer:" + t.id + ":in";
    arrive.transfer = t.id;
    arrive.from = from.who.id();
    arrive.amount = t.amount;
    arrive.at = now;
    say(to, arrive);
    const auto answer = to.accepted.find(arrive.reference);
    if (answer == to.accepted.end() || in.below(4) == 3) return; // not there, or the answer is lost
    if (account_event_body{transfer_credited{}}.index() == answer->second.kind)
      say(from, settle_transfer{from.who.id(), "transfer:" + t.id + ":end", t.id, now});
    else
      say(from, return_transfer{from.who.id(), "transfer:" + t.id + ":end", t.id, "", now});
  }

  /// Dies and is rebuilt from its journal, sometimes leaving a snapshot for the next time.
  void restart(kept_account& one, bool snapshot) {
    const auto state = one.who.to_bytes();
    auto back = rebuild(one.who.id(), one.stored);
    claim(back.has_value() && back->state.to_bytes() == state, "replay equals what was served");
    claim(back->head == one.head, "the chain goes on where it ended");
    one.who = std::move(back->state);
    if (!snapshot || !one.who.exists()) return;
    one.stored.snapshot = state;
    one.stored.snapshot_version = one.who.version();
    one.stored.snapshot_hash = one.head;
    one.stored.rows.clear();
  }

  void step(byte_source& in) {
    const auto choice = in.byte();
    auto& to = choice & 128 ? wallet : fund;
    now += static_cast<utc_ms>(in.byte()) * (choice & 64 ? hour_ms : second_ms);
    const auto kind = choice % 64u;
    if (kind >= 48) return drive(to, in);
    if (kind >= 46) return restart(to, kind == 47);
    if (kind >= 42 && !said.empty()) {
      const auto [who, c] = said[said.size() - 1 - in.below(said.size())];
      return say(*who, c);
    }
    auto c = command_source{in}.command(kind % command_kinds, now);
    std::visit([&](auto& x) { x.account = to.who.id(); }, c);
    said.push_back({&to, c});
    say(to, c);
  }
};

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  story s;
  for (int i = 0; i < max_steps && !in.done(); ++i) s.step(in);
  s.restart(s.wallet, true);
  s.restart(s.fund, true);
  s.restart(s.fund, false);
}

std::vector<std::string> made_seeds() {
  std::vector<std::string> out;
  const std::string open_fund{"\0\1\1\1\0\0\0\x0b\x40\x42\1\3", 12};
  // The least of all 128-bit amounts: to be refused, and nowhere negated.
  const std::string least{"\4\x10\x80", 3};
  out.push_back(open_fund + std::string{"\1\0", 2} + least + std::string{"\1\0\2", 3});
  out.push_back(open_fund + std::string{"\2\0", 2} + least + std::string{"\1\0\2", 3});
  out.push_back(open_fund + std::string{"\3\0\1", 3} + least + std::string{"\0\2", 2});
  out.push_back(open_fund + std::string{"\x08\0\1\5", 4} + least + '\2');
  for (int kind = 1; kind < 48; ++kind) {
    std::string s = open_fund;
    for (int i = 0; i < 24; ++i)
      s += std::string{static_cast<char>(kind),      1,
                       static_cast<char>(1 + i % 3), static_cast<char>(8 + i),
                       static_cast<char>(20 * i),    static_cast<char>(i % 4),
                       static_cast<char>(i)};
    out.push_back(s);
  }
  return out;
}

} // namespace troupe::fuzz
