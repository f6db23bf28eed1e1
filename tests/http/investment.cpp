// Investing over HTTP: what each route says, to whom, and how often it takes effect.
#include "investing.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace troupe::test {

namespace {

class investment_routes : public investing_test {
protected:
  std::string lines(const person& who, const std::string& account) {
    std::string out;
    const auto found = data(get(who, "/accounts/" + account + "/transactions"));
    for (auto& t : found["transactions"])
      out += t["type"].get<std::string>() + ' ' + t["status"].get<std::string>() + ' '
          + t["amount"].get<std::string>() + ", ";
    return out;
  }
};

} // namespace

TEST_F(investment_routes, products_tell_their_limits) {
  const auto ada = enrol("ada");
  const auto a = get(ada, "/products");
  EXPECT_EQ(a.status, 200);
  const auto products = data(a)["products"];
  ASSERT_EQ(products.size(), 3u);
  EXPECT_EQ(products[0], json::parse(R"({"product_id":"atlas","risk_profile":"conservative",
              "position_size_percent":1,"max_daily_loss_percent":2,"max_drawdown_percent":10,
              "max_losses_in_row":4,"cool_down_hours":24,"half_open_size_percent":50,
              "performance_fee_percent":10,"withdrawals_need_approval":false})"));
  EXPECT_EQ(products[1]["performance_fee_percent"], 15);
  EXPECT_EQ(products[2]["product_id"], "nova");
  EXPECT_TRUE(products[2]["withdrawals_need_approval"]);
}

TEST_F(investment_routes, a_user_invests_and_sees_the_account) {
  const auto ada = investor("ada");
  EXPECT_EQ(data(get(ada, "/accounts")), json::parse(R"({"accounts":[]})"));
  const auto made = post(ada, "/accounts", order("orion", "400.5"), "k1");
  EXPECT_EQ(made.status, 201);
  const auto body = json::parse(made.body);
  EXPECT_TRUE(body["success"]);
  EXPECT_TRUE(body["metadata"].contains("latencyMs"));
  const auto account = body["data"]["account"];
  EXPECT_EQ(account["product_id"], "orion");
  EXPECT_EQ(account["status"], "active");
  EXPECT_EQ(account["balance"], "400.50");
  EXPECT_EQ(account["breaker"]["state"], "closed");
  const std::string id = account["account_id"];
  EXPECT_EQ(data(get(ada, "/accounts/" + id))["account"], account);
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"], json::array({account}));
  EXPECT_EQ(wallet(ada), "599.50");
  EXPECT_EQ(post(ada, "/accounts", order("atlas", "1"), "k2").status, 201);
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"].size(), 2u);
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(investment_routes, who_may_not_invest_is_told_why) {
  const auto ada = enrol("ada");
  const auto invest = [&](const std::string& much) {
    return told(post(ada, "/accounts", order("orion", much), "k"));
  };
  EXPECT_EQ(invest("1"), "403 KYC_REQUIRED");
  set_kyc(ada, "pending");
  EXPECT_EQ(invest("1"), "403 KYC_REQUIRED");
  set_kyc(ada, "approved");
  EXPECT_EQ(invest("1"), "409 INSUFFICIENT_FUNDS");
  fund(ada, "10");
  EXPECT_EQ(invest("10.00000001"), "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"].size(), 0u);
  EXPECT_EQ(invest("10"), "201");
}

