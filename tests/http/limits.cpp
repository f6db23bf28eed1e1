// Limits of plans over HTTP: how many pass, what is said to each, and what does not count.
#include "http/exchange.hpp"
#include "money.hpp"

#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <thread>

namespace troupe::test {

namespace {

constexpr utc_ms midnight = 1767571200000; // before noon

void answer_as_told(exchange& ex) {
  const auto& outcome = ex.param("outcome");
  if (outcome == "good") return ex.answer_json("{}");
  if (outcome == "throws") throw std::runtime_error("told to");
  ex.fail(outcome == "missing" ? errc::symbol_not_found : errc::store_unavailable, "told to");
}

std::vector<route> limited_routes() {
  constexpr auto user = guard_kind::user;
  return {{method::get, "/predicted/:outcome", user, limit_class::predictions, answer_as_told, ""},
          {method::get, "/signalled/:outcome", user, limit_class::signals, answer_as_told, ""},
          {method::get, "/papered/:outcome", user, limit_class::paper, answer_as_told, ""},
          {method::get, "/chatted/:outcome", user, limit_class::chat, answer_as_told, ""}};
}

class plan_limits_http : public ::testing::Test {
protected:
  static std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
  }
  std::string token(user_plan plan, const std::string& user = "ada") const {
    return own_.signer->sign_access(
        {user, "fam", "jti", user_role::user, plan, noon, noon + 15 * minute_ms});
  }
  answer ask(const std::string& path, user_plan plan = user_plan::free,
             const std::string& user = "ada") {
    return http_.say("GET", path, "", bearer(token(plan, user)));
  }
  json usage(user_plan plan = user_plan::free) {
    return json::parse(ask("/api/ml/usage", plan).body)["data"];
  }

  node own_{{}, {1000, 100}, std::chrono::milliseconds{1900}, limited_routes()};
  client http_{own_.port()};
};

TEST_F(plan_limits_http, every_answer_says_what_is_left_and_the_one_too_many_is_429) {
  for (int left = 2; left >= 0; --left) {
    const auto a = ask("/predicted/good");
    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(a.header("RateLimit-Limit"), "3");
    EXPECT_EQ(a.header("RateLimit-Remaining"), std::to_string(left));
    const auto until_midnight = std::to_string((midnight + day_ms - noon) / second_ms);
    EXPECT_EQ(a.header("RateLimit-Reset"), until_midnight);
    EXPECT_EQ(a.header("RateLimit-Policy"), R"("predictions";q=3;w=86400)");
    EXPECT_EQ(a.header("RateLimit"),
              R"("predictions";r=)" + std::to_string(left) + ";t=" + until_midnight);
    EXPECT_EQ(a.header("Retry-After"), "");
  }
  const auto a = ask("/predicted/good");
  EXPECT_EQ(told(a), "429 RATE_LIMITED");
  const auto error = json::parse(a.body)["error"];
  EXPECT_EQ(error["message"], "Rate limit exceeded");
  EXPECT_EQ(error["limit"], 3);
  EXPECT_EQ(error["remaining"], 0);
  EXPECT_EQ(error["resetAt"], "2026-01-06T00:00:00.000Z");
  EXPECT_EQ(error["upgradeUrl"], "/subscription/upgrade");
  EXPECT_EQ(a.header("Retry-After"), a.header("RateLimit-Reset"));
  EXPECT_EQ(a.header("RateLimit-Remaining"), "0");
  EXPECT_EQ(own_.counts->rate_limited, 1u);
  EXPECT_EQ(ask("/signalled/good").status, 200) << "counted apart";
  EXPECT_EQ(ask("/predicted/good", user_plan::free, "bob").status, 200) << "of another user";
  *own_.clock_us += 14 * hour_ms * 1000;
  const auto tomorrow =
      own_.signer->sign_access({"ada", "fam", "jti", user_role::user, user_plan::free,
                                noon + 14 * hour_ms, noon + 15 * hour_ms});
  EXPECT_EQ(http_.say("GET", "/predicted/good", "", bearer(tomorrow)).status, 200);
}

TEST_F(plan_limits_http, an_answer_that_failed_does_not_count) {
  for (int i = 0; i < 5; ++i) {
    const auto missing = ask("/predicted/missing");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.header("RateLimit-Remaining"), "3");
    EXPECT_EQ(ask("/predicted/broken").status, 503);
    EXPECT_EQ(ask("/predicted/throws").status, 500);
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("/predicted/good").status, 200);
  EXPECT_EQ(ask("/predicted/missing").status, 429) << "nothing is left to ask with";
  EXPECT_EQ(usage()["usage"]["predictions"]["used"], 3);
}

