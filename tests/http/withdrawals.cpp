// Withdrawals over HTTP: at once where the product lets them, else at an admin's word. And the keys
// that are under way.
#include "http/keys_in_flight.hpp"
#include "investing.hpp"

namespace troupe::test {

namespace {

class withdrawal_routes : public investing_test {
protected:
  json ask_for(const person& who, const std::string& account, const std::string& text,
               const std::string& key = "w") {
    const auto a = post(who, "/accounts/" + account + "/withdraw", amount(text), key);
    EXPECT_EQ(a.status, 200) << a.body;
    return data(a)["request"];
  }
  json waiting(const std::string& query = {}) {
    return data(say_.admin("GET", "/admin/withdrawals" + query))["withdrawals"];
  }
  answer decide(const std::string& id, const std::string& word, const std::string& body = {}) {
    return say_.admin("POST", "/admin/withdrawals/" + id + '/' + word, body);
  }
  json account(const person& who, const std::string& id) {
    return data(get(who, "/accounts/" + id))["account"];
  }
};

} // namespace

TEST_F(withdrawal_routes, where_no_approval_is_needed_the_money_is_in_the_wallet_at_once) {
  const auto ada = investor("ada");
  const auto id = invest(ada, "atlas");
  const auto made = ask_for(ada, id, "150");
  EXPECT_EQ(made["status"], "completed");
  EXPECT_EQ(made["amount"], "150.00");
  EXPECT_EQ(made["balance"], "250.00");
  EXPECT_EQ(wallet(ada), "750.00");
  EXPECT_TRUE(waiting().empty());
}

TEST_F(withdrawal_routes, else_the_amount_is_reserved_until_an_admin_approves) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const auto made = ask_for(ada, id, "150");
  EXPECT_EQ(made["status"], "pending");
  EXPECT_EQ(made["reserved"], "150.00");
  const std::string withdrawal = made["withdrawal_id"];
  EXPECT_EQ(account(ada, id)["reserved"], "150.00");
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/withdraw", amount("250.01"), "more")),
            "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/close", "", "c")), "409 IN_PROGRESS");
  const auto list = waiting();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["withdrawal_id"], withdrawal);
  EXPECT_EQ(list[0]["account_id"], id);
  EXPECT_EQ(list[0]["user_id"], ada.id);
  EXPECT_EQ(list[0]["amount"], "150.00");
  EXPECT_EQ(list[0]["status"], "pending");
  const auto approved = decide(withdrawal, "approve");
  EXPECT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(data(approved)["withdrawal"]["status"], "approved");
  EXPECT_EQ(wallet_after(ada, "750.00"), "750.00");
  EXPECT_EQ(data(decide(withdrawal, "approve")), data(approved)) << "said again, answered again";
  EXPECT_EQ(told(decide(withdrawal, "reject", R"({"reason":"no"})")), "404 NOT_FOUND");
  EXPECT_EQ(ask_for(ada, id, "150"), made) << "the first answer, as ever";
  EXPECT_EQ(wallet(ada), "750.00");
  EXPECT_EQ(account(ada, id)["balance"], "250.00");
  EXPECT_EQ(account(ada, id)["reserved"], "0.00");
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(withdrawal_routes, what_is_rejected_is_free_again) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const std::string withdrawal = ask_for(ada, id, "150")["withdrawal_id"];
  EXPECT_EQ(told(decide(withdrawal, "reject")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(decide(withdrawal, "reject", "{}")), "400 VALIDATION_ERROR reason");
  const auto rejected = decide(withdrawal, "reject", R"({"reason":"no papers"})");
  EXPECT_EQ(data(rejected)["withdrawal"]["status"], "rejected");
  EXPECT_EQ(data(decide(withdrawal, "reject", R"({"reason":"no papers"})")), data(rejected));
  EXPECT_EQ(told(decide(withdrawal, "approve")), "404 NOT_FOUND");
  EXPECT_EQ(account(ada, id)["reserved"], "0.00");
  EXPECT_EQ(wallet(ada), "600.00");
  const auto lines = data(get(ada, "/accounts/" + id + "/transactions"))["transactions"];
  EXPECT_EQ(lines[1]["status"], "rejected");
  EXPECT_EQ(ask_for(ada, id, "400", "again")["status"], "pending");
}

