// Users' keys at work: what they open, as whom, when they end, and that they cannot be guessed.
#include "http/codec_user.hpp"
#include "models/credentials.hpp"
#include "money.hpp"

namespace troupe::test {

namespace {

void tell_who(exchange& ex) {
  ex.answer_json(json{{"user", ex.who.user},
                      {"role", std::string{to_string(ex.who.role)}},
                      {"plan", std::string{to_string(ex.who.plan)}}}
                     .dump());
}

std::vector<route> probes() {
  constexpr auto user = guard_kind::user;
  constexpr auto counted = limit_class::per_address;
  auto table = all_routes();
  table.push_back({method::get, "/probe/signals", user, counted, tell_who, "x", "signals"});
  table.push_back({method::post, "/probe/money", user, counted, tell_who, "x", "money"});
  table.push_back({method::get, "/probe/closed", user, counted, tell_who, "x"});
  table.push_back({method::get, "/probe/any", user, counted, tell_who, "x", "*"});
  return table;
}

class user_keys : public ::testing::Test {
protected:
  static server_options options(std::uint32_t per_minute) {
    server_options out;
    out.port = 0;
    out.guard.per_minute = per_minute;
    return out;
  }
  // Two servers over the same users: two nodes, of which each knows its own keys.
  void serve(std::uint32_t per_minute = 1000) {
    auto gate = n.make_gateway();
    users = gate.users;
    auto elsewhere = gate;
    elsewhere.keys = std::make_shared<known_keys>();
    here.emplace(n.system, options(per_minute), probes());
    there.emplace(n.system, options(per_minute), probes());
    ports[0] = here->start(std::move(gate)).port;
    ports[1] = there->start(std::move(elsewhere)).port;
  }
  answer say(std::string_view verb, const std::string& path, const std::string& headers,
             int which = 0, const std::string& body = "") {
    return client{ports[which]}.say(verb, path, body, headers);
  }
  static std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
  }
  static std::string keyed(const std::string& key) { return "X-API-Key: " + key + "\r\n"; }
  std::string enrol() {
    const auto made = say("POST", "/auth/register", "", 0,
                          R"({"email":"ada@example.com","password":"correct horse",)"
                          R"("firstName":"Ada","lastName":"L"})");
    const auto data = json::parse(made.body)["data"];
    who = data["user"]["id"];
    return data["tokens"]["access_token"];
  }
  std::string issue(const std::string& token, const std::string& scopes) {
    const auto made = say("POST", "/auth/api-keys", bearer(token), 0,
                          R"({"name":"bot","scopes":")" + scopes + "\"}");
    const auto data = json::parse(made.body)["data"];
    id = data["api_key"]["id"];
    return data["key"];
  }
  answer revoke(const std::string& token) {
    return say("DELETE", "/auth/api-keys/" + id, bearer(token));
  }

  node n;
  users_actor users;
  std::optional<server> here, there;
  std::uint16_t ports[2] = {0, 0};
  std::string who, id;
};

TEST_F(user_keys, open_what_their_scopes_cover_as_their_user) {
  serve();
  const auto key = issue(enrol(), "signals market");
  const auto told_me = say("GET", "/probe/signals", keyed(key));
  EXPECT_EQ(told_me.status, 200);
  EXPECT_EQ(json::parse(told_me.body)["user"], who);
  EXPECT_EQ(json::parse(told_me.body)["plan"], "free");
  EXPECT_EQ(say("GET", "/probe/any", keyed(key)).status, 200);
  for (int i = 0; i < 2; ++i) // once asked, once remembered
    EXPECT_EQ(told(say("POST", "/probe/money", keyed(key), 1)), "403 FORBIDDEN");
  EXPECT_EQ(told(say("GET", "/probe/closed", keyed(key))), "401 UNAUTHORIZED");
  EXPECT_EQ(json::parse(say("GET", "/auth/me", keyed(key)).body)["data"]["user"]["id"], who);
}

TEST_F(user_keys, open_no_route_that_names_no_scope) {
  serve();
  const auto token = enrol();
  const auto key = issue(token, "signals predictions market trading money");
  for (auto& r : probes()) {
    const bool guarded = r.guard != guard_kind::none;
    const bool local = r.guard == guard_kind::api_key_unless_loopback;
    if (!guarded || local || !r.key_scope.empty()) continue;
    EXPECT_EQ(say(to_string(r.verb), std::string{r.pattern}, keyed(key)).status, 401) << r.pattern;
  }
}

