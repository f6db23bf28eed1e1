// Who may pass where, generated from the table of routes: each route × each credential, by the
// guard it names; and that nobody reaches what is somebody else's. A new route is covered by being
// in the table, a new owned thing by a row of `owned` below.
#include "users.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

namespace troupe::test {

namespace {

struct credential {
  const char* name;
  std::string headers;
};

constexpr int passes = 0;

class authorisation : public ::testing::Test {
protected:
  std::string token(user_role role, utc_ms at = noon) const {
    return own_.signer->sign_access(
        {"somebody", "fam", "jti", role, user_plan::premium, at, at + 15 * minute_ms});
  }
  static std::string bearer(const std::string& t) { return "Authorization: Bearer " + t + "\r\n"; }

  std::vector<credential> credentials() const {
    const auto good = token(user_role::admin);
    const auto refresh = own_.signer->sign_refresh(
        {"somebody", "fam", "jti", user_role::admin, user_plan::premium, noon, noon + day_ms});
    return {{"nothing", ""},
            {"a wrong key", "X-API-Key: secreT\r\n"},
            {"an empty key", "X-API-Key: \r\n"},
            {"no token", bearer("")},
            {"garbage", bearer("garbage")},
            {"an expired token", bearer(token(user_role::admin, noon - 16 * minute_ms))},
            {"a token not yet good", bearer(token(user_role::admin, noon + hour_ms))},
            {"a changed token", bearer(good.substr(0, good.size() - 2))},
            {"a refresh token", bearer(refresh)},
            {"a token of another scheme", "Authorization: Basic " + good + "\r\n"},
            {"a token in a cookie", "Cookie: token=" + good + "\r\n"},
            {"a user's token", bearer(token(user_role::user))},
            {"an admin's token", bearer(good)},
            {"the engine's key", engine_key},
            {"the admin's key", admin_key}};
  }

  // What a guard answers: 401, 403, or that it lets the request pass.
  static int expected(guard_kind guard, const std::string& who) {
    const bool key = who == "the engine's key", master = who == "the admin's key";
    const bool user = who == "a user's token", admin = who == "an admin's token";
    switch (guard) {
    case guard_kind::none: return passes;
    case guard_kind::api_key:
    case guard_kind::api_key_unless_loopback: return key || master ? passes : 401;
    case guard_kind::socket_key: return key || master || user || admin ? passes : 401;
    case guard_kind::user: return user || admin ? passes : 401;
    case guard_kind::admin_key: return admin || master ? passes : user || key ? 403 : 401;
    }
    return -1;
  }
  // Routes that judge what they are shown themselves.
  static int expected(const route& r, const std::string& who) {
    if (r.pattern == "/webhooks/ml-engine") return 401; // nothing here is signed
    return expected(r.guard, who);
  }

  answer ask(std::string_view verb, const std::string& path, const std::string& headers) {
    // As through a proxy: nobody is taken for a local caller.
    return say_.http.say(verb, path, "", headers + "X-Forwarded-For: 192.0.2.7\r\n");
  }
  void expect(const std::string& what, int wanted, const answer& a) {
    if (wanted == passes)
      EXPECT_TRUE(a.status != 0 && a.status != 401 && a.status != 403) << what << ' ' << a.status;
    else
      EXPECT_EQ(a.status, wanted) << what;
    if (wanted == 401 || wanted == 403) {
      const auto code = json::parse(a.body, nullptr, false)["error"]["code"];
      EXPECT_EQ(code, wanted == 401 ? "UNAUTHORIZED" : "FORBIDDEN") << what;
    }
  }

