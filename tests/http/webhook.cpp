// What the ML engine reports: signatures, the four events, repeats, and what becomes of the rest.
#include "money.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>

namespace troupe::test {

class webhook : public ::testing::Test {
protected:
  node own_{{}, {8, 100}};
  money_client say_{own_};

  answer post(std::string_view body, const std::string& headers) {
    return say_.http.say("POST", "/webhooks/ml-engine", body, headers);
  }
  json letters() {
    return json::parse(say_.admin("GET", "/admin/dead-letters").body)["dead_letters"];
  }
  answer replay(int id) {
    return say_.admin("POST", "/admin/dead-letters/" + std::to_string(id) + "/replay");
  }
  std::string outcome(int id) {
    const auto body = json::parse(replay(id).body);
    return body["outcome"].get<std::string>() + (body["replayed"] ? ", replayed" : "");
  }
};

TEST(signature, is_an_hmac_in_hex) {
  signature_check known{"key"}; // the published example of HMAC-SHA256
  const std::string_view text = "The quick brown fox jumps over the lazy dog";
  const std::string hex = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
  EXPECT_EQ(known.sign(text), hex);
  auto upper = hex;
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  for (int round = 0; round < 3; ++round) { // the context is used again
    EXPECT_TRUE(known.valid(text, hex));
    EXPECT_TRUE(known.valid(text, upper));
    EXPECT_TRUE(known.valid(text, "sha256=" + hex));
    EXPECT_FALSE(known.valid("The quick brown fox", hex));
  }
  for (std::size_t i = 0; i < hex.size(); ++i) {
    auto flipped = hex;
    flipped[i] = flipped[i] == '0' ? '1' : '0';
    EXPECT_FALSE(known.valid(text, flipped)) << i;
  }
  for (auto wrong : {std::string{}, hex.substr(1), hex + '0', " " + hex, "sha1=" + hex,
                     "sha256=sha256=" + hex, std::string(64, 'g')})
    EXPECT_FALSE(known.valid(text, wrong)) << wrong;
  EXPECT_FALSE(signature_check{"Key"}.valid(text, hex));
  signature_check none{""};
  EXPECT_EQ(none.sign(text), "");
  EXPECT_FALSE(none.valid(text, hex));
  EXPECT_FALSE(none.valid("", ""));
}

TEST_F(webhook, without_its_signature_changes_nothing) {
  say_.open("a", "100");
  const auto body = trade_body("a", "t1", "5");
  signature_check hush{"hush"}, other{"other"};
  auto flipped = body;
  flipped[flipped.find("\"5") == flipped.npos ? 20 : 20] ^= 1;
  const auto spaced = json::parse(body).dump(1); // the same JSON, other bytes
  struct row {
    std::string body, headers;
  };
  for (const auto& [sent, headers] :
       {row{body, ""}, row{body, "X-ML-Signature: \r\n"}, row{body, engine_key},
        row{body, "X-ML-Signature: " + other.sign(body) + "\r\n"},
        row{flipped, "X-ML-Signature: " + hush.sign(body) + "\r\n"},
        row{spaced, "X-ML-Signature: " + hush.sign(body) + "\r\n"},
        row{"{", "X-ML-Signature: " + hush.sign(body) + "\r\n"}}) {
    const auto a = post(sent, headers);
    EXPECT_EQ(told(a), "401 UNAUTHORIZED");
    EXPECT_EQ(a.header("RateLimit-Limit"), "8");
  }
  EXPECT_EQ(say_.balance("a"), "100.00");
  EXPECT_EQ(letters().size(), 0u);
  EXPECT_EQ(own_.counts->webhooks.load(), 0u);
}

TEST_F(webhook, a_trade_is_booked_once_whichever_account_it_names) {
  say_.open("a", "100");
  say_.open("b", "100");
  EXPECT_EQ(say_.event(trade_body("a", "t1", "5")).status, 200);
  EXPECT_EQ(insist([&] { return say_.event(trade_body("b", "t1", "5")); }).status, 202);
  EXPECT_EQ(say_.event(trade_body("a", "t1", "5")).body, received);
  EXPECT_EQ(say_.balance("a"), "105.00");
  insist([&] { return say_.status("b"); });
  EXPECT_EQ(say_.balance("b"), "100.00");
  EXPECT_EQ(letters().size(), 1u);
}

TEST_F(webhook, floods_are_limited_and_the_engine_is_not) {
  say_.open("a", "100");
  int refused = 0, limited = 0;
  for (int i = 0; i < 20; ++i) {
    client stranger{own_.port()};
    const auto a = stranger.say("POST", "/webhooks/ml-engine", "{}", "X-ML-Signature: 00\r\n");
    ++(a.status == 401 ? refused : limited);
    if (a.status != 429) continue;
    EXPECT_EQ(told(a), "429 RATE_LIMITED");
    EXPECT_NE(a.header("Retry-After"), "");
    EXPECT_TRUE(stranger.at_end()); // a new connection each time
  }
  // The window may have turned once on the way.
  EXPECT_GE(limited, 4) << refused;
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(say_.event(trade_body("a", "t" + std::to_string(i), "1")).status, 200);
  EXPECT_EQ(say_.balance("a"), "120.00");
}

TEST_F(webhook, a_trade_moves_the_balance_once) {
  say_.open("a", "100");
  const auto body = trade_body("a", "t1", "-10.123456785");
  for (int i = 0; i < 3; ++i) {
    const auto a = say_.event(body);
    EXPECT_EQ(a.status, 200) << a.body;
    EXPECT_EQ(a.body, received);
  }
  EXPECT_EQ(say_.balance("a"), "89.87654322"); // half to even
  EXPECT_EQ(say_.event(trade_body("a", "t2", "", "open")).status, 200);
  EXPECT_EQ(say_.balance("a"), "89.87654322");
  EXPECT_EQ(say_.event(trade_body("a", "t2", "1")).status, 200); // its close is another event
  EXPECT_EQ(say_.balance("a"), "90.87654322");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(webhook, the_same_key_with_other_content_is_a_dead_letter) {
  say_.open("a", "100");
  EXPECT_EQ(say_.event(trade_body("a", "t1", "5")).status, 200);
  const auto other = say_.event(trade_body("a", "t1", "6"));
  EXPECT_EQ(other.status, 202);
  EXPECT_EQ(other.body, R"({"received":true,"dead_letter":1})");
  EXPECT_EQ(say_.balance("a"), "105.00");
  EXPECT_EQ(letters()[0]["body"], trade_body("a", "t1", "6"));
  EXPECT_EQ(letters()[0]["reason"].get<std::string>().substr(0, 21), "IDEMPOTENCY_CONFLICT:");
  EXPECT_EQ(outcome(1), "refused");
  EXPECT_EQ(letters()[0]["replayed"], false);
}

TEST_F(webhook, a_day_sets_the_balance_by_an_adjusting_entry) {
  say_.open("a", "100");
  EXPECT_EQ(say_.event(day_body("a", "2026-01-05", "100", "110.5")).body, received);
  EXPECT_EQ(say_.balance("a"), "110.50");
  EXPECT_EQ(say_.event(day_body("a", "2026-01-05", "100", "110.5")).body, received);
  EXPECT_EQ(say_.balance("a"), "110.50");
  EXPECT_EQ(say_.event(day_body("a", "2026-01-05", "100", "111")).status, 202);
  EXPECT_EQ(say_.event(day_body("a", "2027-01-05", "100", "111")).status, 202); // has not begun
  EXPECT_EQ(say_.balance("a"), "110.50");
  EXPECT_EQ(say_.difference(), "0.00");
}

TEST_F(webhook, events_may_come_out_of_order) {
  say_.open("a", "100");
  EXPECT_EQ(say_.event(trade_body("a", "t1", "5")).status, 200);
  EXPECT_EQ(say_.event(trade_body("a", "t1", "", "open")).status, 200);
  EXPECT_EQ(say_.balance("a"), "105.00");
  *own_.clock_us += day_ms * 1000; // the day of the trades is over when its performance comes
  EXPECT_EQ(say_.event(day_body("a", "2026-01-05", "100", "108")).status, 200);
  EXPECT_EQ(say_.event(trade_body("a", "t2", "3")).status, 200); // is part of those 108
  EXPECT_EQ(say_.balance("a"), "108.00");
}

TEST_F(webhook, a_balance_is_adjusted_once_per_event) {
  say_.open("a", "100");
  EXPECT_EQ(say_.event(balance_body("a", "90", "e1")).status, 200);
  say_.capital("a", "deposit", "5", keyed("k"));
  EXPECT_EQ(say_.event(balance_body("a", "90", "e1")).status, 200);
  EXPECT_EQ(say_.balance("a"), "95.00");
  EXPECT_EQ(say_.event(balance_body("a", "80", "e1")).status, 202);
  EXPECT_EQ(say_.event(balance_body("a", "70")).status, 200); // by the hash of its body
  say_.capital("a", "deposit", "5", keyed("k2"));
  EXPECT_EQ(say_.event(balance_body("a", "70")).status, 200);
  EXPECT_EQ(say_.balance("a"), "75.00");
}

TEST_F(webhook, a_critical_error_stops_the_account_until_an_admin_resets_it) {
  say_.open("a", "100");
  EXPECT_EQ(say_.event(error_body("a", "timeout")).status, 200);
  EXPECT_EQ(json::parse(say_.status("a").body)["status"], "active");
  EXPECT_EQ(say_.event(error_body("a", "critical")).status, 200);
  EXPECT_EQ(say_.event(error_body("a", "critical")).status, 200);
  const auto stopped = json::parse(say_.status("a").body);
  EXPECT_EQ(stopped["status"], "paused");
  EXPECT_EQ(stopped["breaker"],
            json::parse(R"({"state":"open","cause":"critical_error","until":null})"));
  EXPECT_EQ(told(say_.engine("POST", "/api/v1/trading/accounts/a/resume")), "409 BREAKER_OPEN");
  const auto reset = "/admin/accounts/a/breaker/reset";
  EXPECT_EQ(told(say_.admin("POST", reset)), "400 VALIDATION_ERROR body");
  EXPECT_EQ(told(say_.admin("POST", reset, R"({"reason":""})")), "400 VALIDATION_ERROR reason");
  const auto a = say_.admin("POST", reset, R"({"reason":"broker is back"})");
  EXPECT_EQ(json::parse(a.body)["status"], "active") << a.body;
  EXPECT_EQ(json::parse(a.body)["breaker"]["state"], "closed");
  EXPECT_EQ(told(say_.admin("POST", reset, R"({"reason":"again"})")), "400 VALIDATION_ERROR");
}

TEST_F(webhook, what_no_account_takes_is_kept_and_can_be_replayed) {
  const auto body = trade_body("late", "t1", "5");
  EXPECT_EQ(say_.event(body).status, 202); // nobody opened it
  say_.open("a", "100");
  EXPECT_EQ(say_.event(trade_body("a", "t1", "-100.00000001")).status, 202); // below zero
  say_.engine("POST", "/api/v1/trading/accounts/a/close");
  EXPECT_EQ(say_.event(trade_body("a", "t2", "5")).status, 202);
  EXPECT_EQ(say_.event(trade_body("wallet:ann", "t3", "5")).status, 202);
  const auto all = letters();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].dump(),
            R"({"at":"2026-01-05T10:30:00.000Z","body":)" + json(body).dump()
                + R"(,"id":1,"reason":"NOT_FOUND: no such account","replayed":false,)"
                + R"("source":"ml-engine"})");
  EXPECT_EQ(all[1]["reason"], "INSUFFICIENT_FUNDS: insufficient funds");
  EXPECT_EQ(all[2]["reason"], "ACCOUNT_CLOSED: the account is closed");
  EXPECT_EQ(own_.counts->dead_letters.load(), 4u);
  EXPECT_EQ(outcome(1), "refused");
  say_.open("late", "10");
  EXPECT_EQ(outcome(1), "applied, replayed");
  EXPECT_EQ(outcome(1), "repeated, replayed");
  EXPECT_EQ(say_.balance("late"), "15.00");
  EXPECT_EQ(letters()[0]["replayed"], true);
  EXPECT_EQ(outcome(2), "refused");
  EXPECT_EQ(told(replay(5)), "404 NOT_FOUND");
  EXPECT_EQ(told(replay(0)), "404 NOT_FOUND");
  EXPECT_EQ(told(say_.admin("POST", "/admin/dead-letters/x/replay")), "404 NOT_FOUND");
}