TEST_F(user_keys, never_make_an_admin) {
  serve();
  const auto token = enrol();
  const auto key = issue(token, "signals");
  say("POST", "/admin/users/" + who + "/role", admin_key, 0, R"({"role":"admin"})");
  say("POST", "/admin/users/" + who + "/plan", admin_key, 0, R"({"plan":"pro"})");
  const auto told_me = json::parse(say("GET", "/probe/signals", keyed(key)).body);
  EXPECT_EQ(told_me["role"], "user");
  EXPECT_EQ(told_me["plan"], "pro");
  EXPECT_EQ(told(say("GET", "/admin/users", keyed(key))), "401 UNAUTHORIZED");
}

TEST_F(user_keys, end_at_once_where_they_are_revoked_and_soon_elsewhere) {
  serve();
  const auto token = enrol();
  const auto key = issue(token, "signals");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(say("GET", "/probe/signals", keyed(key), i).status, 200);
  EXPECT_EQ(revoke(token).status, 200);
  EXPECT_EQ(told(say("GET", "/probe/signals", keyed(key))), "401 UNAUTHORIZED");
  EXPECT_EQ(say("GET", "/probe/signals", keyed(key), 1).status, 200) << "remembered there";
  *n.clock_us += known_key_ms * 1000;
  EXPECT_EQ(told(say("GET", "/probe/signals", keyed(key), 1)), "401 UNAUTHORIZED");
}

TEST_F(user_keys, cannot_be_guessed) {
  serve(20);
  const auto token = enrol();
  const auto key = issue(token, "signals");
  EXPECT_EQ(say("GET", "/probe/signals", keyed(key)).status, 200);
  int refused = 0, limited = 0;
  for (int i = 0; i < 100; ++i) {
    const auto a = say("GET", "/probe/signals", keyed("trp_" + std::to_string(i)));
    refused += a.status == 401;
    limited += a.status == 429;
  }
  EXPECT_LE(refused, 40) << "two minutes at the most";
  EXPECT_EQ(refused + limited, 100);
  EXPECT_EQ(say("GET", "/probe/signals", keyed(key)).status, 200) << "who is known still passes";
}

TEST_F(user_keys, count_for_nothing_beside_a_token) {
  serve();
  const auto token = enrol();
  const auto key = issue(token, "signals");
  EXPECT_EQ(say("GET", "/probe/closed", bearer(token) + keyed("trp_x")).status, 200);
  EXPECT_EQ(say("GET", "/probe/signals", keyed("trp_x")).status, 401);
  EXPECT_EQ(say("GET", "/probe/signals", keyed(key + "0")).status, 401);
  EXPECT_EQ(say("GET", "/probe/signals", keyed(key.substr(4))).status, 401);
}

TEST(known_keys, are_not_remembered_by_an_answer_from_before_a_revocation) {
  known_keys keys;
  const key_owner owner{"ada", user_plan::free, "key_1", {"signals"}};
  const auto asked_in = keys.generation();
  keys.forget("key_1");
  keys.put("trp_a", owner, noon, asked_in);
  EXPECT_FALSE(keys.find("trp_a", noon));
  keys.put("trp_a", owner, noon, keys.generation());
  EXPECT_TRUE(keys.find("trp_a", noon));
  EXPECT_FALSE(keys.find("trp_a", noon - 1)) << "a clock that was set back";
}

TEST(known_keys, are_bounded) {
  known_keys keys;
  for (std::size_t i = 0; i <= known_keys::max_keys; ++i)
    keys.put("trp_" + std::to_string(i), {"ada", user_plan::free, "key", {}}, noon, 0);
  EXPECT_FALSE(keys.find("trp_0", noon));
  EXPECT_TRUE(keys.find("trp_" + std::to_string(known_keys::max_keys), noon));
}

TEST(router, a_scope_stands_at_users_routes_and_is_one_that_keys_can_have) {
  for (auto& r : all_routes()) {
    if (r.key_scope.empty()) continue;
    EXPECT_EQ(r.guard, guard_kind::user) << r.pattern;
    EXPECT_TRUE(r.key_scope == "*" || valid_scopes({std::string{r.key_scope}})) << r.pattern;
    EXPECT_TRUE(r.pattern == "/auth/me" || r.pattern.rfind("/auth", 0) != 0) << r.pattern;
  }
}

} // namespace

} // namespace troupe::test
