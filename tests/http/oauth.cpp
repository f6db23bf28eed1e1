// Sign-in by providers over HTTP, against providers on loopback that do as their script says.
#include "http/oauth/sign_ins.hpp"
#include "http/outbound/client.hpp"
#include "money.hpp"
#include "outbound_server.hpp"

#include <caf/send.hpp>

namespace troupe::test {

namespace {

using step = scripted_server::step;

const std::string good_token = R"({"access_token":"at-1","token_type":"bearer"})";

std::string google_profile(const std::string& email, bool verified = true) {
  return json{{"sub", "g-1"}, {"email", email}, {"email_verified", verified}, {"given_name", "Ada"}}
      .dump();
}

// A provider: what it says about codes, and about tokens.
struct fake_provider {
  fake_provider(std::vector<step> for_codes, std::vector<step> for_tokens)
      : tokens(std::move(for_codes)), profiles(std::move(for_tokens)) {}
  scripted_server tokens, profiles;
};

class oauth_routes : public ::testing::Test {
protected:
  ~oauth_routes() override {
    web.reset();
    for (auto& service : services) caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
    services.clear();
    offered.reset();
    outside.reset();
  }

  outbound_actor speak_to(std::uint16_t where) {
    outbound_options o{{"provider", 5, 500, 60'000}};
    o.retry = {1, 1};
    wire_limits limits;
    limits.max_body_bytes = 4096;
    services.push_back(spawn_outbound(
        n.system,
        outside->open(*parse_endpoint("http://127.0.0.1:" + std::to_string(where)), limits), o));
    return services.back();
  }

  void offer(const std::string& name, std::vector<step> for_codes, std::vector<step> for_tokens) {
    fake = std::make_unique<fake_provider>(std::move(for_codes), std::move(for_tokens));
    std::vector<oauth_provider> all;
    for (const auto& each : {std::string{"facebook"}, name}) {
      oauth_provider p;
      p.name = each;
      p.client_id = "id of us";
      p.client_secret.text = "secret&of=us";
      p.authorize_url = "https://" + each + ".example/authorize";
      p.redirect_uri = "https://app.example/auth/oauth/" + each + "/callback";
      p.tokens = speak_to(fake->tokens.port());
      p.profiles = speak_to(fake->profiles.port());
      p.token_path = "/token";
      p.profile_path = "/me";
      all.push_back(std::move(p));
    }
    offered = std::make_shared<sign_ins>(std::move(all), "a secret of the node",
                                         [this] { return "random" + std::to_string(++randoms); });
    auto gate = n.make_gateway();
    gate.sign_ins = offered;
    server_options options;
    options.port = 0;
    options.guard.per_minute = 1000;
    web.emplace(n.system, options);
    port = web->start(std::move(gate)).port;
  }

  // Steps of a github that knows this person.
  void offer_github(const std::string& emails) {
    offer("github", {{reply(200, good_token)}},
          {{reply(200, R"({"id":4711,"login":"ada","name":"Ada L","email":null})")},
           {reply(200, emails)}});
  }

  answer say(std::string_view verb, const std::string& path, const std::string& body = "",
             const std::string& headers = "") {
    return client{port}.say(verb, path, body, headers);
  }
  static json data(const answer& a) { return json::parse(a.body)["data"]; }
  static std::string part_of(const std::string& url, const std::string& name) {
    const auto at = url.find(name + "=");
    if (at == url.npos) return "";
    const auto from = at + name.size() + 1;
    return percent_decode(url.substr(from, url.find('&', from) - from), false).value_or("");
  }

  struct begun {
    std::string state, nonce, challenge;
  };
  begun begin(const std::string& name) {
    const auto d = data(say("GET", "/auth/oauth/" + name));
    const std::string url = d["authorize_url"];
    return {part_of(url, "state"), d["nonce"], part_of(url, "code_challenge")};
  }
  answer finish(const std::string& name, const begun& b, const std::string& more = "",
                const std::string& headers = "", const std::string& suffix = "") {
    return say("POST", "/auth/oauth/" + name + suffix,
               R"({"code":"c/1","state":")" + b.state + R"(","nonce":")" + b.nonce + '"' + more
                   + "}",
               headers);
  }
  answer sign_in_by(const std::string& name) { return finish(name, begin(name)); }
  json enrol(const std::string& name = "ada") {
    return data(say("POST", "/auth/register",
                    R"({"email":")" + name
                        + R"(@example.com","password":"correct horse","firstName":"A",)"
                          R"("lastName":"L"})"));
  }
  static std::string bearer(const json& who) {
    return "Authorization: Bearer " + who["tokens"]["access_token"].get<std::string>() + "\r\n";
  }

