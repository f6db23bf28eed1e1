// An account's money movements as lines, and the names of what belongs to a user.
#include "models/account/transactions.hpp"
#include "models/investment_ids.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

const utc_ms monday = 1767571200000; // 2026-01-05

class transactions_of : public ::testing::Test {
protected:
  void add(account_event_body what, int amount = 0) {
    account_event e;
    e.version = ++version_;
    e.at = monday + static_cast<utc_ms>(version_) * second_ms;
    e.what = std::move(what);
    balance_ = *add_money(balance_, money::whole(amount));
    e.moved = {house_account::none, money::whole(amount), balance_};
    list_.add(e);
  }
  static std::optional<money> add_money(money a, money b) { return troupe::add(a, b); }
  std::string lines() {
    std::string out;
    for (auto& t : list_.take())
      out += t.id + ' ' + std::string{t.type} + ' ' + std::string{t.status} + ' '
          + to_string(t.amount) + " of " + to_string(t.balance) + "; ";
    return out;
  }
  void use(report_page page) { list_ = transaction_list{page}; }

private:
  std::uint64_t version_ = 0;
  money balance_;
  transaction_list list_{{}};
};

} // namespace

TEST_F(transactions_of, an_account_have_a_line_for_each_movement_and_none_for_the_rest) {
  add(account_opened{}, 0);
  add(transfer_credited{"t-1", "wallet:a"}, 100);
  add(account_paused{"by hand"});
  add(account_resumed{});
  trade_report t;
  t.id = "trade-1";
  add(trade_settled{t}, -7);
  add(trade_settled{t, true}, 0);
  add(balance_adjusted{"fee", ""}, 2);
  add(account_closed{}, -95);
  EXPECT_EQ(lines(),
            "t-1 deposit completed 100.00 of 100.00; trade-1 trade completed -7.00 of "
            "93.00; v7 adjustment completed 2.00 of 95.00; v8 withdrawal completed 95.00 "
            "of 0.00; ");
}

TEST_F(transactions_of, a_withdrawal_are_one_line_from_first_step_to_last) {
  add(account_opened{}, 100);
  add(withdrawal_reserved{"w1", money::whole(10), true});
  add(withdrawal_reserved{"w2", money::whole(20), true});
  add(withdrawal_reserved{"w3", money::whole(30), true});
  add(withdrawal_reserved{"w4", money::whole(1), true});
  add(withdrawal_approved{"w2"});
  add(withdrawal_completed{"w2", "wallet:a"}, -20);
  add(withdrawal_rejected{"w3", "no"});
  add(transfer_settled{"w2"});
  add(withdrawal_expired{"w4"});
  add(transfer_reserved{"t-1", "wallet:a"}, -5);
  EXPECT_EQ(lines(),
            "v1 deposit completed 100.00 of 100.00; w3 withdrawal rejected 30.00 of 100.00; "
            "w2 withdrawal completed 20.00 of 80.00; w4 withdrawal expired 1.00 of 100.00; "
            "w1 withdrawal pending 10.00 of 100.00; t-1 withdrawal in_transit 5.00 of 75.00; ");
}

TEST_F(transactions_of, a_page_are_those_in_its_time_and_no_more_than_it_holds) {
  report_page page;
  page.from = monday + 2 * second_ms;
  page.offset = 1;
  page.limit = 2;
  use(page);
  for (int i = 0; i < 10; ++i) add(deposited{}, 1);
  EXPECT_EQ(lines(), "v3 deposit completed 1.00 of 3.00; v4 deposit completed 1.00 of 4.00; ");
}

TEST(investment_ids, follow_from_user_and_key_and_tell_the_user) {
  const auto id = investment_id_of("usr_1", "user:k");
  EXPECT_EQ(id, investment_id_of("usr_1", "user:k"));
  EXPECT_NE(id, investment_id_of("usr_1", "user:l"));
  EXPECT_EQ(id.substr(0, 10), "inv-usr_1-");
  EXPECT_EQ(id.size(), 26u);
  EXPECT_EQ(investor_of(id), "usr_1");
  EXPECT_EQ(investor_of(investment_id_of("a-b", "k")), "a-b");
  for (const char* other :
       {"", "inv-", "inv--0123456789abcdef", "wallet:usr_1", "acc-1", "inv-usr_1-0123456789abcdeF",
        "inv-usr_1-123456789abcdef", "inv-0123456789abcdef"})
    EXPECT_FALSE(investor_of(other)) << other;
}

TEST(investment_ids, of_withdrawals_tell_the_account_and_leave_for_its_users_wallet) {
  const auto account = investment_id_of("usr_1", "user:k");
  const auto id = withdrawal_id_of(account, "user:w");
  EXPECT_EQ(account_of_withdrawal(id), account);
  EXPECT_FALSE(account_of_withdrawal(account));
  EXPECT_FALSE(account_of_withdrawal("wallet:usr_1-w0123456789abcdef"));
  const auto completion = completion_of(id, monday);
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->account, account);
  EXPECT_EQ(completion->to, "wallet:usr_1");
  EXPECT_EQ(completion->target, house_account::transit);
  EXPECT_FALSE(completion_of("pay-1", monday));
}

TEST(investment_ids, of_the_longest_user_are_ids) {
  const std::string user(max_investor_bytes, 'u');
  const auto account = investment_id_of(user, "user:k");
  EXPECT_LE(withdrawal_id_of(account, "user:w").size(), max_id_bytes);
  EXPECT_LE(wallet_of(user).size(), max_id_bytes);
}

} // namespace troupe::test
