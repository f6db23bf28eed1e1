// The engine's accounts over a real socket, on real account actors.
#include "money.hpp"

namespace troupe::test {

class engine_accounts : public ::testing::Test {
protected:
  static void SetUpTestSuite() { shared_ = new node{{}, {100'000, 100}}; }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }
  answer post(const std::string& path, std::string_view body = {}, const std::string& h = {}) {
    return say_.engine("POST", "/api/v1/trading/accounts" + path, body, h);
  }
  answer get(const std::string& path) {
    return say_.engine("GET", "/api/v1/trading/accounts" + path);
  }

  static node* shared_;
  money_client say_{*shared_};
};

node* engine_accounts::shared_ = nullptr;

TEST_F(engine_accounts, are_opened_once_however_often_it_is_asked) {
  const auto first = say_.open("open-1", "1000.5");
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.body,
            R"({"account_id":"open-1","product_id":"orion","status":"active","balance":"1000.50",)"
            R"("reserved":"0.00","equity":"1000.50","high_water_mark":"1000.50",)"
            R"("breaker":{"state":"closed","cause":null,"until":null},"version":1})");
  say_.capital("open-1", "deposit", "1", keyed("later"));
  const auto again = say_.open("open-1", "\"1000.50\"");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(told(say_.open("open-1", "1000")), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(say_.balance("open-1"), "1001.50");
}

TEST_F(engine_accounts, without_capital_wait_for_their_first_deposit) {
  EXPECT_EQ(json::parse(say_.open("waiting", "0").body)["status"], "pending_deposit");
  EXPECT_EQ(json::parse(say_.status("waiting").body)["status"], "pending_deposit");
  EXPECT_EQ(say_.capital("waiting", "deposit", "5", {}, "5").status, 200);
  EXPECT_EQ(json::parse(say_.status("waiting").body)["status"], "active");
}

TEST_F(engine_accounts, are_refused_with_the_field_named) {
  const auto body = [](std::string_view field, std::string_view value) {
    std::string out = "{";
    for (auto [name, good] : {std::pair{"account_id", R"("bad-1")"},
                              {"product_id", R"("atlas")"},
                              {"agent_type", R"("t")"},
                              {"initial_capital", "1"},
                              {"agent_config", "{}"}}) {
      const auto text = field == name ? value : std::string_view{good};
      if (text.empty()) continue;
      if (out.size() > 1) out += ',';
      out.append("\"").append(name).append("\":").append(text);
    }
    return out + '}';
  };
  struct row {
    const char *field, *value, *said;
  };
  const auto long_id = '"' + std::string(129, 'x') + '"';
  const auto big_config = R"({"a":")" + std::string(17000, 'x') + R"("})";
  for (const auto& [field, value, said] :
       {row{"account_id", "", "400 VALIDATION_ERROR account_id"},
        row{"account_id", "7", "400 VALIDATION_ERROR account_id"},
        row{"account_id", "\"\"", "400 VALIDATION_ERROR account_id"},
        row{"account_id", "\"a b\"", "400 VALIDATION_ERROR account_id"},
        row{"account_id", "\"\xc3\xa4\"", "400 VALIDATION_ERROR account_id"},
        row{"account_id", "\"wallet:eve\"", "400 VALIDATION_ERROR account_id"},
        row{"account_id", long_id.c_str(), "400 VALIDATION_ERROR account_id"},
        row{"product_id", "", "400 VALIDATION_ERROR product_id"},
        row{"product_id", "\"none\"", "400 VALIDATION_ERROR product_id"},
        row{"product_id", "\"Atlas\"", "400 VALIDATION_ERROR product_id"},
        row{"agent_type", "\"\"", "400 VALIDATION_ERROR agent_type"},
        row{"agent_type", "\"a\\u0000b\"", "400 VALIDATION_ERROR agent_type"},
        row{"agent_type", long_id.c_str(), "400 VALIDATION_ERROR agent_type"},
        row{"initial_capital", "", "400 VALIDATION_ERROR initial_capital"},
        row{"initial_capital", "null", "400 VALIDATION_ERROR initial_capital"},
        row{"initial_capital", "-1", "400 AMOUNT_INVALID initial_capital"},
        row{"initial_capital", "1e-7", "400 AMOUNT_INVALID initial_capital"},
        row{"initial_capital", "1000000000000", "400 AMOUNT_INVALID initial_capital"},
        row{"agent_config", "[]", "400 VALIDATION_ERROR agent_config"},
        row{"agent_config", big_config.c_str(), "400 VALIDATION_ERROR agent_config"},
        row{"agent_config", "{\"a\":}", "400 VALIDATION_ERROR body"}})
    EXPECT_EQ(told(post("", body(field, value))), said) << field << value;
  EXPECT_EQ(told(post("", "{")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(say_.status("bad-1")), "404 NOT_FOUND"); // none of it left anything behind
}

TEST_F(engine_accounts, take_and_give_capital_that_adds_up) {
  say_.open("cap-1", "100");
  const auto in = say_.capital("cap-1", "deposit", "50.25", {}, "150.25");
  EXPECT_EQ(in.status, 200);
  EXPECT_EQ(in.body,
            R"({"account_id":"cap-1","operation":"deposit","amount":"50.25","balance":"150.25",)"
            R"("reserved":"0.00","equity":"150.25","version":2,)"
            R"("executed_at":"2026-01-05T10:30:00.000Z"})");
  // Said again without a key: the balance is that already, so the receipt comes again.
  EXPECT_EQ(say_.capital("cap-1", "deposit", "50.25", {}, "150.25").body, in.body);
  EXPECT_EQ(told(say_.capital("cap-1", "deposit", "50.25", {}, "151")), "409 CAPITAL_MISMATCH");
  EXPECT_EQ(told(say_.capital("cap-1", "withdrawal", "200", {}, "0")), "409 INSUFFICIENT_FUNDS");
  const auto out = say_.capital("cap-1", "withdrawal", "150.25", {}, "0");
  EXPECT_EQ(json::parse(out.body)["balance"], "0.00");
  EXPECT_EQ(json::parse(out.body)["amount"], "150.25");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(engine_accounts, answer_the_same_key_with_the_first_receipt) {
  say_.open("key-1", "0");
  const auto first = say_.capital("key-1", "deposit", "10", keyed("k"));
  EXPECT_EQ(first.status, 200);
  say_.capital("key-1", "deposit", "1", keyed("other"));
  EXPECT_EQ(say_.capital("key-1", "deposit", "10.00", keyed("k")).body, first.body);
  EXPECT_EQ(told(say_.capital("key-1", "deposit", "11", keyed("k"))), "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(told(say_.capital("key-1", "withdrawal", "10", keyed("k"))),
            "409 IDEMPOTENCY_CONFLICT");
  EXPECT_EQ(say_.balance("key-1"), "11.00");
  say_.open("key-2", "0"); // keys are each account's own
  EXPECT_EQ(say_.capital("key-2", "deposit", "7", keyed("k")).status, 200);
  // A refusal binds nothing.
  EXPECT_EQ(told(say_.capital("key-2", "withdrawal", "8", keyed("r"))), "409 INSUFFICIENT_FUNDS");
  EXPECT_EQ(say_.capital("key-2", "withdrawal", "6", keyed("r")).status, 200);
}

TEST_F(engine_accounts, refuse_capital_with_the_field_named) {
  say_.open("cap-2", "5");
  struct row {
    const char *body, *said;
  };
  for (const auto& [body, said] :
       {row{R"({"operation":"deposit","amount":1})", "400 VALIDATION_ERROR new_total_capital"},
        row{R"({"operation":"gift","amount":1,"new_total_capital":6})",
            "400 VALIDATION_ERROR operation"},
        row{R"({"amount":1,"new_total_capital":6})", "400 VALIDATION_ERROR operation"},
        row{R"({"operation":"deposit","new_total_capital":6})", "400 VALIDATION_ERROR amount"},
        row{R"({"operation":"deposit","amount":0.30000000000000004,"new_total_capital":6})",
            "400 AMOUNT_INVALID amount"},
        row{R"({"operation":"deposit","amount":1,"new_total_capital":1e1})",
            "400 AMOUNT_INVALID new_total_capital"},
        row{R"({"operation":"withdrawal","amount":6,"new_total_capital":-1})",
            "400 AMOUNT_INVALID new_total_capital"},
        row{R"({"operation":"deposit","amount":1,"amount":2,"new_total_capital":6})",
            "400 VALIDATION_ERROR amount"},
        row{"", "400 VALIDATION_ERROR body"}})
    EXPECT_EQ(told(post("/cap-2/capital", body)), said) << body;
  for (auto key : {"", "a b", "\xc3\xa4"})
    EXPECT_EQ(told(say_.capital("cap-2", "deposit", "1", keyed(key))),
              "400 VALIDATION_ERROR Idempotency-Key")
        << key;
  EXPECT_EQ(told(say_.capital("cap-2", "deposit", "1", keyed(std::string(129, 'k')))),
            "400 VALIDATION_ERROR Idempotency-Key");
  EXPECT_EQ(told(say_.capital("cap-2", "deposit", "1", keyed("a") + keyed("b"))),
            "400 VALIDATION_ERROR Idempotency-Key");
  EXPECT_EQ(say_.capital("cap-2", "deposit", "1", keyed(std::string(128, 'k'))).status, 200);
  EXPECT_EQ(say_.balance("cap-2"), "6.00");
  EXPECT_EQ(told(say_.capital("cap-2", "deposit", "999999999999.99999999", keyed("much"))),
            "400 AMOUNT_INVALID");
}

TEST_F(engine_accounts, pause_resume_and_close) {
  say_.open("life", "20");
  EXPECT_EQ(json::parse(post("/life/pause").body)["status"], "paused");
  EXPECT_EQ(post("/life/pause", R"({"reason":"holiday"})").status, 200);
  EXPECT_EQ(told(post("/life/pause", "{")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(say_.capital("life", "deposit", "1", {}, "21")), "409 ACCOUNT_PAUSED");
  EXPECT_EQ(say_.capital("life", "withdrawal", "1", {}, "19").status, 200); // the way out is open
  EXPECT_EQ(json::parse(post("/life/resume").body)["status"], "active");
  const auto closed = post("/life/close");
  EXPECT_EQ(json::parse(closed.body)["status"], "closed");
  EXPECT_EQ(json::parse(closed.body)["balance"], "0.00"); // paid out
  EXPECT_EQ(post("/life/close").body, closed.body);
  EXPECT_EQ(told(post("/life/close", "", keyed("another"))), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(post("/life/resume")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(told(say_.capital("life", "deposit", "1", {}, "1")), "409 ACCOUNT_CLOSED");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(engine_accounts, nobody_opened_are_404_and_wallets_are_none) {
  EXPECT_EQ(say_.admin("POST", "/admin/wallets/ann/fund", R"({"amount":1})", keyed("f")).status,
            200);
  for (const auto& id : {std::string{"nobody"}, std::string{"wallet:ann"}, std::string{"a%20b"},
                         std::string(129, 'x')}) {
    for (auto path : {"/pause", "/resume", "/close"})
      EXPECT_EQ(told(post('/' + id + path)), "404 NOT_FOUND") << id << path;
    EXPECT_EQ(told(say_.capital(id, "deposit", "1", keyed("k"))), "404 NOT_FOUND") << id;
    for (auto path : {"/status", "/trades", "/performance"})
      EXPECT_EQ(told(get('/' + id + path)), "404 NOT_FOUND") << id << path;
  }
  EXPECT_EQ(told(say_.engine("GET", "/api/v1/agents/wallet:ann/config")), "404 NOT_FOUND");
}

TEST_F(engine_accounts, show_what_they_were) {
  node own;
  money_client say{own};
  say.open("past", "10");
  *own.clock_us += 60'000'000;
  say.capital("past", "deposit", "5", keyed("k"));
  EXPECT_EQ(say.balance("past"), "15.00");
  const auto then = say.status("past", "?as_of=2026-01-05T10:30:59Z");
  EXPECT_EQ(json::parse(then.body)["balance"], "10.00") << then.body;
  EXPECT_EQ(json::parse(then.body)["version"], 1);
  EXPECT_EQ(json::parse(say.status("past", "?as_of=2026-01-05T11:31:00%2B01:00").body)["balance"],
            "15.00");
  EXPECT_EQ(told(say.status("past", "?as_of=2026-01-05T10:29:59Z")), "404 NOT_FOUND");
  EXPECT_EQ(told(say.status("past", "?as_of=yesterday")), "400 VALIDATION_ERROR as_of");
}

TEST_F(engine_accounts, list_each_trade_once_with_the_newest_that_is_known) {
  say_.open("trades", "100");
  EXPECT_EQ(get("/trades/trades").body, R"({"trades":[]})");
  say_.event(trade_body("trades", "t1", "", "open"));
  say_.event(trade_body("trades", "t2", "", "open"));
  say_.event(trade_body("trades", "t1", "12.5"));
  say_.event(trade_body("trades", "t3", "-2", "closed", "2026-01-04T23:59:59Z"));
  say_.event(trade_body("trades", "t3", "", "open", "2026-01-04T23:00:00Z")); // late
  const auto ids = [&](const std::string& query) {
    std::string out;
    const auto body = json::parse(get("/trades/trades" + query).body);
    for (auto& t : body["trades"])
      out += t["trade_id"].get<std::string>() + '=' + t["status"].get<std::string>() + ' ';
    return out;
  };
  EXPECT_EQ(ids(""), "t1=closed t3=closed t2=open ");
  EXPECT_EQ(ids("?status=open"), "t2=open ");
  EXPECT_EQ(ids("?status=closed&limit=1&offset=1"), "t3=closed ");
  EXPECT_EQ(ids("?start_date=2026-01-05"), "t1=closed t2=open ");
  EXPECT_EQ(ids("?end_date=2026-01-04"), "t3=closed ");
  EXPECT_EQ(ids("?start_date=2026-01-05T10:00:00Z&end_date=2026-01-05T10:00:00Z"),
            "t1=closed t2=open ");
  const auto all = json::parse(get("/trades/trades").body)["trades"];
  EXPECT_EQ(all[0].dump(),
            R"({"account_id":"trades","entry_price":"100.00","executed_at":)"
            R"("2026-01-05T10:00:00.000Z","exit_price":"101.50","profit_loss":"12.50",)"
            R"("quantity":"0.50","side":"buy","status":"closed","symbol":"BTCUSDT",)"
            R"("trade_id":"t1"})");
  EXPECT_TRUE(all[2]["exit_price"].is_null());
  EXPECT_TRUE(all[2]["profit_loss"].is_null());
  for (auto [query, field] : {std::pair{"limit=0", "limit"},
                              {"limit=10001", "limit"},
                              {"offset=-1", "offset"},
                              {"status=old", "status"},
                              {"start_date=x", "start_date"},
                              {"end_date=x", "end_date"}})
    EXPECT_EQ(told(get(std::string{"/trades/trades?"} + query)),
              std::string{"400 VALIDATION_ERROR "} + field);
}

TEST_F(engine_accounts, list_days_as_the_engine_saw_them_or_as_their_journal_makes_them) {
  node own;
  money_client say{own};
  say.open("days", "100");
  say.event(trade_body("days", "t1", "50"));
  *own.clock_us += 2 * day_ms * 1000;
  say.event(day_body("days", "2026-01-06", "150", "160.5"));
  const auto list = [&](const std::string& query) {
    return json::parse(
        say.engine("GET", "/api/v1/trading/accounts/days/performance" + query).body)["performance"];
  };
  const auto all = list("");
  ASSERT_EQ(all.size(), 2u) << all;
  EXPECT_EQ(all[0].dump(),
            R"({"account_id":"days","closing_balance":"150.00","daily_return":"50.00",)"
            R"("daily_return_percentage":null,"date":"2026-01-05","losing_trades":0,)"
            R"("opening_balance":"0.00","trades_executed":1,"winning_trades":1})");
  EXPECT_EQ(all[1]["closing_balance"], "160.50");
  EXPECT_EQ(all[1]["daily_return_percentage"].dump(), "7.0");
  EXPECT_EQ(all[1]["trades_executed"], 3);
  EXPECT_EQ(list("?start_date=2026-01-06").size(), 1u);
  EXPECT_EQ(list("?end_date=2026-01-05")[0]["date"], "2026-01-05");
  EXPECT_EQ(list("?limit=1&offset=1")[0]["date"], "2026-01-06");
  EXPECT_EQ(say.balance("days"), "160.50");
}

TEST_F(engine_accounts, have_an_agent_with_settings) {
  const auto config = [&](const std::string& id) {
    return say_.engine("GET", "/api/v1/agents/" + id + "/config");
  };
  const auto put = [&](const std::string& id, std::string_view body) {
    return say_.engine("PUT", "/api/v1/agents/" + id + "/config", body);
  };
  EXPECT_EQ(told(config("agent-1")), "404 NOT_FOUND");
  say_.open("agent-1", "1", R"(,"agent_config":{"risk": 1.10})");
  EXPECT_EQ(config("agent-1").body, R"({"risk": 1.10})");
  EXPECT_EQ(put("agent-1", R"({"risk":2})").body, R"({"risk":2})");
  // A repeated opening does not undo what was put since.
  EXPECT_EQ(say_.open("agent-1", "1", R"(,"agent_config":{"risk": 1.10})").status, 201);
  EXPECT_EQ(config("agent-1").body, R"({"risk":2})");
  say_.open("agent-2", "1");
  EXPECT_EQ(config("agent-2").body, "{}");
  EXPECT_EQ(put("other", R"({"a":1})").status, 200);
  EXPECT_EQ(config("other").body, R"({"a":1})");
  EXPECT_EQ(told(put("other", "[]")), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(put("other", R"({"a":1,"a":2})")), "400 VALIDATION_ERROR a");
  EXPECT_EQ(told(put("other", R"({"a":")" + std::string(17000, 'x') + R"("})")),
            "413 PAYLOAD_TOO_LARGE body");
  EXPECT_EQ(told(put("full", "{}")), "503 STORE_UNAVAILABLE");
  EXPECT_EQ(config("other").body, R"({"a":1})");
}

} // namespace troupe::test