  node n;
  std::optional<outbound_client> outside{std::in_place, n.system};
  std::vector<outbound_actor> services;
  std::unique_ptr<fake_provider> fake;
  std::shared_ptr<sign_ins> offered;
  std::atomic<int> randoms{0};
  std::optional<server> web;
  std::uint16_t port = 0;
};

TEST_F(oauth_routes, a_browser_is_sent_there_with_all_that_binds_its_way_back) {
  offer("google", {{reply(500)}}, {{reply(500)}});
  const auto a = say("GET", "/auth/oauth/google", "", "Accept: text/html,*/*\r\n");
  EXPECT_EQ(a.status, 302);
  const auto url = a.header("Location");
  EXPECT_EQ(url.rfind("https://google.example/authorize?response_type=code&", 0), 0u) << url;
  EXPECT_EQ(part_of(url, "client_id"), "id of us");
  EXPECT_EQ(part_of(url, "redirect_uri"), "https://app.example/auth/oauth/google/callback");
  EXPECT_EQ(part_of(url, "code_challenge_method"), "S256");
  EXPECT_EQ(part_of(url, "code_challenge").size(), 43u);
  EXPECT_EQ(part_of(url, "scope"), "openid email profile");
  const auto cookie = a.header("Set-Cookie");
  for (const auto* flag : {"troupe_oauth=", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600"})
    EXPECT_NE(cookie.find(flag), std::string::npos) << cookie;
  const auto nonce = cookie.substr(13, cookie.find(';') - 13);
  EXPECT_EQ(url.find(nonce), std::string::npos) << "what stays with the browser does not travel";
  EXPECT_EQ(data(say("GET", "/auth/oauth/google"))["expires_in"], 600);
  EXPECT_EQ(told(say("GET", "/auth/oauth/github")), "404 NOT_FOUND provider");
  EXPECT_EQ(told(say("POST", "/auth/oauth/nobody", "{}")), "404 NOT_FOUND provider");
}

TEST_F(oauth_routes, a_code_becomes_a_user_and_the_same_user_again) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("Ada@Example.com"))}});
  const auto b = begin("google");
  const auto first = finish("google", b);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.header("Cache-Control"), "no-store");
  EXPECT_EQ(data(first)["user"]["email"], "ada@example.com");
  EXPECT_EQ(data(first)["user"]["role"], "user");
  EXPECT_EQ(say("GET", "/auth/me", "", bearer(data(first))).status, 200);
  const auto asked = fake->tokens.seen().at(0);
  EXPECT_EQ(asked.head.rfind("POST /token ", 0), 0u);
  EXPECT_EQ(part_of(asked.body, "grant_type"), "authorization_code");
  EXPECT_EQ(part_of(asked.body, "code"), "c/1");
  EXPECT_EQ(part_of(asked.body, "client_secret"), "secret&of=us");
  EXPECT_EQ(part_of(asked.body, "redirect_uri"), "https://app.example/auth/oauth/google/callback");
  EXPECT_EQ(pkce_challenge(part_of(asked.body, "code_verifier")), b.challenge);
  EXPECT_NE(fake->profiles.seen().at(0).head.find("Authorization: Bearer at-1"), std::string::npos);
  EXPECT_EQ(data(sign_in_by("google"))["user"]["id"], data(first)["user"]["id"]);
}

TEST_F(oauth_routes, a_state_is_good_once_in_its_time_for_its_browser_and_provider) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("ada@example.com"))}});
  const auto refused = [&](const begun& b, const std::string& name = "google") {
    return told(finish(name, b)) == "401 UNAUTHORIZED";
  };
  auto b = begin("google");
  EXPECT_TRUE(refused({b.state, begin("google").nonce, ""})) << "another browser";
  EXPECT_TRUE(refused({b.state, "", ""})) << "no browser";
  EXPECT_TRUE(refused(b, "facebook"));
  auto forged = b;
  forged.state.back() = forged.state.back() == '0' ? '1' : '0';
  EXPECT_TRUE(refused(forged));
  EXPECT_TRUE(refused({"9" + b.state, b.nonce, ""})) << "a longer life";
  EXPECT_TRUE(refused({"", b.nonce, ""}));
  EXPECT_EQ(fake->tokens.seen().size(), 0u) << "no code of theirs was spent";
  EXPECT_EQ(finish("google", b).status, 200);
  EXPECT_TRUE(refused(b)) << "replayed";
  EXPECT_EQ(fake->tokens.seen().size(), 1u);
  b = begin("google");
  *n.clock_us += oauth_state_ms * 1000;
  EXPECT_TRUE(refused(b)) << "too old";
}