TEST_F(investment_routes, what_is_wrong_is_named) {
  const auto ada = investor("ada");
  const auto tell = [&](const std::string& body, const std::string& key = "k") {
    return told(post(ada, "/accounts", body, key));
  };
  EXPECT_EQ(tell(order("orion", "1"), ""), "400 IDEMPOTENCY_KEY_REQUIRED Idempotency-Key");
  EXPECT_EQ(tell(order("orion", "1"), std::string(129, 'k')),
            "400 VALIDATION_ERROR Idempotency-Key");
  EXPECT_EQ(tell("{}"), "400 VALIDATION_ERROR product_id");
  EXPECT_EQ(tell(order("vega", "1")), "400 VALIDATION_ERROR product_id");
  EXPECT_EQ(tell(R"({"product_id":"none","amount":1})"), "400 VALIDATION_ERROR product_id");
  EXPECT_EQ(tell(R"({"product_id":"nova"})"), "400 VALIDATION_ERROR amount");
  EXPECT_EQ(tell("nonsense"), "400 VALIDATION_ERROR body");
  for (const char* bad : {"0", "-1", "1.123456789", "1e3", "1000000000000"})
    EXPECT_EQ(tell(order("nova", bad)), "400 AMOUNT_INVALID amount") << bad;
  const auto id = invest(ada);
  for (const std::string command : {"/deposit", "/withdraw"}) {
    const auto path = "/accounts/" + id + command;
    EXPECT_EQ(told(post(ada, path, amount("1"))), "400 IDEMPOTENCY_KEY_REQUIRED Idempotency-Key");
    EXPECT_EQ(told(post(ada, path, "{}", "k")), "400 VALIDATION_ERROR amount");
    EXPECT_EQ(told(post(ada, path, amount("0"), "k")), "400 AMOUNT_INVALID amount");
  }
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/close", "")),
            "400 IDEMPOTENCY_KEY_REQUIRED Idempotency-Key");
  EXPECT_EQ(balance(ada, id), "400.00");
}

TEST_F(investment_routes, without_a_token_nothing_is_said) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  for (const auto& path : {std::string{"/products"}, std::string{"/accounts"}, "/accounts/" + id,
                           "/accounts/" + id + "/performance", "/accounts/" + id + "/trades",
                           "/accounts/" + id + "/transactions"}) {
    EXPECT_EQ(told(say_.http.say("GET", "/investment" + path, "")), "401 UNAUTHORIZED") << path;
    EXPECT_EQ(told(say_.engine("GET", "/investment" + path)), "401 UNAUTHORIZED") << path;
  }
  for (const auto& path :
       {std::string{"/accounts"}, "/accounts/" + id + "/deposit", "/accounts/" + id + "/withdraw",
        "/accounts/" + id + "/pause", "/accounts/" + id + "/resume", "/accounts/" + id + "/close"})
    EXPECT_EQ(told(say_.http.say("POST", "/investment" + path, amount("1"), keyed("k"))),
              "401 UNAUTHORIZED")
        << path;
}

TEST_F(investment_routes, an_account_of_somebody_else_is_not_there) {
  const auto ada = investor("ada"), eve = investor("eve");
  const auto id = invest(ada);
  EXPECT_EQ(say_.open("acc-1", "10").status, 201);
  // Hers by its name alone, which the engine may not give.
  const auto borrowed = investment_id_of(eve.id, "x");
  EXPECT_EQ(told(say_.open(borrowed, "10")), "400 VALIDATION_ERROR account_id");
  for (const std::string& other : {id, std::string{"acc-1"}, borrowed, "wallet:" + eve.id,
                                   investment_id_of(eve.id, "never"), std::string(200, 'x')}) {
    for (const char* list : {"", "/performance", "/trades", "/transactions"})
      EXPECT_EQ(told(get(eve, "/accounts/" + other + list)), "404 NOT_FOUND") << other << list;
    for (const char* command : {"/deposit", "/withdraw", "/pause", "/resume", "/close"})
      EXPECT_EQ(told(post(eve, "/accounts/" + other + command, amount("1"), "k")), "404 NOT_FOUND")
          << other << command;
  }
  EXPECT_EQ(data(get(eve, "/accounts"))["accounts"].size(), 0u);
  EXPECT_EQ(balance(ada, id), "400.00");
  EXPECT_EQ(data(get(ada, "/accounts/" + id))["account"]["status"], "active");
  EXPECT_EQ(wallet(eve), "1000.00");
}