TEST_F(webhook, a_letter_that_was_to_leave_is_not_taken_for_an_event) {
  say_.open("a", "100");
  dead_letter left;
  left.source = "outbox:ml-engine";
  left.body = trade_body("a", "t1", "5");
  caf::scoped_actor self{own_.system};
  self->request(own_.journal, std::chrono::seconds{10}, put_dead_letter{left})
      .receive([](std::uint64_t) {}, [](const caf::error&) { FAIL(); });
  EXPECT_EQ(outcome(1), "not_ours");
  EXPECT_EQ(say_.balance("a"), "100.00");
}

TEST_F(webhook, dead_letters_are_listed_page_by_page) {
  for (int i = 0; i < 5; ++i) say_.event(trade_body("none", "t" + std::to_string(i), "1"));
  const auto page = [&](const std::string& query) {
    const auto body = json::parse(say_.admin("GET", "/admin/dead-letters?" + query).body);
    std::string out;
    for (auto& l : body["dead_letters"]) out += std::to_string(l["id"].get<int>()) + ' ';
    return out + body["next_after"].dump();
  };
  EXPECT_EQ(page("limit=2"), "1 2 2");
  EXPECT_EQ(page("limit=2&after=2"), "3 4 4");
  EXPECT_EQ(page("limit=2&after=4"), "5 null");
  EXPECT_EQ(page("after=5"), "null");
  for (auto query : {"limit=0", "limit=1001", "limit=x"})
    EXPECT_EQ(told(say_.admin("GET", std::string{"/admin/dead-letters?"} + query)),
              "400 VALIDATION_ERROR limit");
  EXPECT_EQ(told(say_.admin("GET", "/admin/dead-letters?after=-1")), "400 VALIDATION_ERROR after");
}

