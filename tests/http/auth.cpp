// Users over HTTP: what each route of /auth and of /admin says of them, and who may not pass.
#include "money.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

constexpr const char* ada = R"({"email":"ada@example.com","password":"correct horse",)"
                            R"("firstName":"Ada","lastName":"Lovelace"})";

class auth_routes : public ::testing::Test {
protected:
  answer post(const std::string& path, const std::string& body, const std::string& token = "") {
    return say_.http.say("POST", path, body, bearer(token));
  }
  static std::string bearer(const std::string& token) {
    return token.empty() ? "" : "Authorization: Bearer " + token + "\r\n";
  }
  static json data(const answer& a) { return json::parse(a.body)["data"]; }
  json enrol() { return data(post("/auth/register", ada)); }
  answer login(const std::string& password = "correct horse", const std::string& more = "") {
    return post("/auth/login",
                R"({"email":"ada@example.com","password":")" + password + '"' + more + "}");
  }
  std::string token(user_role role, utc_ms at = noon, const std::string& user = "id7") const {
    return own_.signer->sign_access(
        {user, "fam", "jti", role, user_plan::free, at, at + 15 * minute_ms});
  }
  void wait(utc_ms ms) { *own_.clock_us += ms * 1000; }

  node own_{{}, {1000, 100}};
  money_client say_{own_};
};

TEST_F(auth_routes, a_user_registers_logs_in_and_is_known) {
  const auto made = post("/auth/register", ada);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.header("Cache-Control"), "no-store");
  const auto body = json::parse(made.body);
  EXPECT_TRUE(body["success"]);
  EXPECT_FALSE(body["metadata"]["requestId"].get<std::string>().empty());
  EXPECT_FALSE(body["metadata"]["cached"]);
  EXPECT_EQ(body["data"]["tokens"]["expires_in"], 900);
  EXPECT_EQ(made.body.find("correct horse"), std::string::npos);
  EXPECT_EQ(made.body.find("hash"), std::string::npos);
  const auto again = login();
  EXPECT_EQ(again.status, 200);
  const auto me =
      say_.http.say("GET", "/auth/me", "", bearer(data(again)["tokens"]["access_token"]));
  EXPECT_EQ(me.status, 200);
  const auto who = data(me)["user"];
  EXPECT_EQ(who["email"], "ada@example.com");
  EXPECT_EQ(who["role"], "user");
  EXPECT_EQ(who["plan"], "free");
  EXPECT_EQ(who["kyc_status"], "none");
}

TEST_F(auth_routes, a_body_sets_nothing_that_is_not_its_own) {
  const auto made =
      post("/auth/register",
           R"({"email":"eve@example.com","password":"correct horse","firstName":"E",)"
           R"("lastName":"V","role":"admin","plan":"premium","kyc_status":"approved",)"
           R"("id":"me","two_factor_enabled":true})");
  const auto who = data(made)["user"];
  EXPECT_EQ(who["role"], "user");
  EXPECT_EQ(who["plan"], "free");
  EXPECT_EQ(who["kyc_status"], "none");
  EXPECT_NE(who["id"], "me");
}

TEST_F(auth_routes, no_body_says_who_asks) {
  const auto mine = enrol();
  const auto id = mine["user"]["id"].get<std::string>();
  const auto eve = data(post("/auth/register",
                             R"({"email":"eve@example.com","password":"eves horse",)"
                             R"("firstName":"E","lastName":"V"})"))["tokens"]["access_token"];
  const auto as_me = R"(,"user":")" + id + R"(","user_id":")" + id + R"(","id":")" + id + "\"}";
  EXPECT_EQ(post("/auth/api-keys", R"({"name":"bot","scopes":"signals")" + as_me, eve).status, 201);
  const auto keys =
      say_.http.say("GET", "/auth/api-keys", "", bearer(mine["tokens"]["access_token"]));
  EXPECT_TRUE(data(keys)["api_keys"].empty());
  EXPECT_EQ(post("/auth/password", R"({"current":"eves horse","new":"another horse")" + as_me, eve)
                .status,
            200);
  EXPECT_EQ(login().status, 200) << "as before";
  EXPECT_EQ(told(post("/auth/password", R"({"current":"x","new":"short"})", eve)),
            "400 VALIDATION_ERROR new");
}

