// Sign-in by providers, keys at work and the change of a password: over a store in memory.
#define CAF_SUITE users_access
#include "users_fixture.hpp"

namespace troupe {

namespace {

struct access_fixture : users_fixture {
  static provider_profile profile(const std::string& subject, const std::string& email,
                                  bool verified = true) {
    return {{"google", subject}, email, verified, "Ada", "Lovelace"};
  }
  logged_in enter(const provider_profile& who, const std::string& totp = "") {
    return ask<logged_in>(users, sign_in{who, {totp}, "there", at});
  }
  bool change(const user_id& who, const std::string& session, const std::string& current,
              const std::string& fresh = "another horse") {
    return ask<bool>(users, change_password{who, session, {current}, {fresh}, "there", at});
  }
  std::string newest_session() {
    return ask<std::vector<audit_row>>(store, get_audit{0, 1}).at(0).act.detail;
  }
  issued_key issue(const user_id& who, const std::vector<std::string>& scopes = {"signals"}) {
    return ask<issued_key>(users, issue_api_key{who, "bot", scopes, "x", at});
  }
  key_owner check(const secret_text& key) {
    return ask<key_owner>(users, check_api_key{key, "there", at});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(users_access_tests, access_fixture)

CAF_TEST(a new account of a provider makes a user and comes back as the same) {
  const auto first = enter(profile("1", "Ada@Example.com"));
  CAF_CHECK_EQUAL(refused, "");
  CAF_CHECK_EQUAL(first.who.email, "ada@example.com");
  CAF_CHECK(first.who.role == user_role::user && first.who.kyc == kyc_state::none);
  CAF_CHECK(log_kinds() == (std::vector<std::string>{"login_google", "registered"}));
  const auto again = enter(profile("1", "new@example.com", false));
  CAF_CHECK_EQUAL(again.who.id, first.who.id);
  CAF_CHECK_EQUAL(again.who.email, "ada@example.com");
}

CAF_TEST(an address that the provider has not verified makes nobody) {
  for (const auto& bad :
       {profile("1", "ada@example.com", false), profile("1", ""), profile("1", "no address")}) {
    enter(bad);
    CAF_CHECK_EQUAL(refused, "FORBIDDEN");
  }
  CAF_CHECK(ask<std::vector<user>>(store, get_users{}).empty());
}

CAF_TEST(an address never links and its owner does) {
  const auto ada = enrol("ada").who.id;
  enter(profile("1", "ada@example.com"));
  CAF_CHECK_EQUAL(refused, "EMAIL_TAKEN");
  CAF_CHECK(ask<bool>(users, link_provider{ada, {"google", "1"}, "x", at}));
  CAF_CHECK(log_kinds(1)[0] == "provider_linked");
  CAF_CHECK_EQUAL(enter(profile("1", "ada@example.com")).who.id, ada);
  const auto bob = enrol("bob").who.id;
  ask<bool>(users, link_provider{bob, {"google", "1"}, "x", at});
  CAF_CHECK_EQUAL(refused, "ALREADY_LINKED");
}

CAF_TEST(of two first sign - ins at once both are the same user) {
  for (int i = 0; i < 2; ++i)
    self->send(users, sign_in{profile("1", "ada@example.com"), {}, "there", at});
  sched.run();
  std::vector<user_id> who;
  for (int i = 0; i < 2; ++i)
    self->receive([&](const logged_in& done) { who.push_back(done.who.id); },
                  [&](const caf::error& e) { note(e); });
  CAF_CHECK_EQUAL(who.at(0), who.at(1));
  CAF_CHECK_EQUAL(ask<std::vector<user>>(store, get_users{}).size(), 1u);
}

CAF_TEST(who has no password cannot log in with one nor change it) {
  const auto ada = enter(profile("1", "ada@example.com")).who.id;
  const auto checked = count->checked;
  for (const auto* password : {"", "nobody's", "correct horse"}) {
    login("ada", password);
    CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  }
  CAF_CHECK_EQUAL(count->checked, checked + 3);
  change(ada, newest_session(), "");
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
}

CAF_TEST(the second factor is asked of who comes by a provider and its guesses are limited) {
  const auto ada = enter(profile("1", "ada@example.com")).who.id;
  ask<totp_setup>(users, set_up_totp{ada, "x", at});
  ask<bool>(users, confirm_totp{ada, {code()}, "x", at});
  enter(profile("1", ""));
  CAF_CHECK_EQUAL(refused, "TOTP_REQUIRED");
  enter(profile("1", ""), code());
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED"); // that proved the secret
  at += 30'000;
  CAF_CHECK_EQUAL(enter(profile("1", ""), code()).who.id, ada);
  for (int i = 0; i < 5; ++i) enter(profile("1", ""), "000001");
  CAF_CHECK_EQUAL(refused, "RATE_LIMITED");
}

CAF_TEST(a changed password ends all other sessions) {
  const auto first = enrol("ada");
  const auto other = login("ada").tokens;
  const auto mine = login("ada").tokens;
  CAF_CHECK(change(first.who.id, newest_session(), "correct horse"));
  CAF_CHECK(log_kinds(1)[0] == "password_changed");
  refresh(mine.refresh);
  CAF_CHECK_EQUAL(refused, "");
  for (const auto& tokens : {first.tokens, other}) {
    refresh(tokens.refresh);
    CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  }
  at += minute_ms;
  login("ada");
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  login("ada", "another horse");
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(a wrong current or a bad new password changes nothing) {
  const auto ada = enrol("ada").who.id;
  change(ada, "s", "wrong password");
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  CAF_CHECK(log_kinds(1)[0] == "password_refused");
  change(ada, "s", "correct horse", "short");
  CAF_CHECK_EQUAL(refused, "VALIDATION_ERROR");
  CAF_CHECK(words.find("new:") != std::string::npos);
  for (int i = 0; i < 3; ++i) change(ada, "s", "wrong password");
  change(ada, "s", "correct horse");
  CAF_CHECK_EQUAL(refused, "RATE_LIMITED");
  login("ada");
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(a key is its users until it is revoked and its use is kept once a day) {
  const auto ada = enrol("ada").who.id;
  const auto key = issue(ada, {"signals", "money"});
  const auto owner = check(key.key);
  CAF_CHECK_EQUAL(owner.user, ada);
  CAF_CHECK(owner.plan == user_plan::free);
  CAF_CHECK_EQUAL(owner.key_id, key.what.id);
  CAF_CHECK(owner.scopes == (std::vector<std::string>{"signals", "money"}));
  const auto uses = [&] {
    const auto kinds = log_kinds(100);
    return std::count(kinds.begin(), kinds.end(), "key_used");
  };
  check(key.key);
  CAF_CHECK_EQUAL(uses(), 1);
  at += day_ms;
  check(key.key);
  CAF_CHECK_EQUAL(uses(), 2);
  check({"trp_other"});
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  CAF_CHECK(
      ask<bool>(users, revoke_api_key{ada, key.what.id, {at, "key_revoked", "", "", "", ""}}));
  check(key.key);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
}

CAF_TEST(the plan of the user of a key is taken from what nodes share) {
  const auto ada = enrol("ada").who.id;
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].text, "free");
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].lifetime_ms, hour_ms);
  const auto key = issue(ada);
  shared->all[plan_key(ada)].text = "pro"; // which no store knows
  CAF_CHECK(check(key.key).plan == user_plan::pro);
  for (const auto* unknown : {"", "gold"}) {
    shared->all[plan_key(ada)].text = unknown;
    CAF_CHECK(check(key.key).plan == user_plan::free);
  }
  shared->all.clear();
  CAF_CHECK(check(key.key).plan == user_plan::free);
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].text, "free");
  shared->all[plan_key(ada)].text = "pro";
  shared->away = true;
  CAF_CHECK(check(key.key).plan == user_plan::free);
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(a plan that is changed is changed for all nodes and no login undoes it) {
  const auto ada = enrol("ada").who.id;
  const auto key = issue(ada);
  change_user what;
  what.user = ada;
  what.plan = user_plan::premium;
  what.at = at;
  ask<user_view>(users, what);
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].text, "premium");
  CAF_CHECK(check(key.key).plan == user_plan::premium);
  shared->all[plan_key(ada)].text = "pro"; // as another node has changed it just now
  login("ada");
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].text, "pro");
  ask<user_view>(users, what); // nothing is new but for who has missed it
  CAF_CHECK_EQUAL(shared->all[plan_key(ada)].text, "premium");
}

CAF_TEST(a store that fails vouches for no key) {
  const auto key = issue(enrol("ada").who.id);
  *faults = 1;
  check(key.key);
  CAF_CHECK_EQUAL(refused, "STORE_UNAVAILABLE");
}

CAF_TEST(no printer shows a key) {
  const auto text = caf::deep_to_string(check_api_key{{"trp_secret"}, "x", 1});
  CAF_CHECK(text.find("secret") == std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