TEST_F(oauth_routes, the_browser_itself_may_bring_the_code_with_its_cookie) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("ada@example.com"))}});
  const auto b = begin("google");
  const auto back = "/auth/oauth/google/callback?code=c1&state=" + b.state;
  EXPECT_EQ(told(say("GET", back)), "401 UNAUTHORIZED");
  EXPECT_EQ(told(say("GET", back, "", "Cookie: troupe_oauth=random77\r\n")), "401 UNAUTHORIZED");
  EXPECT_EQ(told(say("GET", "/auth/oauth/google/callback?error=access_denied")),
            "401 UNAUTHORIZED");
  EXPECT_EQ(told(say("GET", "/auth/oauth/google/callback?state=" + b.state)),
            "400 VALIDATION_ERROR code");
  const auto a = say("GET", back, "", "Cookie: a=b; troupe_oauth=" + b.nonce + "; c=d\r\n");
  EXPECT_EQ(a.status, 200) << a.body;
}

TEST_F(oauth_routes, an_unverified_address_makes_nobody) {
  offer("google", {{reply(200, good_token)}},
        {{reply(200, google_profile("ada@example.com", false))}});
  EXPECT_EQ(told(sign_in_by("google")), "403 FORBIDDEN");
  EXPECT_TRUE(data(say("GET", "/admin/users", "", admin_key))["users"].empty());
}

TEST_F(oauth_routes, of_githubs_addresses_the_verified_primary_counts) {
  offer_github(R"([{"email":"x@example.com","primary":false,"verified":true},)"
               R"({"email":"ada@example.com","primary":true,"verified":true}])");
  const auto a = sign_in_by("github");
  ASSERT_EQ(a.status, 200) << a.body;
  EXPECT_EQ(data(a)["user"]["email"], "ada@example.com");
  EXPECT_EQ(fake->profiles.seen().at(1).head.rfind("GET /me/emails ", 0), 0u);
  EXPECT_NE(fake->profiles.seen().at(1).head.find("User-Agent: "), std::string::npos);
}

TEST_F(oauth_routes, an_unverified_primary_address_of_github_makes_nobody) {
  offer_github(R"([{"email":"x@example.com","primary":false,"verified":true},)"
               R"({"email":"ada@example.com","primary":true,"verified":false}])");
  EXPECT_EQ(told(sign_in_by("github")), "403 FORBIDDEN");
}

TEST_F(oauth_routes, an_address_never_links_but_its_owner_does) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("ada@example.com"))}});
  const auto ada = enrol(), bob = enrol("bob");
  EXPECT_EQ(told(sign_in_by("google")), "409 EMAIL_TAKEN");
  EXPECT_EQ(told(finish("google", begin("google"), "", "", "/link")), "401 UNAUTHORIZED");
  EXPECT_EQ(finish("google", begin("google"), "", bearer(ada), "/link").status, 200);
  EXPECT_EQ(data(sign_in_by("google"))["user"]["id"], ada["user"]["id"]);
  EXPECT_EQ(told(finish("google", begin("google"), "", bearer(bob), "/link")),
            "409 ALREADY_LINKED");
}

TEST_F(oauth_routes, who_came_by_a_provider_sounds_like_nobody_to_a_password) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("ada@example.com"))}});
  EXPECT_EQ(sign_in_by("google").status, 200);
  const auto try_one = [&](const std::string& name) {
    auto body =
        json::parse(say("POST", "/auth/login",
                        R"({"email":")" + name + R"(@example.com","password":"correct horse"})")
                        .body);
    body["error"].erase("requestId");
    return body;
  };
  EXPECT_EQ(try_one("ada"), try_one("nobody"));
  EXPECT_EQ(try_one("ada")["error"]["code"], "UNAUTHORIZED");
}

