// Registration, login, refresh, second factor, keys: over a store in memory.
#define CAF_SUITE users
#include "actors/tries.hpp"
#include "users_fixture.hpp"

namespace troupe {

CAF_TEST_FIXTURE_SCOPE(users_tests, users_fixture)

CAF_TEST(a registered user can log in and is free until somebody says otherwise) {
  const auto fresh = enrol("ada");
  CAF_CHECK_EQUAL(refused, "");
  CAF_CHECK_EQUAL(fresh.who.email, "ada@example.com");
  CAF_CHECK(fresh.who.role == user_role::user && fresh.who.plan == user_plan::free);
  CAF_CHECK(fresh.who.kyc == kyc_state::none && !fresh.who.totp_on);
  CAF_CHECK_EQUAL(fresh.tokens.expires_in_s, 900);
  const auto again = login("ada");
  CAF_CHECK_EQUAL(again.who.id, fresh.who.id);
  CAF_CHECK(again.tokens.access.text.find("access " + fresh.who.id) == 0);
  CAF_CHECK(log_kinds() == (std::vector<std::string>{"login", "login", "registered"}));
}

CAF_TEST(a bad registration names its field and makes nobody) {
  const auto try_one = [&](const char* email, const char* password, const char* first) {
    ask<logged_in>(users, register_user{email, first, "L", {password}, "a", at});
    return refused
        + (words.find("email:") != std::string::npos           ? " email"
               : words.find("password:") != std::string::npos  ? " password"
               : words.find("firstName:") != std::string::npos ? " firstName"
                                                               : "");
  };
  CAF_CHECK_EQUAL(try_one("ada", "correct horse", "A"), "VALIDATION_ERROR email");
  CAF_CHECK_EQUAL(try_one("ada@example.com", "short", "A"), "VALIDATION_ERROR password");
  CAF_CHECK_EQUAL(try_one("ada@example.com", "correct horse", ""), "VALIDATION_ERROR firstName");
  CAF_CHECK_EQUAL(count->hashed, 0);
  CAF_CHECK(ask<std::vector<user>>(store, get_users{}).empty());
  enrol("ada");
  ask<logged_in>(users, register_user{" ADA@Example.com", "A", "L", {"other password"}, "b", at});
  CAF_CHECK_EQUAL(refused, "EMAIL_TAKEN");
  login("ada");
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(an unknown user costs as much work and hears the same as a wrong password) {
  enrol("ada");
  const auto trial = [&](const std::string& name) {
    const auto before = *count;
    const auto rows = log_kinds(100).size();
    login(name, "wrong password");
    return std::vector<std::string>{refused, words, std::to_string(count->checked - before.checked),
                                    std::to_string(count->hashed - before.hashed),
                                    std::to_string(log_kinds(100).size() - rows)};
  };
  const auto known = trial("ada"), unknown = trial("bob");
  CAF_CHECK(known == unknown);
  CAF_CHECK_EQUAL(known[0], "UNAUTHORIZED");
  CAF_CHECK_EQUAL(known[2], "1");
  CAF_CHECK(log_kinds(2) == (std::vector<std::string>{"login_failed", "login_failed"}));
}

CAF_TEST(nobody logs in with the hash of no password) {
  ask<logged_in>(users, log_in{"bob@example.com", {"nobody's"}, {}, "x", at});
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
}

CAF_TEST(logins are limited per address and per email) {
  enrol("ada");
  for (int i = 0; i < 5; ++i) login("ada", "wrong password", "", "addr" + std::to_string(i));
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  const auto checked = count->checked;
  login("ada", "correct horse", "", "yet another");
  CAF_CHECK_EQUAL(refused, "RATE_LIMITED");
  CAF_CHECK(words.find("60") != std::string::npos);
  for (int i = 0; i < 5; ++i) login("n" + std::to_string(i), "wrong password", "", "one place");
  login("n6", "wrong password", "", "one place");
  CAF_CHECK_EQUAL(refused, "RATE_LIMITED");
  CAF_CHECK_EQUAL(count->checked, checked + 5);
  at += minute_ms;
  login("ada");
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(nobody tries when it cannot be counted) {
  enrol("ada");
  const auto alone = spawn_tries(sys);
  users_options o;
  o.tools = readable_tools(count);
  o.store = store;
  o.hashers = {sys.spawn(counting_hasher, count)};
  o.tries = alone;
  const auto other = spawn_users(sys, o);
  caf::anon_send_exit(alone, caf::exit_reason::kill);
  sched.run();
  const auto checked = count->checked;
  ask<logged_in>(other, log_in{"ada@example.com", {"correct horse"}, {}, "x", at});
  CAF_CHECK_EQUAL(refused, "STORE_UNAVAILABLE");
  CAF_CHECK_EQUAL(count->checked, checked);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

CAF_TEST(passwords that wait to be checked are bounded) {
  count->asleep = true;
  for (int i = 0; i < 4; ++i)
    self->send(users,
               log_in{"n" + std::to_string(i) + "@example.com",
                      {"some password"},
                      {},
                      "a" + std::to_string(i),
                      at});
  sched.run();
  CAF_CHECK_EQUAL(count->checked, 3);
  std::string told;
  self->receive([](const logged_in&) {}, [&](caf::error& e) { note(e), told = refused; });
  CAF_CHECK_EQUAL(told, "BUSY");
}

CAF_TEST(a refresh token is good once and its reuse ends the session) {
  const auto first = enrol("ada").tokens;
  const auto second = refresh(first.refresh);
  CAF_CHECK_EQUAL(refused, "");
  CAF_CHECK(!(second.refresh == first.refresh));
  const auto other = login("ada").tokens;
  refresh(first.refresh);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  refresh(second.refresh);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  refresh(other.refresh);
  CAF_CHECK_EQUAL(refused, "");
  CAF_CHECK(log_kinds(1)[0] == "refresh_reused");
}

CAF_TEST(of two refreshes at once one wins) {
  const auto tokens = enrol("ada").tokens;
  for (int i = 0; i < 2; ++i) self->send(users, refresh_session{tokens.refresh, "x", at});
  sched.run();
  int won = 0, lost = 0;
  for (int i = 0; i < 2; ++i)
    self->receive([&](const token_pair&) { ++won; }, [&](const caf::error&) { ++lost; });
  CAF_CHECK_EQUAL(won, 1);
  CAF_CHECK_EQUAL(lost, 1);
}

CAF_TEST(a refreshed token has the role that the user has now) {
  auto fresh = enrol("ada");
  change_user promote{fresh.who.id, "", user_role::admin, {}, {}, "admin-key", "here", at};
  CAF_CHECK(ask<user_view>(users, promote).role == user_role::admin);
  CAF_CHECK(refresh(fresh.tokens.refresh).access.text.find(" admin ") != std::string::npos);
  CAF_CHECK(log_kinds(1)[0] == "user_changed");
}

CAF_TEST(an access token or a logged out or an old refresh token refreshes nothing) {
  const auto fresh = enrol("ada");
  refresh(fresh.tokens.access);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  refresh({"nonsense"});
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  const auto family = ask<std::vector<audit_row>>(store, get_audit{0, 1}).at(0).act.detail;
  CAF_CHECK(ask<bool>(users, log_out{fresh.who.id, family, "x", at}));
  CAF_CHECK(!ask<bool>(users, log_out{fresh.who.id, family, "x", at}));
  refresh(fresh.tokens.refresh);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  const auto later = login("ada").tokens;
  at += 7 * day_ms;
  refresh(later.refresh);
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
}

CAF_TEST(the second factor counts once it is proven and each code once) {
  const auto who = enrol("ada").who.id;
  ask<totp_setup>(users, set_up_totp{who, "x", at});
  login("ada");
  CAF_CHECK_EQUAL(refused, ""); // not proven yet
  ask<bool>(users, confirm_totp{who, {"000001"}, "x", at});
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  CAF_CHECK(ask<bool>(users, confirm_totp{who, {code()}, "x", at}));
  login("ada");
  CAF_CHECK_EQUAL(refused, "TOTP_REQUIRED");
  login("ada", "wrong password", code());
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  login("ada", "correct horse", code()); // that proved the secret
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  at += 30'000;
  login("ada", "correct horse", code());
  CAF_CHECK_EQUAL(refused, "");
  at += minute_ms;
  ask<totp_setup>(users, set_up_totp{who, "x", at});
  CAF_CHECK_EQUAL(refused, "FORBIDDEN");
  login("ada", "correct horse", "abc");
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
}

CAF_TEST(guesses of a code are limited) {
  const auto who = enrol("ada").who.id;
  ask<totp_setup>(users, set_up_totp{who, "x", at});
  for (int i = 0; i < 5; ++i) ask<bool>(users, confirm_totp{who, {"000001"}, "x", at});
  CAF_CHECK_EQUAL(refused, "UNAUTHORIZED");
  ask<bool>(users, confirm_totp{who, {code()}, "x", at});
  CAF_CHECK_EQUAL(refused, "RATE_LIMITED");
}

CAF_TEST(a key is shown once and kept as its hash) {
  const auto who = enrol("ada").who.id;
  const auto key = ask<issued_key>(users, issue_api_key{who, "bot", {"signals"}, "x", at});
  CAF_CHECK(key.what.hash.empty());
  const auto kept = ask<std::vector<api_key>>(store, get_api_keys{who, ""});
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0].hash, "hash-of-" + key.key.text);
  ask<issued_key>(users, issue_api_key{who, "bot", {"everything"}, "x", at});
  CAF_CHECK_EQUAL(refused, "VALIDATION_ERROR");
}

CAF_TEST(a store that fails is told and no token leaves) {
  enrol("ada");
  *faults = 1;
  login("ada");
  CAF_CHECK_EQUAL(refused, "STORE_UNAVAILABLE");
  login("ada");
  CAF_CHECK_EQUAL(refused, "");
}

CAF_TEST(no printer shows a secret) {
  const auto text = caf::deep_to_string(log_in{"a@b.cc", {"my password"}, {"123456"}, "x", 1});
  CAF_CHECK(text.find("password") == std::string::npos);
  CAF_CHECK(text.find("123456") == std::string::npos);
  CAF_CHECK(text.find("a@b.cc") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