TEST_F(withdrawal_routes, what_admins_do_about_money_is_in_the_audit_log) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const std::string first = ask_for(ada, id, "10", "a")["withdrawal_id"];
  const std::string second = ask_for(ada, id, "20", "b")["withdrawal_id"];
  decide(first, "approve");
  decide(second, "reject", R"({"reason":"no papers"})");
  say_.admin("POST", "/admin/transfers",
             R"({"from":"wallet:)" + ada.id + R"(","to":")" + id + R"(","amount":"3"})",
             keyed("t"));
  const auto log = data(say_.admin("GET", "/admin/audit?limit=4"))["audit"];
  std::vector<std::string> rows;
  for (auto& row : log)
    rows.push_back(row["kind"].get<std::string>() + ' ' + row["actor"].get<std::string>() + ' '
                   + row["subject"].get<std::string>() + ' ' + row["detail"].get<std::string>());
  const std::string wallet = "wallet:" + ada.id;
  EXPECT_EQ(rows,
            (std::vector<std::string>{"transfer admin-key " + wallet + ' ' + id + " 3.00",
                                      "reject_withdrawal admin-key " + id + ' ' + second,
                                      "approve_withdrawal admin-key " + id + ' ' + first,
                                      "fund_wallet admin-key " + wallet + " 1000.00"}));
}

TEST_F(withdrawal_routes, the_list_has_pages_and_forgets_nobody) {
  const auto ada = investor("ada"), eve = investor("eve");
  const auto first = invest(ada), second = invest(eve);
  for (const char* key : {"a", "b", "c"}) ask_for(ada, first, "1", key);
  ask_for(eve, second, "2");
  const auto all = waiting();
  ASSERT_EQ(all.size(), 4u);
  const auto two = waiting("?limit=2");
  ASSERT_EQ(two.size(), 2u);
  const auto rest = waiting("?after=" + two[1]["number"].dump());
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[1]["user_id"], eve.id);
  EXPECT_EQ(told(say_.admin("GET", "/admin/withdrawals?limit=0")), "400 VALIDATION_ERROR limit");
  EXPECT_EQ(told(say_.admin("GET", "/admin/withdrawals?after=x")), "400 VALIDATION_ERROR after");
}

TEST_F(withdrawal_routes, only_an_admin_decides_and_only_what_there_is) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const std::string withdrawal = ask_for(ada, id, "150")["withdrawal_id"];
  EXPECT_EQ(told(say_.engine("GET", "/admin/withdrawals")), "403 FORBIDDEN");
  EXPECT_EQ(told(say_.http.say("GET", "/admin/withdrawals", "", bearer(ada))), "403 FORBIDDEN");
  EXPECT_EQ(
      told(say_.http.say("POST", "/admin/withdrawals/" + withdrawal + "/approve", "", bearer(ada))),
      "403 FORBIDDEN");
  for (const std::string& unknown :
       {std::string{"w"}, id, withdrawal_id_of(id, "user:never"), "wallet:" + ada.id,
        withdrawal_id_of(investment_id_of("nobody", "k"), "k"), std::string(200, 'x')}) {
    EXPECT_EQ(told(decide(unknown, "approve")), "404 NOT_FOUND") << unknown;
    EXPECT_EQ(told(decide(unknown, "reject", R"({"reason":"no"})")), "404 NOT_FOUND") << unknown;
  }
  EXPECT_EQ(account(ada, id)["reserved"], "150.00");
}

TEST_F(withdrawal_routes, what_a_loss_has_eaten_stays_approved_until_it_is_there) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const std::string withdrawal = ask_for(ada, id, "400")["withdrawal_id"];
  EXPECT_EQ(say_.event(trade_body(id, "t1", "-1")).status, 200);
  EXPECT_EQ(told(decide(withdrawal, "approve")), "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(waiting()[0]["status"], "approved");
  EXPECT_EQ(say_.event(trade_body(id, "t2", "1")).status, 200);
  EXPECT_EQ(decide(withdrawal, "approve").status, 200);
  EXPECT_EQ(wallet_after(ada, "1000.00"), "1000.00");
}

TEST(keys_in_flight, are_taken_once_until_they_are_let_go_of) {
  const auto keys = std::make_shared<keys_in_flight>();
  auto first = keys->take("ada", "k");
  EXPECT_TRUE(first);
  EXPECT_FALSE(keys->take("ada", "k"));
  EXPECT_TRUE(keys->take("ada", "l"));
  EXPECT_TRUE(keys->take("eve", "k"));
  auto copy = first;
  first.reset();
  EXPECT_FALSE(keys->take("ada", "k"));
  copy.reset();
  EXPECT_TRUE(keys->take("ada", "k"));
}

} // namespace troupe::test