TEST_F(auth_routes, what_is_wrong_is_named) {
  EXPECT_EQ(told(post("/auth/register", "{}")), "400 VALIDATION_ERROR email");
  EXPECT_EQ(told(post("/auth/register",
                      R"({"email":"x","password":"correct horse",)"
                      R"("firstName":"A","lastName":"B"})")),
            "400 VALIDATION_ERROR email");
  EXPECT_EQ(told(post("/auth/register",
                      R"({"email":"a@b.cc","password":"short",)"
                      R"("firstName":"A","lastName":"B"})")),
            "400 VALIDATION_ERROR password");
  EXPECT_EQ(told(post("/auth/login", R"({"email":7,"password":"x"})")),
            "400 VALIDATION_ERROR email");
  EXPECT_EQ(told(post("/auth/refresh", "nonsense")), "400 VALIDATION_ERROR body");
  enrol();
  EXPECT_EQ(told(post("/auth/register", ada)), "409 EMAIL_TAKEN");
}

TEST_F(auth_routes, a_wrong_password_and_an_unknown_user_sound_the_same) {
  enrol();
  auto known = json::parse(login("wrong password").body);
  auto unknown = json::parse(
      post("/auth/login", R"({"email":"bob@example.com","password":"wrong password"})").body);
  known["error"].erase("requestId");
  unknown["error"].erase("requestId");
  EXPECT_EQ(known, unknown);
  EXPECT_EQ(known["error"]["code"], "UNAUTHORIZED");
}

TEST_F(auth_routes, the_sixth_login_of_a_minute_waits) {
  enrol();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(told(login("wrong password")), "401 UNAUTHORIZED");
  const auto a = login();
  EXPECT_EQ(told(a), "429 RATE_LIMITED") << "the registration counts for the address";
  EXPECT_EQ(a.header("Retry-After"), "60");
  wait(minute_ms);
  EXPECT_EQ(login().status, 200);
}

TEST_F(auth_routes, a_spent_refresh_token_ends_the_session) {
  const auto first = enrol()["tokens"]["refresh_token"].get<std::string>();
  const auto refresh = [&](const std::string& t) {
    return post("/auth/refresh", R"({"refresh_token":")" + t + "\"}");
  };
  const auto made = refresh(first);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(told(refresh(first)), "401 UNAUTHORIZED");
  EXPECT_EQ(told(refresh(data(made)["refresh_token"])), "401 UNAUTHORIZED");
  EXPECT_EQ(told(refresh(data(made)["access_token"])), "401 UNAUTHORIZED");
}

TEST_F(auth_routes, a_logout_ends_what_could_be_refreshed) {
  const auto tokens = enrol()["tokens"];
  EXPECT_EQ(post("/auth/logout", "", tokens["access_token"]).status, 200);
  EXPECT_EQ(
      told(post("/auth/refresh",
                R"({"refresh_token":")" + tokens["refresh_token"].get<std::string>() + "\"}")),
      "401 UNAUTHORIZED");
}

TEST_F(auth_routes, a_second_factor_is_set_up_proven_and_asked_for) {
  const auto access = enrol()["tokens"]["access_token"].get<std::string>();
  const auto setup = data(post("/auth/2fa/setup", "", access));
  EXPECT_EQ(setup["secret"], "SECRET");
  EXPECT_TRUE(setup.contains("otpauth_url") && setup.contains("qr_code"));
  EXPECT_EQ(told(post("/auth/2fa/verify", R"({"token":"000000"})", access)), "401 UNAUTHORIZED");
  EXPECT_EQ(data(post("/auth/2fa/verify", R"({"token":"000007"})", access)),
            json::parse(R"({"success":true})"));
  EXPECT_EQ(told(login()), "401 TOTP_REQUIRED");
  EXPECT_EQ(told(login("correct horse", R"(,"totp":"000007")")), "401 UNAUTHORIZED") << "replayed";
  EXPECT_EQ(login("correct horse", R"(,"totp":"000008")").status, 200);
}

TEST_F(auth_routes, a_key_is_shown_once_and_its_owner_revokes_it) {
  const auto access = enrol()["tokens"]["access_token"].get<std::string>();
  const auto made = post("/auth/api-keys", R"({"name":"bot","scopes":"signals market"})", access);
  EXPECT_EQ(made.status, 201);
  const auto key = data(made)["key"].get<std::string>();
  const auto id = data(made)["api_key"]["id"].get<std::string>();
  const auto listed = say_.http.say("GET", "/auth/api-keys", "", bearer(access));
  EXPECT_EQ(listed.body.find(key), std::string::npos);
  EXPECT_EQ(data(listed)["api_keys"][0]["scopes"], json({"signals", "market"}));
  const auto other = token(user_role::user, noon, "somebody");
  EXPECT_EQ(told(say_.http.say("DELETE", "/auth/api-keys/" + id, "", bearer(other))),
            "404 NOT_FOUND");
  EXPECT_EQ(say_.http.say("DELETE", "/auth/api-keys/" + id, "", bearer(access)).status, 200);
  EXPECT_EQ(told(say_.http.say("DELETE", "/auth/api-keys/" + id, "", bearer(access))),
            "404 NOT_FOUND");
  EXPECT_EQ(told(post("/auth/api-keys", R"({"name":"bot","scopes":"everything"})", access)),
            "400 VALIDATION_ERROR scopes");
}