TEST_F(webhook, malformed_events_are_refused_and_not_kept) {
  say_.open("a", "100");
  const auto without = [](std::string body, const std::string& field) {
    auto parsed = json::parse(body);
    parsed["data"].erase(field);
    return parsed.dump();
  };
  for (auto body :
       {"", "{", "[]", "{}", R"({"event_type":"trade.executed"})",
        R"({"event_type":"trade.executed","data":7})", R"({"event_type":"","event_id":"a b"})"})
    EXPECT_EQ(told(say_.event(body)).substr(0, 20), "400 VALIDATION_ERROR") << body;
  for (auto field : {"trade_id", "account_id", "symbol", "side", "quantity", "entry_price",
                     "profit_loss", "status", "executed_at"})
    EXPECT_EQ(told(say_.event(without(trade_body("a", "t", "1"), field))),
              std::string{"400 VALIDATION_ERROR "} + field);
  for (auto field : {"date", "opening_balance", "closing_balance", "daily_return",
                     "trades_executed", "winning_trades", "losing_trades"})
    EXPECT_EQ(told(say_.event(without(day_body("a", "2026-01-05", "1", "1"), field))),
              std::string{"400 VALIDATION_ERROR "} + field);
  for (auto field : {"new_balance", "reason"})
    EXPECT_EQ(told(say_.event(without(balance_body("a", "1"), field))),
              std::string{"400 VALIDATION_ERROR "} + field);
  EXPECT_EQ(told(say_.event(trade_body("a", "t", "1e999"))), "400 VALIDATION_ERROR profit_loss");
  EXPECT_EQ(letters().size(), 0u);
  EXPECT_EQ(say_.balance("a"), "100.00");
}