TEST_F(investment_routes, a_key_takes_effect_once_and_for_one_content) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const auto path = "/accounts/" + id;
  const auto first = post(ada, path + "/deposit", amount("50"), "d");
  const auto made = data(first)["transaction"];
  EXPECT_EQ(made["type"], "deposit");
  EXPECT_EQ(made["status"], "completed");
  EXPECT_EQ(made["amount"], "50.00");
  EXPECT_EQ(made["balance"], "450.00");
  EXPECT_EQ(made["account_id"], id);
  EXPECT_EQ(data(post(ada, path + "/deposit", amount("7"), "d2"))["transaction"]["balance"],
            "457.00");
  EXPECT_EQ(data(post(ada, path + "/deposit", amount("50.0"), "d"))["transaction"], made);
  EXPECT_EQ(told(post(ada, path + "/deposit", amount("51"), "d")), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(post(ada, "/accounts", order("orion", "50"), "d")), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(post(ada, "/accounts", order("nova", "400"), "invest")),
            "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(post(ada, "/accounts", order("orion", "401"), "invest")),
            "409 IDEMPOTENCY_CONFLICT");
  const auto again = post(ada, "/accounts", order("orion", "400"), "invest");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(data(again)["account"]["balance"], "400.00") << "as it was opened";
  EXPECT_EQ(balance(ada, id), "457.00");
  const auto out = data(post(ada, path + "/withdraw", amount("57"), "w"))["request"];
  EXPECT_EQ(data(post(ada, path + "/withdraw", amount("57"), "w"))["request"], out);
  EXPECT_EQ(told(post(ada, path + "/withdraw", amount("58"), "w")), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(post(ada, path + "/deposit", amount("57"), "w")), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(post(ada, path + "/withdraw", amount("50"), "d")), "409 IDEMPOTENCY_CONFLICT");
  // An operator's key is another key.
  EXPECT_EQ(
      say_.admin("POST", "/admin/wallets/" + ada.id + "/fund", amount("3"), keyed("d")).status,
      200);
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"].size(), 1u);
  EXPECT_EQ(wallet(ada), "546.00");
}

TEST_F(investment_routes, the_engine_moves_no_money_of_a_users_investment) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const std::string accounts = "/api/v1/trading/accounts", path = accounts + '/' + id;
  const auto capital = R"({"operation":"withdrawal","amount":"1","new_total_capital":"399"})";
  EXPECT_EQ(told(say_.engine("POST", path + "/capital", capital)), "403 FORBIDDEN");
  EXPECT_EQ(told(say_.engine("POST", path + "/close")), "403 FORBIDDEN");
  EXPECT_EQ(told(say_.engine("POST", accounts,
                             R"({"account_id":")" + investment_id_of(ada.id, "other")
                                 + R"(","product_id":"orion","agent_type":"orion",)"
                                   R"("initial_capital":"1"})")),
            "400 VALIDATION_ERROR account_id");
  EXPECT_EQ(say_.engine("GET", path + "/status").status, 200);
  EXPECT_EQ(say_.engine("POST", path + "/pause").status, 200);
  EXPECT_EQ(say_.engine("POST", path + "/resume").status, 200);
  EXPECT_EQ(balance(ada, id), "400.00");
}

TEST_F(investment_routes, a_key_of_one_user_is_not_anothers) {
  const auto ada = investor("ada"), eve = investor("eve");
  EXPECT_NE(invest(ada, "orion", "400", "same"), invest(eve, "nova", "300", "same"));
  EXPECT_EQ(wallet(ada), "600.00");
  EXPECT_EQ(wallet(eve), "700.00");
}

TEST_F(investment_routes, while_a_key_is_under_way_its_repeat_is_told_so) {
  const auto ada = investor("ada"), eve = investor("eve");
  const auto id = invest(ada);
  const auto path = "/investment/accounts/" + id + "/deposit";
  const auto head = bearer(ada) + keyed("slow");
  own_.gate->shut = true;
  const auto appends = own_.gate->appends.load();
  client first{own_.port()};
  EXPECT_TRUE(first.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n" + head
                         + "\r\n" + amount("50.0")));
  while (own_.gate->appends == appends) std::this_thread::yield();
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/deposit", amount("50.0"), "slow")),
            "409 IN_PROGRESS");
  EXPECT_EQ(told(post(ada, "/accounts", order("orion", "1"), "slow")), "409 IN_PROGRESS");
  EXPECT_EQ(told(post(eve, "/accounts/" + id + "/deposit", amount("50.0"), "slow")),
            "404 NOT_FOUND");
  own_.open_gate();
  const auto answered = first.read_answer();
  EXPECT_EQ(answered.status, 200) << answered.body;
  const auto again = post(ada, "/accounts/" + id + "/deposit", amount("50.0"), "slow");
  EXPECT_EQ(data(again)["transaction"], data(answered)["transaction"]);
  EXPECT_EQ(balance(ada, id), "450.00");
}