// Every route × {nothing, a key, an expired token, a refresh token, a user's, an admin's}.
TEST_F(auth_routes, every_route_lets_in_whom_it_says) {
  const auto refresh = own_.signer->sign_refresh(
      {"id7", "fam", "jti", user_role::admin, user_plan::free, noon, noon + day_ms});
  const auto old = token(user_role::admin, noon - 16 * minute_ms);
  for (auto& r : all_routes()) {
    const bool users = r.guard == guard_kind::user, admins = r.guard == guard_kind::admin_key;
    const auto status = [&](const std::string& headers) {
      return say_.http.say(to_string(r.verb), std::string{r.pattern}, "", headers).status;
    };
    const auto passed = [](int s) { return s != 401 && s != 403; };
    const std::string path{r.pattern};
    if (users || admins) {
      EXPECT_EQ(status(""), 401) << path;
      EXPECT_EQ(status(engine_key), users ? 401 : 403) << path;
      for (auto& bad : {old, refresh, token(user_role::admin) + "x", std::string{"x"}})
        EXPECT_EQ(status(bearer(bad)), 401) << path << ' ' << bad;
      EXPECT_EQ(status("Authorization: Basic " + token(user_role::admin) + "\r\n"), 401) << path;
      EXPECT_EQ(passed(status(bearer(token(user_role::user)))), users) << path;
      EXPECT_TRUE(passed(status(bearer(token(user_role::admin))))) << path;
    } else if (r.guard == guard_kind::socket_key) {
      EXPECT_TRUE(passed(status(bearer(token(user_role::user))))) << path;
      EXPECT_EQ(status(bearer(old)), 401) << path;
    } else if (r.guard == guard_kind::api_key) {
      EXPECT_EQ(status(bearer(token(user_role::admin))), 401) << path << ": a token is no key";
    }
  }
}

TEST_F(auth_routes, an_admin_changes_a_user_and_the_log_says_who) {
  const auto who = enrol()["user"]["id"].get<std::string>();
  const auto boss = token(user_role::admin, noon, "boss");
  EXPECT_EQ(data(post("/admin/users/" + who + "/plan", R"({"plan":"pro"})", boss))["user"]["plan"],
            "pro");
  EXPECT_EQ(data(say_.admin("POST", "/admin/users/" + who + "/kyc",
                            R"({"status":"approved"})"))["user"]["kyc_status"],
            "approved");
  EXPECT_EQ(told(post("/admin/users/" + who + "/role", R"({"role":"god"})", boss)),
            "400 VALIDATION_ERROR role");
  EXPECT_EQ(told(post("/admin/users/nobody/role", R"({"role":"admin"})", boss)), "404 NOT_FOUND");
  const auto log = data(say_.http.say("GET", "/admin/audit?limit=2", "", bearer(boss)))["audit"];
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0]["actor"], "admin-key");
  EXPECT_EQ(log[0]["detail"], "kyc none -> approved");
  EXPECT_EQ(log[1]["actor"], "boss");
  EXPECT_EQ(log[1]["subject"], who);
  const auto users = say_.http.say("GET", "/admin/users", "", bearer(boss));
  EXPECT_EQ(data(users)["users"].size(), 1u);
  EXPECT_EQ(users.body.find("plain:"), std::string::npos) << "no hash leaves";
}

TEST_F(auth_routes, a_token_ends_in_its_time) {
  const auto access = enrol()["tokens"]["access_token"].get<std::string>();
  EXPECT_EQ(say_.http.say("GET", "/auth/me", "", bearer(access)).status, 200);
  wait(15 * minute_ms);
  const auto a = say_.http.say("GET", "/auth/me", "", bearer(access));
  EXPECT_EQ(a.status, 401);
  EXPECT_EQ(a.header("WWW-Authenticate"), "Bearer");
}

} // namespace

} // namespace troupe::test