TEST_F(plan_limits_http, what_was_answered_well_is_not_given_back_by_a_later_mistake) {
  EXPECT_EQ(ask("/predicted/good").status, 200);
  http_.send("NONSENSE\r\n\r\n");
  EXPECT_EQ(http_.read_answer().status, 400);
  client other{own_.port()};
  const auto seen = other.say("GET", "/api/ml/usage", "", bearer(token(user_plan::free)));
  EXPECT_EQ(json::parse(seen.body)["data"]["usage"]["predictions"]["used"], 1);
}

TEST_F(plan_limits_http, usage_tells_the_day_s_counts_and_costs_nothing) {
  ask("/predicted/good", user_plan::basic);
  ask("/predicted/good", user_plan::basic);
  ask("/signalled/good", user_plan::basic);
  for (int i = 0; i < 20; ++i) usage();
  const auto a = ask("/api/ml/usage", user_plan::basic);
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.header("RateLimit-Limit"), "");
  const auto body = json::parse(a.body);
  EXPECT_TRUE(body["success"]);
  EXPECT_EQ(body["data"], json::parse(R"({"plan":"basic","usage":{
    "predictions":{"used":2,"limit":10,"remaining":8},
    "signals":{"used":1,"limit":10,"remaining":9},
    "indicators":{"used":0,"limit":50,"remaining":50}},
    "resetAt":"2026-01-06T00:00:00.000Z"})"));
  EXPECT_EQ(http_.say("GET", "/api/ml/usage", "").status, 401);
}

TEST_F(plan_limits_http, minutes_end_and_what_is_unlimited_says_nothing) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask("/papered/good").status, 200);
  const auto a = ask("/papered/good");
  EXPECT_EQ(a.status, 429);
  EXPECT_EQ(a.header("Retry-After"), "60");
  EXPECT_EQ(a.header("RateLimit-Policy"), R"("paper";q=10;w=60)");
  *own_.clock_us += minute_ms * 1000;
  EXPECT_EQ(ask("/papered/good").status, 200);
  const auto free = ask("/chatted/good", user_plan::premium);
  EXPECT_EQ(free.status, 200);
  EXPECT_EQ(free.header("RateLimit-Limit"), "");
}

TEST_F(plan_limits_http, of_many_at_once_exactly_as_many_pass_as_the_plan_allows) {
  std::atomic<int> passed{0}, refused{0};
  std::vector<std::thread> askers;
  const auto head =
      "GET /predicted/good HTTP/1.1\r\nHost: a\r\n" + bearer(token(user_plan::basic)) + "\r\n";
  for (int c = 0; c < 8; ++c)
    askers.emplace_back([&] {
      client http{own_.port()};
      std::string burst;
      for (int i = 0; i < 50; ++i) burst += head;
      http.send(burst);
      for (int i = 0; i < 50; ++i) {
        const auto a = http.read_answer();
        passed += a.status == 200 ? 1 : 0;
        refused += a.status == 429 ? 1 : 0;
      }
    });
  for (auto& t : askers) t.join();
  EXPECT_EQ(passed, 10);
  EXPECT_EQ(refused, 390);
}

TEST_F(plan_limits_http, without_a_limiter_nothing_hangs_and_nothing_passes_uncounted) {
  caf::anon_send_exit(own_.limiter, caf::exit_reason::kill);
  answer a;
  for (int i = 0; i < 1000 && a.status != 503; ++i) // until it is gone
    a = ask("/predicted/good", user_plan::premium);
  EXPECT_EQ(told(a), "503 BUSY");
  EXPECT_EQ(a.header("Retry-After"), "1");
}

TEST_F(plan_limits_http, who_has_no_token_counts_against_the_address) {
  node strict{{}, {3, 100}, std::chrono::milliseconds{1900}, limited_routes()};
  client http{strict.port()};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(http.say("GET", "/predicted/good", "").status, 401);
  const auto a = http.say("GET", "/predicted/good", "");
  EXPECT_EQ(a.status, 429);
  EXPECT_EQ(a.header("RateLimit-Policy"), R"("address";q=3;w=60)");
}