TEST_F(webhook, an_unknown_type_is_taken_and_logged) {
  EXPECT_EQ(say_.event(R"({"event_type":"account.renamed","data":{"x":1}})").body, received);
  EXPECT_EQ(own_.counts->webhooks_unknown.load(), 1u);
  EXPECT_EQ(own_.logged.load(), 1);
  EXPECT_EQ(letters().size(), 0u);
}

TEST_F(webhook, is_to_be_repeated_while_the_store_is_away) {
  say_.open("a", "100");
  int trade = 0;
  for (auto fault :
       {&journal_faults::before, &journal_faults::after}) { // not kept; kept in silence
    const auto body = trade_body("a", "t" + std::to_string(++trade), "5");
    (*own_.faults).*fault = 1;
    EXPECT_EQ(told(say_.event(body)), "503 STORE_UNAVAILABLE");
    EXPECT_EQ(insist([&] { return say_.event(body); }).body, received);
  }
  EXPECT_EQ(say_.balance("a"), "110.00");
  own_.gate->letters_fail = true;
  EXPECT_EQ(told(say_.event(trade_body("none", "t1", "5"))), "503 STORE_UNAVAILABLE");
  own_.gate->letters_fail = false;
  EXPECT_EQ(say_.event(trade_body("none", "t1", "5")).status, 202);
}

} // namespace troupe::test