TEST_F(investment_routes, a_key_said_100_times_at_once_takes_effect_once) {
  const auto ada = investor("ada");
  const auto body = order("orion", "10");
  const auto text = "POST /investment/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: "
      + std::to_string(body.size()) + "\r\n" + bearer(ada) + keyed("once") + "\r\n" + body;
  std::vector<std::unique_ptr<client>> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(std::make_unique<client>(own_.port()));
  for (auto& one : crowd) EXPECT_TRUE(one->send(text));
  std::set<std::string> accounts, others;
  for (auto& one : crowd) {
    const auto a = one->read_answer();
    if (a.status == 201)
      accounts.insert(data(a)["account"].dump());
    else
      others.insert(told(a));
  }
  EXPECT_EQ(accounts.size(), 1u);
  others.erase("409 IN_PROGRESS");
  EXPECT_TRUE(others.empty()) << *others.begin();
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"].size(), 1u);
  EXPECT_EQ(wallet(ada), "990.00");
}

TEST_F(investment_routes, a_key_is_free_when_its_request_was_refused_or_its_client_left) {
  const auto ada = investor("ada");
  EXPECT_EQ(told(post(ada, "/accounts", order("orion", "5000"), "k")), "409 INSUFFICIENT_FUNDS");
  own_.gate->shut = true;
  {
    const auto body = order("orion", "10");
    const auto appends = own_.gate->appends.load();
    client gone{own_.port()};
    EXPECT_TRUE(gone.send("POST /investment/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: "
                          + std::to_string(body.size()) + "\r\n" + bearer(ada) + keyed("k") + "\r\n"
                          + body));
    while (own_.gate->appends == appends) std::this_thread::yield();
  }
  own_.open_gate();
  answer a;
  for (int i = 0; i < 10'000 && a.status != 201; ++i)
    a = post(ada, "/accounts", order("orion", "10"), "k");
  EXPECT_EQ(a.status, 201) << a.body;
  EXPECT_EQ(wallet(ada), "990.00");
}

TEST_F(investment_routes, a_paused_account_takes_no_money_and_gives_it) {
  const auto ada = investor("ada");
  const auto id = invest(ada, "atlas");
  const auto path = "/accounts/" + id;
  const auto before = post(ada, path + "/deposit", amount("1"), "before");
  const auto paused = post(ada, path + "/pause", R"({"reason":"holidays"})");
  EXPECT_EQ(data(paused)["account"]["status"], "paused");
  EXPECT_EQ(told(post(ada, path + "/pause", R"({"reason":7})")), "400 VALIDATION_ERROR reason");
  EXPECT_EQ(told(post(ada, path + "/deposit", amount("1"), "d")), "409 ACCOUNT_PAUSED");
  EXPECT_EQ(data(post(ada, path + "/deposit", amount("1"), "before")), data(before))
      << "a repeat is answered as the first";
  EXPECT_EQ(post(ada, path + "/withdraw", amount("1"), "w").status, 200);
  EXPECT_EQ(data(post(ada, path + "/resume", ""))["account"]["status"], "active");
  EXPECT_EQ(post(ada, path + "/deposit", amount("1"), "d").status, 200) << "a refusal binds no key";
  EXPECT_EQ(balance(ada, id), "401.00");
}

TEST_F(investment_routes, an_open_breaker_is_not_resumed_and_does_not_hold_money_back) {
  const auto ada = investor("ada");
  const auto id = invest(ada, "atlas"); // 2 % in a day
  const auto path = "/accounts/" + id;
  EXPECT_EQ(say_.event(trade_body(id, "t1", "-20")).status, 200);
  EXPECT_EQ(data(get(ada, path))["account"]["breaker"]["state"], "open");
  EXPECT_EQ(told(post(ada, path + "/resume", "")), "409 BREAKER_OPEN");
  EXPECT_EQ(post(ada, path + "/withdraw", amount("80"), "w").status, 200);
  EXPECT_EQ(balance(ada, id), "300.00");
}

TEST_F(investment_routes, an_account_is_closed_into_the_wallet_and_stays_closed) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const auto path = "/accounts/" + id;
  const auto deposit = post(ada, path + "/deposit", amount("1"), "before");
  EXPECT_EQ(say_.event(trade_body(id, "t1", "9.5")).status, 200);
  const auto closed = post(ada, path + "/close", "", "c");
  EXPECT_EQ(closed.status, 200);
  EXPECT_EQ(data(closed)["account"]["status"], "closed");
  EXPECT_EQ(data(closed)["account"]["balance"], "0.00");
  EXPECT_EQ(wallet(ada), "1009.50");
  EXPECT_EQ(data(post(ada, path + "/close", "", "c")), data(closed));
  EXPECT_EQ(told(post(ada, path + "/close", "", "c2")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(post(ada, path + "/deposit", amount("1"), "d")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(post(ada, path + "/withdraw", amount("1"), "w")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(post(ada, path + "/pause", "")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(post(ada, path + "/resume", "")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(data(post(ada, path + "/deposit", amount("1"), "before")), data(deposit));
  EXPECT_EQ(data(get(ada, "/accounts"))["accounts"].size(), 1u);
  EXPECT_EQ(lines(ada, id),
            "deposit completed 400.00, deposit completed 1.00, trade completed "
            "9.50, withdrawal completed 410.50, ");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(investment_routes, more_than_there_is_moves_nothing) {
  const auto ada = investor("ada");
  const auto id = invest(ada), quick = invest(ada, "atlas", "100", "quick");
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/deposit", amount("500.01"), "d")),
            "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(told(post(ada, "/accounts/" + id + "/withdraw", amount("400.01"), "w")),
            "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(told(post(ada, "/accounts/" + quick + "/withdraw", amount("100.01"), "w")),
            "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(wallet(ada), "500.00");
}

TEST_F(investment_routes, lists_show_days_trades_and_movements_of_a_time) {
  const auto ada = investor("ada");
  const auto id = invest(ada);
  const auto path = "/accounts/" + id;
  EXPECT_EQ(say_.event(trade_body(id, "t1", "2")).status, 200);
  EXPECT_EQ(say_.event(trade_body(id, "t2", "3", "closed", "2026-01-04T10:00:00Z")).status, 200);
  const auto trades = data(get(ada, path + "/trades"))["trades"];
  ASSERT_EQ(trades.size(), 2u);
  EXPECT_EQ(trades[0]["account_id"], id);
  EXPECT_EQ(data(get(ada, path + "/trades?from=2026-01-05"))["trades"].size(), 1u);
  EXPECT_EQ(data(get(ada, path + "/trades?to=2026-01-04"))["trades"][0]["trade_id"], "t2");
  EXPECT_EQ(data(get(ada, path + "/transactions"))["transactions"].size(), 3u);
  const auto page = data(get(ada, path + "/transactions?limit=1&offset=1"))["transactions"];
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0]["transaction_id"], "t1");
  EXPECT_EQ(data(get(ada, path + "/transactions?from=2026-01-06"))["transactions"].size(), 0u);
  EXPECT_EQ(data(get(ada, path + "/performance")), json::parse(R"({"snapshots":[]})"));
  constexpr auto tomorrow = noon + 20 * hour_ms;
  *own_.clock_us = tomorrow * 1000; // the token has lived its quarter of an hour
  const person late{ada.id,
                    own_.signer->sign_access({ada.id, "family", "id", user_role::user,
                                              user_plan::free, tomorrow, tomorrow + hour_ms})};
  const auto days = data(get(late, path + "/performance"))["snapshots"];
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0]["date"], "2026-01-05");
  EXPECT_EQ(days[0]["closing_balance"], "405.00");
  EXPECT_EQ(data(get(late, path + "/performance?from=2026-01-06"))["snapshots"].size(), 0u);
  EXPECT_EQ(told(get(late, path + "/performance?from=monday")), "400 VALIDATION_ERROR from");
  EXPECT_EQ(told(get(late, path + "/trades?to=never")), "400 VALIDATION_ERROR to");
  EXPECT_EQ(told(get(late, path + "/transactions?limit=0")), "400 VALIDATION_ERROR limit");
}

} // namespace troupe::test
