// Which row of an account's journal is told to the engine: every kind of row in a table, and whole
// lives, judged from rows alone and from the middle.
#include "models/engine_notice.hpp"
#include "tests/models/account_fixture.hpp"

#include <set>

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

journal_row row_of(const account_event& e) {
  journal_row out;
  out.version = e.version;
  out.kind = static_cast<std::uint8_t>(e.what.index());
  out.amount = e.moved.amount;
  out.balance_after = e.moved.balance_after;
  out.payload = to_bytes(e);
  return out;
}

std::string shown(const std::optional<engine_notice>& n) {
  if (!n) return "";
  constexpr const char* verbs[] = {"create", "deposit", "withdraw", "pause", "resume", "close"};
  std::string out = verbs[static_cast<std::size_t>(n->what)];
  if (n->what <= engine_notice::verb::withdraw)
    out += ' ' + to_string(n->amount) + " -> " + to_string(n->balance_after);
  return out;
}

// What an engine is told that hears of the account from its first row on.
std::vector<std::string> told_of(const told_account& a) {
  std::vector<std::string> out;
  std::optional<engine_facts> facts;
  for (const auto& e : a.events) {
    const auto row = row_of(e);
    if (!facts) facts = facts_of_opening(row);
    EXPECT_FALSE(lacks_history(row.kind, *facts));
    const auto notice = notice_of(a.who.id(), row, *facts);
    EXPECT_TRUE(!notice || may_concern_engine(row.kind));
    if (notice) out.push_back(shown(notice));
    facts->take(row.kind);
  }
  return out;
}

template<class Command>
void say(told_account& a) {
  const auto v = a.say(Command{});
  EXPECT_FALSE(v.refused()) << to_string(v.why);
}

using lines = std::vector<std::string>;

} // namespace

TEST(engine_notice, every_kind_of_row_is_judged_by_the_table) {
  struct line {
    account_event_body what;
    const char *in, *out, *still; // told when the amount is 5, -5 and 0
  };
  const std::vector<line> table{
      {account_opened{}, "create 5.00 -> 7.00", "", "create 0.00 -> 7.00"},
      {deposited{}, "deposit 5.00 -> 7.00", "", ""},
      {withdrawn{}, "", "withdraw 5.00 -> 7.00", ""},
      {withdrawal_reserved{}, "", "", ""},
      {withdrawal_approved{}, "", "", ""},
      {withdrawal_completed{}, "", "withdraw 5.00 -> 7.00", ""},
      {withdrawal_rejected{}, "", "", ""},
      {withdrawal_expired{}, "", "", ""},
      {transfer_reserved{}, "", "withdraw 5.00 -> 7.00", ""},
      {transfer_credited{}, "deposit 5.00 -> 7.00", "", ""},
      {transfer_refused{}, "", "", ""},
      {transfer_settled{}, "", "", ""},
      {transfer_returned{}, "deposit 5.00 -> 7.00", "", ""},
      {trade_opened{}, "", "", ""},
      {trade_settled{}, "", "", ""},
      {balance_adjusted{}, "", "", ""},
      {performance_recorded{}, "", "", ""},
      {account_paused{}, "", "", "pause"},
      {account_resumed{}, "", "", "resume"},
      {account_closed{}, "", "close", "close"},
      {error_reported{}, "", "", ""},
      {breaker_opened{}, "", "", "pause"},
      {breaker_half_opened{}, "", "", "resume"},
      {breaker_closed{}, "", "", ""},
      {breaker_reset{}, "", "", "resume"},
  };
  ASSERT_EQ(table.size(), std::variant_size_v<account_event_body>);
  for (const auto& l : table)
    for (const int sign : {1, -1, 0}) {
      const std::string expected = sign > 0 ? l.in : sign < 0 ? l.out : l.still;
      if (sign != 0 && expected.empty() && *l.still) continue; // no such row
      if (sign < 0 && *l.in) continue;
      if (sign > 0 && *l.out) continue;
      account_event e;
      e.version = 3;
      e.what = l.what;
      e.moved.amount = money::whole(5 * sign);
      e.moved.balance_after = money::whole(7);
      const auto row = row_of(e);
      const engine_facts investment{true, false, false}, wallet{false, false, false};
      const auto notice = notice_of("acc", row, investment);
      EXPECT_EQ(shown(notice), expected) << kind_name(l.what.index()) << ' ' << sign;
      if (notice) {
        EXPECT_EQ(notice->event_id, "acc:3");
        EXPECT_TRUE(may_concern_engine(row.kind));
      }
      EXPECT_FALSE(notice_of("acc", row, wallet)) << kind_name(l.what.index());
    }
}