  node own_{{}, {1'000'000, 100}};
  user_client say_{own_};
};

// A thing of one user: how it is made (its id) and what is sent to a route that names it.
struct owned_thing {
  std::string make_path, make_body;
  std::vector<std::string> id_at; // where its id is in `data`
  std::string body;
};

// By the pattern of the routes that name it.
const std::map<std::string_view, owned_thing> owned{
    {"/auth/api-keys/:id",
     {"/auth/api-keys", R"({"name":"bot","scopes":"market"})", {"api_key", "id"}, ""}},
    {"/trading/watchlists/:id",
     {"/trading/watchlists", R"({"name":"mine"})", {"watchlist", "id"}, R"({"name":"yours"})"}},
};
// Whose own tests show it, since such a thing takes money to make.
constexpr std::array<std::string_view, 1> shown_elsewhere{"/investment/"};

// What the contract says of whole groups, whatever a row of the table says.
struct group {
  std::string_view prefix;
  guard_kind guard;
};
constexpr std::array<group, 12> groups{{
    {"/admin/", guard_kind::admin_key},
    {"/agent/", guard_kind::user},
    {"/api/ml/", guard_kind::user},
    {"/api/v1/agents/", guard_kind::api_key},
    {"/api/v1/trading/", guard_kind::api_key},
    {"/education/", guard_kind::user},
    {"/investment/", guard_kind::user},
    {"/ml/", guard_kind::user},
    {"/models/", guard_kind::api_key},
    {"/spreads/", guard_kind::api_key},
    {"/sync/", guard_kind::api_key},
    {"/trading/", guard_kind::user},
}};

bool names_a_thing(const route& r) {
  const auto at = r.pattern.find("/:");
  if (r.guard != guard_kind::user || at == r.pattern.npos) return false;
  const auto name = r.pattern.substr(at + 2);
  const auto what = name.substr(0, name.find('/'));
  return what != "symbol" && what != "provider"; // markets and providers are everybody's
}

} // namespace

TEST_F(authorisation, every_route_lets_in_whom_its_guard_says_and_nobody_else) {
  const auto all = credentials();
  for (const auto& r : all_routes())
    for (const auto& who : all) {
      const auto verb = to_string(r.verb);
      expect(std::string{verb} + ' ' + std::string{r.pattern} + " with " + who.name,
             expected(r, who.name), ask(verb, std::string{r.pattern}, who.headers));
    }
}

TEST_F(authorisation, a_group_of_routes_has_the_guard_of_the_contract) {
  for (const auto& r : all_routes())
    for (const auto& [prefix, guard] : groups) {
      if (r.pattern.substr(0, prefix.size()) != prefix) continue;
      if (r.pattern == "/trading/stream/:symbol") // a socket: browsers cannot send headers
        EXPECT_NE(r.guard, guard_kind::none);
      else if (r.pattern == "/models/:name/promote") // changes what is said to everybody
        EXPECT_EQ(r.guard, guard_kind::admin_key);
      else
        EXPECT_EQ(r.guard, guard) << r.pattern;
    }
}

TEST_F(authorisation, a_head_needs_what_its_get_needs) {
  for (const auto& r : all_routes()) {
    if (r.verb != method::get || expected(r, "nothing") == passes) continue;
    client http{own_.port()};
    http.send("HEAD " + std::string{r.pattern}
              + " HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n");
    EXPECT_EQ(http.read_answer(true).status, expected(r, "nothing")) << r.pattern;
  }
}

TEST_F(authorisation, no_route_but_a_socket_takes_a_key_out_of_the_url) {
  for (const auto& r : all_routes()) {
    const auto nobody = expected(r, "nothing");
    if (nobody == passes) continue;
    const auto wanted = r.guard == guard_kind::socket_key ? passes : nobody;
    expect(std::string{r.pattern}, wanted,
           ask(to_string(r.verb), std::string{r.pattern} + "?api_key=sesame", ""));
    expect(std::string{r.pattern}, nobody,
           ask(to_string(r.verb),
               std::string{r.pattern} + "?access_token=" + token(user_role::admin), ""));
  }
}

TEST_F(authorisation, what_is_another_users_is_not_there) {
  for (const auto& r : all_routes()) {
    if (!names_a_thing(r)) continue;
    const auto elsewhere =
        std::any_of(shown_elsewhere.begin(), shown_elsewhere.end(),
                    [&](auto prefix) { return r.pattern.substr(0, prefix.size()) == prefix; });
    if (elsewhere) continue;
    const auto found = owned.find(r.pattern);
    ASSERT_NE(found, owned.end()) << r.pattern << ": add a row to `owned` of this test";
    const auto& thing = found->second;
    auto made = data_of(say_.as("ann", "POST", thing.make_path, thing.make_body));
    for (const auto& step : thing.id_at) made = json(made[step]);
    const auto path = thing.make_path + '/' + made.get<std::string>();
    const auto verb = to_string(r.verb);
    EXPECT_EQ(told(say_.as("bob", verb, path, thing.body)), "404 NOT_FOUND") << verb << ' ' << path;
    EXPECT_EQ(say_.as("ann", verb, path, thing.body).status, 200) << "it is there for its owner";
  }
}

} // namespace troupe::test