TEST_F(oauth_routes, the_second_factor_is_asked_for_and_a_ticket_waits_for_it) {
  offer("google", {{reply(200, good_token)}}, {{reply(200, google_profile("ada@example.com"))}});
  const auto ada = data(sign_in_by("google"));
  say("POST", "/auth/2fa/setup", "", bearer(ada));
  EXPECT_EQ(say("POST", "/auth/2fa/verify", R"({"token":"000007"})", bearer(ada)).status, 200);
  const auto a = sign_in_by("google");
  EXPECT_EQ(told(a), "401 TOTP_REQUIRED");
  EXPECT_EQ(a.body.find("access_token"), std::string::npos);
  const std::string ticket = json::parse(a.body)["error"]["ticket"];
  const auto bring = [&](const std::string& t, const std::string& code,
                         const std::string& to = "google") {
    return say("POST", "/auth/oauth/" + to, R"({"ticket":")" + t + R"(","totp":")" + code + "\"}");
  };
  EXPECT_EQ(told(bring(ticket, "000007")), "401 UNAUTHORIZED") << "replayed";
  EXPECT_EQ(told(bring(ticket, "")), "401 UNAUTHORIZED");
  EXPECT_EQ(told(bring(ticket + "2", "000008")), "401 UNAUTHORIZED") << "another account";
  EXPECT_EQ(told(bring(ticket, "000008", "facebook")), "401 UNAUTHORIZED");
  EXPECT_EQ(data(bring(ticket, "000008"))["user"]["id"], ada["user"]["id"]);
  EXPECT_EQ(finish("google", begin("google"), R"(,"totp":"000009")").status, 200) << "at once";
  *n.clock_us += oauth_ticket_ms * 1000;
  EXPECT_EQ(told(bring(ticket, "000010")), "401 UNAUTHORIZED") << "too old";
}

TEST_F(oauth_routes, a_code_that_the_provider_refuses_is_401) {
  offer("google",
        {{reply(400, R"({"error":"invalid_grant"})")},
         {reply(200, R"({"error":"bad_verification_code"})")}},
        {{reply(500)}});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(told(sign_in_by("google")), "401 UNAUTHORIZED");
}

TEST_F(oauth_routes, a_provider_that_is_not_understood_is_503) {
  offer("google",
        {{reply(200, "<html>")},
         {reply(200, R"({"access_token":7})")},
         {reply(200, R"({"access_token":"a\r\nX: y"})")},
         {reply(401, R"({"error":"invalid_client"})")},
         {reply(200, "{\"access_token\":\"" + std::string(5000, 'x') + "\"}")},
         {"SMTP ready\r\n\r\n", step::close},
         {reply(200, good_token)}},
        {{reply(200, "[]")}, {reply(200, "{}")}, {reply(403)}, {reply(200, R"({"sub":""})")}});
  for (int i = 0; i < 10; ++i) {
    const auto a = sign_in_by("google");
    EXPECT_EQ(told(a), "503 PROVIDER_UNAVAILABLE") << i << a.body;
    EXPECT_EQ(a.header("Retry-After"), "5");
    EXPECT_EQ(a.body.find("html"), std::string::npos) << "its words are not passed on";
  }
}

TEST_F(oauth_routes, a_provider_that_is_slow_or_fails_is_503_and_then_not_asked) {
  offer("google", {{"", step::hold}, {reply(500)}}, {{reply(500)}});
  for (int i = 0; i < 7; ++i) EXPECT_EQ(told(sign_in_by("google")), "503 PROVIDER_UNAVAILABLE");
  EXPECT_EQ(fake->tokens.seen().size(), 5u) << "its breaker is open";
}

TEST(sign_ins_of_a_node, spent_states_are_bounded) {
  int last = 0;
  sign_ins all{{oauth_provider{"google", "", {}, "u", "r", {}, {}, "", ""}}, "secret", [&] {
                 return "r" + std::to_string(++last);
               }};
  const auto& at = *all.find("google");
  const auto spend = [&](utc_ms now) {
    const auto b = all.begin(at, now);
    const auto from = b.url.find("state=") + 6;
    const auto state = b.url.substr(from, b.url.find('&', from) - from);
    const auto out = all.redeem(at, state, b.nonce, now);
    return std::holds_alternative<std::string>(out) ? errc::none : std::get<errc>(out);
  };
  for (std::size_t i = 0; i < sign_ins::max_spent; ++i) ASSERT_EQ(spend(noon), errc::none) << i;
  EXPECT_EQ(spend(noon), errc::busy);
  EXPECT_EQ(spend(noon + oauth_state_ms), errc::none) << "the old ones have been let go";
}

} // namespace

} // namespace troupe::test
