// Random lives of a wallet and an investment account: what holds after every command of any of
// them. A failure prints the seed and the shortest beginning that shows it.
#include "models/ledger.hpp"
#include "tests/models/account_fixture.hpp"

#include <cstdlib>
#include <map>
#include <random>

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

struct world {
  std::mt19937_64 random;
  utc_ms now = monday;
  told_account wallet{"wallet:1"}, fund{"fund:1"};
  trial_balance books;
  std::map<transfer_id, std::pair<told_account*, transfer_in>> on_the_way;
  std::vector<std::pair<told_account*, account_command>> said;
  std::map<std::pair<account_id, reference_id>, receipt> journal;
  std::string fault;
  std::map<std::string_view, std::uint64_t>& seen; // refusals and kinds of events

  world(std::uint64_t seed, std::map<std::string_view, std::uint64_t>& counts)
      : random{seed}, seen{counts} {}

  std::uint64_t pick(std::uint64_t n) { return random() % n; }
  told_account& someone() { return pick(2) ? wallet : fund; }
  told_account& other(told_account& one) { return &one == &wallet ? fund : wallet; }
  std::string id(const char* what, std::uint64_t n) {
    return std::string{what} + std::to_string(pick(n));
  }
  /// Mostly ordinary, sometimes at an edge.
  money amount() {
    switch (pick(12)) {
    case 0: return money{};
    case 1: return money::max();
    case 2: return money::from_units(1);
    case 3: return money::from_units(-static_cast<std::int64_t>(pick(1'000'000'000)));
    default: return money::from_units(static_cast<std::int64_t>(pick(50'000'000'000)));
    }
  }

  void check(bool good, const char* what) {
    if (!good && fault.empty()) fault = what;
  }

  verdict say(told_account& to, account_command c) {
    std::visit(
        [&](auto& x) {
          x.account = to.who.id();
          x.at = now;
          if constexpr (!std::is_same_v<std::decay_t<decltype(x)>, tick_account>)
            if (x.reference.empty()) x.reference = "key:" + std::to_string(said.size());
        },
        c);
    said.push_back({&to, c});
    return hear(to, c);
  }

  verdict hear(told_account& to, const account_command& c) {
    const auto before = to.who.to_bytes();
    auto v = to.who.judge(c);
    const auto again = to.who.judge(c);
    if (v.refused()) ++seen[to_string(v.why)];
    if (v.repeated()) ++seen["repeat"];
    check(before == to.who.to_bytes(), "judge changed the account");
    if (auto known = in_journal(to, v)) {
      v.earlier = std::move(known);
      v.events.clear();
      return v;
    }
    check(v.why == again.why && v.events.size() == again.events.size(), "judge is not a function");
    for (std::size_t i = 0; i < v.events.size(); ++i)
      fold(to, v.events[i], to_bytes(again.events[i]));
    check(int{v.refused()} + v.repeated() <= 1 && (v.events.empty() || !v.refused()),
          "refused and done");
    if (!v.refused() && !v.repeated() && c.index() + 1 < std::variant_size_v<account_command>) {
      const auto repeat = to.who.judge(c);
      check(repeat.repeated() && *repeat.earlier == receipt_of(v) && repeat.events.empty(),
            "a repeat is not the first receipt");
    }
    return v;
  }

  /// The journal's unique index: knows what the account has forgotten.
  std::optional<receipt> in_journal(told_account& to, const verdict& v) {
    if (v.events.empty()) return std::nullopt;
    const auto answer = receipt_of(v);
    if (answer.reference.empty()) return std::nullopt;
    const auto [at, fresh] = journal.emplace(std::pair{to.who.id(), answer.reference}, answer);
    return fresh ? std::nullopt : std::optional{at->second};
  }

  void fold(told_account& to, const account_event& e, const std::string& same) {
    ++seen[kind_name(e.what.index())];
    const auto bytes = to_bytes(e);
    const auto back = event_from_bytes(bytes);
    check(bytes == same, "the second judgement has another event");
    check(back && to_bytes(*back) == bytes, "an event does not survive its bytes");
    const auto version = to.who.version();
    const auto balance = to.who.balance();
    to.who.fold(e);
    to.events.push_back(e);
    check(to.who.version() == version + 1 && e.version == version + 1, "a gap in the versions");
    check(*add(balance, e.moved.amount) == to.who.balance(), "a balance moved by itself");
    check(!to.who.balance().is_negative() && !to.who.reserved().is_negative(), "below zero");
    check(books.add(e.moved) && books.sum() == money{}, "the books do not sum to zero");
    check(*add(wallet.who.balance(), fund.who.balance()) == books.accounts(), "books and balances");
    check(!books.of(house_account::transit).is_negative(), "more arrived than left");
  }

  void transfer(told_account& from) {
    transfer_out c;
    c.transfer = id("tr", 1'000'000);
    c.to = other(from).who.id();
    c.amount = amount();
    if (say(from, c).events.empty()) return;
    transfer_in in;
    in.reference = "transfer:" + c.transfer + ":in";
    in.transfer = c.transfer;
    in.from = from.who.id();
    in.amount = c.amount;
    on_the_way.emplace(c.transfer, std::pair{&from, in});
  }

  /// Goes on with a transfer as its driver would after any number of restarts.
  void drive() {
    if (on_the_way.empty()) return;
    auto at = std::next(on_the_way.begin(), static_cast<long>(pick(on_the_way.size())));
    auto& [from, in] = at->second;
    const auto v = say(other(*from), in);
    if (v.refused() || pick(3) == 0) return; // not there yet, or the answer was lost
    const bool credited = receipt_of(v).kind == kind_of<transfer_credited>();
    verdict last;
    if (credited) {
      settle_transfer c;
      c.transfer = in.transfer;
      last = say(*from, c);
    } else {
      return_transfer c;
      c.transfer = in.transfer;
      last = say(*from, c);
    }
    if (!last.refused()) on_the_way.erase(at);
  }

  template<class Step>
  void withdrawal_step(told_account& to) {
    Step c;
    c.withdrawal = id("w", 6);
    if constexpr (std::is_same_v<Step, complete_withdrawal>)
      if (pick(4) == 0) c.target = house_account::engine;
    say(to, c);
  }

  void trade() {
    auto c = fund.trade(id("t", 100'000), "0");
    c.trade.profit_loss = amount();
    if (pick(2))
      c.trade.profit_loss =
          money::from_units(static_cast<std::int64_t>(pick(20'000'000'000)) - 10'000'000'000);
    c.trade.executed_at =
        now - static_cast<utc_ms>(pick(3)) * static_cast<utc_ms>(pick(20)) * hour_ms;
    if (pick(5) == 0) {
      c.trade.status = trade_status::open;
      c.reference = "trade:" + c.trade.id + ":open";
    }
    say(fund, c);
  }

  void performance() {
    record_daily_performance c;
    c.row.day = day_of(now) - static_cast<std::int64_t>(pick(5)) + 1;
    c.row.closing_balance = pick(3) ? fund.who.balance() : amount();
    c.reference = "performance:" + std::to_string(c.row.day);
    say(fund, c);
  }

  void open(told_account& to) {
    open_account c;
    c.kind = &to == &wallet ? account_kind::wallet : account_kind::investment;
    c.what = &to == &wallet ? product::none : static_cast<product>(1 + pick(3));
    c.initial_capital = amount();
    say(to, c);
  }

  void move_at_once(told_account& to) {
    deposit in;
    withdraw out;
    in.amount = out.amount = amount();
    if (pick(4) == 0) in.expected_balance = add(to.who.balance(), in.amount);
    if (pick(4) == 0) out.expected_balance = subtract(to.who.balance(), out.amount);
    pick(2) ? say(to, in) : say(to, out);
  }

  void by_hand() {
    switch (pick(7)) {
    case 0: say(fund, pause_account{}); break;
    case 1: say(fund, resume_account{}); break;
    case 2: {
      report_error c;
      c.critical = pick(3) == 0;
      say(fund, c);
      break;
    }
    case 3:
    case 4: {
      reset_breaker c;
      c.by = "admin:1";
      say(fund, c);
      break;
    }
    case 5: {
      adjust_balance c;
      c.new_balance = amount();
      say(fund, c);
      break;
    }
    default: say(fund, tick_account{});
    }
  }

  void close() {
    if (pick(40)) return;
    close_account c;
    if (pick(2)) c.payout = house_account::engine;
    say(someone(), c);
  }

  void step() {
    now +=
        static_cast<utc_ms>(pick(4) == 0 ? pick(static_cast<std::uint64_t>(day_ms)) : pick(60'000));
    auto& to = someone();
    if (!to.who.exists()) return open(to);
    switch (pick(13)) {
    case 0:
    case 1: return move_at_once(to);
    case 2: {
      reserve_withdrawal c;
      c.withdrawal = id("w", 6);
      c.amount = amount();
      c.needs_approval = pick(2);
      say(to, c);
      return;
    }
    case 3: return withdrawal_step<approve_withdrawal>(to);
    case 4: return withdrawal_step<complete_withdrawal>(to);
    case 5:
      return pick(2) ? withdrawal_step<reject_withdrawal>(to)
                     : withdrawal_step<expire_withdrawal>(to);
    case 6: return transfer(to);
    case 7:
    case 8: return drive();
    case 9: return trade();
    case 10: return pick(3) ? trade() : performance();
    case 11: return pick(2) ? by_hand() : close();
    default: // something said before is said again
      if (!said.empty()) {
        const auto [who, c] = said[said.size() - 1 - pick(std::min<std::uint64_t>(said.size(), 8))];
        hear(*who, c);
      }
    }
  }

  void finish(told_account& one) {
    account replayed{one.who.id()};
    for (auto& e : one.events) replayed.fold(e);
    check(replayed.to_bytes() == one.who.to_bytes(), "replay is not what was served");
    if (!one.who.exists()) return;
    const auto snapshot = account::from_bytes(one.who.to_bytes());
    check(snapshot && snapshot->to_bytes() == one.who.to_bytes(), "a snapshot is another state");
    if (snapshot) one.who = *snapshot; // what follows is lived from the snapshot
  }
};

/// The number of the step that failed, or 0.
int run(std::uint64_t seed, int steps, std::string& fault,
        std::map<std::string_view, std::uint64_t>& seen) {
  world w{seed, seen};
  for (int i = 1; i <= steps; ++i) {
    try {
      w.step();
      if (i % 50 == 0 || i == steps) {
        w.finish(w.wallet);
        w.finish(w.fund);
      }
    } catch (const std::exception& e) {
      w.fault = e.what();
    }
    if (w.fault.empty()) continue;
    fault = w.fault;
    return i;
  }
  return 0;
}

} // namespace

TEST(account_property, any_sequence_of_commands_keeps_the_books) {
  const char* given = std::getenv("TROUPE_SEED");
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : 20260105;
  std::cout << "seeds " << first << " to " << first + 1999 << " (TROUPE_SEED sets the first)\n";
  std::map<std::string_view, std::uint64_t> seen;
  for (std::uint64_t seed = first; seed < first + 2000; ++seed) {
    std::string fault;
    const int failed = run(seed, 200, fault, seen);
    ASSERT_EQ(failed, 0) << fault << "; TROUPE_SEED=" << seed << ", the first " << failed
                         << " steps suffice";
  }
  for (std::size_t kind = 0; kind < std::variant_size_v<account_event_body>; ++kind)
    EXPECT_GT(seen[kind_name(kind)], 50u) << kind_name(kind) << " hardly happened";
  EXPECT_GT(seen["repeat"], 1000u);
  for (auto& [what, count] : seen) std::cout << "  " << count << " " << what << "\n";
}