// Two servers that share who counts, as two nodes share a Redis.
struct shared_limits_http : ::testing::Test {
  shared_limits_http() {
    auto gate = n.make_gateway();
    gate.shares_limits = true;
    server_options options;
    options.port = 0;
    options.guard.per_minute = 1000; // of one node alone
    here.emplace(n.system, options);
    there.emplace(n.system, options);
    ports[0] = here->start(gate).port;
    ports[1] = there->start(gate).port;
  }
  answer say(int which, std::string_view verb, const std::string& path,
             const std::string& headers = "", const std::string& body = "") {
    return client{ports[which % 2]}.say(verb, path, body, headers);
  }
  std::map<int, int> statuses(int count, std::string_view verb, const std::string& path,
                              const std::string& headers = "", const std::string& body = "") {
    std::map<int, int> out;
    for (int i = 0; i < count; ++i) ++out[say(i, verb, path, headers, body).status];
    return out;
  }

  node n;
  std::optional<server> here, there;
  std::uint16_t ports[2] = {0, 0};
};

TEST_F(shared_limits_http, an_address_has_one_minute_at_all_nodes_together) {
  EXPECT_EQ(statuses(110, "GET", "/api/stats"), (std::map<int, int>{{401, 100}, {429, 10}}));
  const auto a = say(1, "GET", "/api/stats");
  EXPECT_EQ(told(a), "429 RATE_LIMITED");
  EXPECT_EQ(a.header("RateLimit-Policy"), R"("address";q=100;w=60)");
  EXPECT_EQ(a.header("RateLimit-Remaining"), "0");
  EXPECT_EQ(a.header("Retry-After"), "60");
  EXPECT_EQ(json::parse(a.body)["error"]["resetAt"], "2026-01-05T10:31:00.000Z");
  EXPECT_EQ(say(0, "GET", "/health").status, 200) << "probes are not counted";
  EXPECT_EQ(say(0, "GET", "/api/stats", "X-API-Key: secret\r\n").status, 200)
      << "nor is who has a key";
  *n.clock_us += minute_ms * 1000;
  EXPECT_EQ(say(1, "GET", "/api/stats").header("RateLimit-Remaining"), "99");
}

TEST_F(shared_limits_http, public_paths_guessed_keys_and_bad_signatures_count_in_it) {
  EXPECT_EQ(statuses(40, "POST", "/auth/refresh", "", R"({"refresh_token":"x"})"),
            (std::map<int, int>{{401, 40}}));
  EXPECT_EQ(statuses(40, "GET", "/auth/me", "X-API-Key: trp_guess\r\n"),
            (std::map<int, int>{{401, 40}}));
  EXPECT_EQ(statuses(40, "POST", "/webhooks/ml-engine", "X-ML-Signature: 00\r\n", "{}"),
            (std::map<int, int>{{401, 20}, {429, 20}}));
  EXPECT_EQ(say(0, "GET", "/auth/me", "X-API-Key: trp_guess\r\n").status, 429);
  EXPECT_EQ(say(1, "POST", "/auth/refresh", "", R"({"refresh_token":"x"})").status, 429);
}

TEST_F(shared_limits_http, without_who_counts_for_all_a_node_counts_by_itself) {
  caf::anon_send_exit(n.limiter, caf::exit_reason::kill);
  EXPECT_EQ(statuses(110, "GET", "/api/stats"), (std::map<int, int>{{401, 110}}));
  EXPECT_EQ(say(0, "GET", "/api/stats").header("RateLimit-Limit"), "1000");
}

TEST_F(plan_limits_http, too_many_logins_are_told_in_the_same_words) {
  answer a;
  for (int i = 0; i < 6; ++i)
    a = http_.say("POST", "/auth/login", R"({"email":"eve@example.com","password":"wrong horse"})");
  EXPECT_EQ(told(a), "429 RATE_LIMITED");
  const auto error = json::parse(a.body)["error"];
  EXPECT_EQ(error["limit"], 5);
  EXPECT_EQ(error["remaining"], 0);
  EXPECT_EQ(error["resetAt"], "2026-01-05T10:31:00.000Z");
  EXPECT_EQ(a.header("Retry-After"), "60");
  EXPECT_EQ(a.header("RateLimit-Policy"), R"("logins";q=5;w=60)");
}

} // namespace

} // namespace troupe::test