TEST(engine_notice, an_opening_names_product_agent_and_capital) {
  told_account a{"fund"};
  open_account c;
  c.what = product::nova;
  c.agent_type = "trend";
  c.initial_capital = usd("12.5");
  a.say(c);
  const auto row = row_of(a.events.at(0));
  const auto facts = facts_of_opening(row);
  ASSERT_TRUE(facts && facts->investment);
  const auto n = notice_of("fund", row, *facts);
  ASSERT_TRUE(n);
  EXPECT_EQ(n->sold, product::nova);
  EXPECT_EQ(n->agent_type, "trend");
  EXPECT_EQ(to_string(n->amount), "12.50");
  EXPECT_EQ(n->event_id, "fund:1");
}

TEST(engine_notice, what_is_no_opening_or_cannot_be_read_has_no_facts) {
  auto a = told_account{}.opened();
  a.put("1");
  EXPECT_FALSE(facts_of_opening(row_of(a.events.at(1))));
  auto spoilt = row_of(a.events.at(0));
  spoilt.payload.pop_back();
  EXPECT_FALSE(facts_of_opening(spoilt));
}

TEST(engine_notice, capital_is_told_with_the_balance_that_trades_have_made) {
  auto a = told_account{}.opened();
  a.put("50");
  a.result("7.5");
  a.take("100");
  a.reserve("w-1", "20", false);
  complete_withdrawal c;
  c.withdrawal = "w-1";
  EXPECT_FALSE(a.say(c).refused());
  EXPECT_EQ(told_of(a),
            (lines{"create 1000.00 -> 1000.00", "deposit 50.00 -> 1050.00",
                   "withdraw 100.00 -> 957.50", "withdraw 20.00 -> 937.50"}));
}

TEST(engine_notice, a_resume_by_hand_waits_for_the_breaker) {
  auto a = told_account{}.opened();
  say<pause_account>(a);
  a.critical();
  say<resume_account>(a); // the breaker is open: silence
  EXPECT_EQ(told_of(a), (lines{"create 1000.00 -> 1000.00", "pause", "pause"}));
  a.reset();
  EXPECT_EQ(told_of(a).back(), "resume");
}

TEST(engine_notice, the_breaker_waits_for_a_resume_by_hand) {
  auto a = told_account{}.opened();
  a.result("-20");
  say<pause_account>(a);
  a.now += 24 * hour_ms;
  a.tick(); // half open, but paused: silence
  EXPECT_EQ(told_of(a), (lines{"create 1000.00 -> 1000.00", "pause", "pause"}));
  say<resume_account>(a);
  EXPECT_EQ(told_of(a).back(), "resume");
  a.result("1"); // closes it, and nothing is to be said
  EXPECT_EQ(told_of(a).size(), 4u);
}

TEST(engine_notice, half_open_lets_trade_and_a_further_loss_stops_it) {
  auto a = told_account{}.opened();
  a.result("-20");
  a.now += 24 * hour_ms;
  a.tick();
  a.result("-1");
  EXPECT_EQ(told_of(a), (lines{"create 1000.00 -> 1000.00", "pause", "resume", "pause"}));
}

TEST(engine_notice, without_history_exactly_the_words_that_let_trade_cannot_be_judged) {
  const engine_facts unknown{true, std::nullopt, std::nullopt};
  std::set<std::string> lacking;
  for (std::uint8_t k = 0; k < std::variant_size_v<account_event_body>; ++k) {
    if (lacks_history(k, unknown)) lacking.emplace(kind_name(k));
    EXPECT_FALSE(lacks_history(k, {true, false, false}));
    EXPECT_FALSE(lacks_history(k, {false, std::nullopt, std::nullopt}));
  }
  EXPECT_EQ(lacking,
            (std::set<std::string>{"account_resumed", "breaker_half_opened", "breaker_reset"}));
  // One flag is enough for each.
  EXPECT_FALSE(lacks_history(kind_of<account_resumed>(), {true, std::nullopt, false}));
  EXPECT_FALSE(lacks_history(kind_of<breaker_reset>(), {true, false, std::nullopt}));
}
