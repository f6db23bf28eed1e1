// What an admin's key opens, and what happens when many ask at once or the journal does not answer.
#include "money.hpp"

#include <set>
#include <thread>

namespace troupe::test {

namespace {

// As many threads as connections; `ask` is called with the number of each.
template<class Ask>
std::vector<answer> at_once(const node& n, int connections, int each, Ask ask) {
  std::vector<answer> out(static_cast<std::size_t>(connections * each));
  std::vector<std::thread> threads;
  for (int c = 0; c < connections; ++c)
    threads.emplace_back([&, c] {
      money_client say{n};
      for (int i = 0; i < each; ++i)
        out[static_cast<std::size_t>(c * each + i)] = ask(say, c * each + i);
    });
  for (auto& t : threads) t.join();
  return out;
}

} // namespace

class admin_routes : public ::testing::Test {
protected:
  node own_{{}, {1000, 100}};
  money_client say_{own_};
};

TEST_F(admin_routes, need_the_admins_key_and_no_other) {
  for (auto& r : all_routes()) {
    if (r.guard != guard_kind::admin_key) continue;
    const auto verb = to_string(r.verb);
    const std::string path{r.pattern};
    EXPECT_EQ(told(say_.http.say(verb, path, "")), "401 UNAUTHORIZED") << path;
    EXPECT_EQ(told(say_.http.say(verb, path, "", "X-API-Key: sesam\r\n")), "401 UNAUTHORIZED");
    EXPECT_EQ(told(say_.engine(verb, path)), "403 FORBIDDEN") << path;
    const auto passed = say_.admin(verb, path).status;
    EXPECT_TRUE(passed != 401 && passed != 403) << path << ' ' << passed;
  }
  EXPECT_EQ(say_.admin("GET", "/api/stats").status, 200); // opens the engine's too
}

TEST_F(admin_routes, the_books_sum_to_zero) {
  say_.open("a", "100");
  say_.event(trade_body("a", "t1", "-1.5"));
  say_.admin("POST", "/admin/wallets/ann/fund", R"({"amount":"10"})", keyed("f"));
  EXPECT_EQ(say_.admin("GET", "/admin/ledger/trial-balance").body,
            R"({"accounts":"108.50","external:engine":"-100.00","external:market":"1.50",)"
            R"("external:payments":"-10.00","external:transit":"0.00","difference":"0.00",)"
            R"("balanced":true,"account_count":2,"row_count":4})");
}

TEST_F(admin_routes, a_stores_own_words_are_not_for_the_outside) {
  say_.open("a", "100");
  own_.faults->loads = 1; // "told to fail", as a database tells its address and its statement
  auto a = say_.admin("GET", "/admin/accounts/a/verify");
  EXPECT_EQ(told(a), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(a.body.find("told to fail"), a.body.npos) << a.body;
  own_.gate->letters_fail = true;
  a = say_.event(trade_body("nobody", "t1", "1"));
  EXPECT_EQ(told(a), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(a.body.find("told to fail"), a.body.npos) << a.body;
}

TEST_F(admin_routes, a_wallet_is_opened_when_it_is_first_funded) {
  const auto fund = [&](std::string_view body, const std::string& headers) {
    return say_.admin("POST", "/admin/wallets/ann/fund", body, headers);
  };
  EXPECT_EQ(told(fund(R"({"amount":5})", "")), "400 IDEMPOTENCY_KEY_REQUIRED Idempotency-Key");
  EXPECT_EQ(told(fund(R"({"amount":1e1})", keyed("a"))), "400 AMOUNT_INVALID amount");
  EXPECT_EQ(told(say_.admin("GET", "/admin/accounts/wallet:ann")), "404 NOT_FOUND");
  const auto first = fund(R"({"amount":5})", keyed("a"));
  EXPECT_EQ(first.body,
            R"({"account_id":"wallet:ann","operation":"deposit","amount":"5.00","balance":"5.00",)"
            R"("reserved":"0.00","equity":"5.00","version":2,)"
            R"("executed_at":"2026-01-05T10:30:00.000Z"})");
  EXPECT_EQ(fund(R"({"amount":"5.0"})", keyed("a")).body, first.body);
  EXPECT_EQ(told(fund(R"({"amount":6})", keyed("a"))), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(fund(R"({"amount":6})", keyed("b")).status, 200);
  EXPECT_EQ(say_.admin("GET", "/admin/accounts/wallet:ann").body,
            R"({"account_id":"wallet:ann","product_id":null,"status":"active","balance":"11.00",)"
            R"("reserved":"0.00","equity":"11.00","high_water_mark":"0.00",)"
            R"("breaker":{"state":"closed","cause":null,"until":null},"version":3,)"
            R"("kind":"wallet","owner":"ann","agent_type":""})");
  EXPECT_EQ(told(say_.admin("POST", "/admin/wallets/a%20b/fund", R"({"amount":6})", keyed("b"))),
            "400 VALIDATION_ERROR user_id");
}

TEST_F(admin_routes, money_moves_between_accounts_exactly_once) {
  say_.admin("POST", "/admin/wallets/ann/fund", R"({"amount":100})", keyed("f"));
  say_.open("a", "0");
  const auto move = [&](std::string_view body, const std::string& headers) {
    return say_.admin("POST", "/admin/transfers", body, headers);
  };
  const auto body = R"({"from":"wallet:ann","to":"a","amount":"40"})";
  EXPECT_EQ(told(move(body, "")), "400 IDEMPOTENCY_KEY_REQUIRED Idempotency-Key");
  EXPECT_EQ(told(move(R"({"from":"a","to":"a","amount":1})", keyed("k"))),
            "400 VALIDATION_ERROR to");
  EXPECT_EQ(told(move(R"({"from":"a","amount":1})", keyed("k"))), "400 VALIDATION_ERROR to");
  EXPECT_EQ(told(move(R"({"from":"wallet:ann","to":"nobody","amount":1})", keyed("k"))),
            "404 NOT_FOUND");
  EXPECT_EQ(told(move(R"({"from":"wallet:ann","to":"a","amount":101})", keyed("k"))),
            "409 INSUFFICIENT_FUNDS");
  const auto first = move(body, keyed("k"));
  EXPECT_EQ(json::parse(first.body)["status"], "settled") << first.body;
  EXPECT_EQ(move(body, keyed("k")).body, first.body);
  EXPECT_EQ(told(move(R"({"from":"wallet:ann","to":"a","amount":41})", keyed("k"))),
            "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(say_.balance("a"), "40.00");
  // A receiver that will not have it: the sender has its money back.
  say_.engine("POST", "/api/v1/trading/accounts/a/pause");
  EXPECT_EQ(
      json::parse(move(R"({"from":"wallet:ann","to":"a","amount":1})", keyed("p")).body)["status"],
      "returned");
  EXPECT_EQ(json::parse(say_.admin("GET", "/admin/accounts/wallet:ann").body)["balance"], "60.00");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(admin_routes, an_account_is_proved_from_its_journal) {
  EXPECT_EQ(told(say_.admin("GET", "/admin/accounts/a/verify")), "404 NOT_FOUND");
  say_.open("a", "1");
  for (int i = 0; i < 1100; ++i) // more than a page
    say_.capital("a", "deposit", "1", keyed(std::to_string(i)));
  const auto proof = json::parse(say_.admin("GET", "/admin/accounts/a/verify").body);
  EXPECT_EQ(proof["verified"], true) << proof;
  EXPECT_EQ(proof["rows"], 1101);
  EXPECT_EQ(proof["balance"], "1101.00");
  EXPECT_EQ(proof["hash"].get<std::string>().size(), 64u);
  const auto then = say_.admin("GET", "/admin/accounts/a?as_of=2026-01-05T10:30:00Z");
  EXPECT_EQ(json::parse(then.body)["version"], 1101);
}

TEST_F(admin_routes, a_hundred_equal_commands_have_one_effect_and_equal_answers) {
  say_.open("a", "0");
  std::set<std::string> answers;
  for (auto& a : at_once(own_, 10, 10, [](money_client&say, int) {
         return say.capital("a", "deposit", "5", keyed("k"));
       }))
    answers.insert(std::to_string(a.status) + a.body);
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers.begin()->substr(0, 3), "200");
  answers.clear();
  for (auto& a : at_once(own_, 10, 10, [](money_client&say, int) { // without a key
         return say.capital("a", "deposit", "5", {}, "10");
       }))
    answers.insert(std::to_string(a.status) + a.body);
  EXPECT_EQ(answers.size(), 1u);
  for (auto& a : at_once(own_, 10, 10, [](money_client&say, int) {
         return say.event(trade_body("a", "t", "5"));
       }))
    EXPECT_EQ(a.body, received);
  EXPECT_EQ(say_.balance("a"), "15.00");
  EXPECT_EQ(json::parse(say_.status("a").body)["version"], 4);
}

TEST_F(admin_routes, of_two_hundred_withdrawals_of_everything_one_succeeds) {
  say_.open("a", "100");
  int taken = 0, short_of = 0;
  for (auto& a : at_once(own_, 10, 20, [](money_client&say, int i) {
         return say.capital("a", "withdrawal", "100", keyed(std::to_string(i)));
       })) {
    taken += a.status == 200;
    short_of += told(a) == "409 INSUFFICIENT_FUNDS";
  }
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(short_of, 199);
  EXPECT_EQ(say_.balance("a"), "0.00");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(admin_routes, a_journal_that_does_not_answer_is_told_in_time_and_nothing_is_half_done) {
  node slow{{}, {1000, 100}, std::chrono::milliseconds{60}};
  money_client say{slow};
  say.open("a", "100");
  slow.gate->shut = true;
  const auto start = std::chrono::steady_clock::now();
  const auto a = say.capital("a", "deposit", "5", keyed("k"));
  const auto spent = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(told(a), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(a.header("Retry-After"), "1");
  EXPECT_LT(spent, std::chrono::milliseconds{1000}); // not at the next full second
  EXPECT_EQ(told(say.event(trade_body("a", "t1", "7"))), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(say.balance("a"), "100.00"); // what is committed can be read meanwhile
  slow.open_gate();
  EXPECT_EQ(say.capital("a", "deposit", "5", keyed("k")).status, 200);
  EXPECT_EQ(say.event(trade_body("a", "t1", "7")).status, 200);
  EXPECT_EQ(say.balance("a"), "112.00");
  EXPECT_EQ(json::parse(say.admin("GET", "/admin/accounts/a/verify").body)["rows"], 3);
}

TEST_F(admin_routes, a_failing_journal_is_503_and_the_repeat_has_one_effect) {
  say_.open("a", "100");
  for (auto fault : {&journal_faults::before, &journal_faults::after}) {
    (*own_.faults).*fault = 1;
    const auto key = keyed(fault == &journal_faults::before ? "b" : "a");
    const auto ask = [&] { return say_.capital("a", "deposit", "5", key); };
    EXPECT_EQ(told(ask()), "503 STORE_UNAVAILABLE");
    EXPECT_EQ(insist(ask).status, 200);
  }
  EXPECT_EQ(say_.balance("a"), "110.00");
  own_.faults->before = 1;
  EXPECT_EQ(told(say_.open("b", "1")), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(insist([&] { return say_.open("b", "1"); }).status, 201);
}

} // namespace troupe::test
