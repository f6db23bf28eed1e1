// What every user store promises, asked of each of them.
#include "tests/runtime/user_store_makers.hpp"

#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

namespace troupe {

namespace {

user user_of(const std::string& name) {
  user u;
  u.id = "id-" + name;
  u.email = name + "@example.com";
  u.first_name = "Zo\xc3\xab";
  u.last_name = "O'Neil";
  u.password_hash.text = "$argon2id$v=19$m=65536,t=2,p=1$abc$def";
  u.role = user_role::admin;
  u.plan = user_plan::pro;
  u.kyc = kyc_state::approved;
  u.totp_secret.text = "JBSWY3DPEHPK3PXP";
  u.totp_on = true;
  u.totp_step = 7;
  u.created_at = monday;
  return u;
}

audit_entry act_of(const std::string& kind, const std::string& detail = "") {
  return {monday, kind, "id-ada", "id-ada", "10.1.2.3", detail};
}

class user_store : public ::testing::TestWithParam<user_store_maker> {
protected:
  ~user_store() override { caf::anon_send_exit(store, caf::exit_reason::user_shutdown); }

  template<class Answer, class Question>
  Answer ask(const Question& question) {
    Answer out{};
    self->request(store, std::chrono::seconds(20), question)
        .receive([&](Answer& a) { out = std::move(a); },
                 [&](caf::error& e) { ADD_FAILURE() << system.render(e); });
    return out;
  }
  // The code of the refusal, of either kind.
  template<class Answer, class Question>
  std::string refusal(const Question& question) {
    std::string out = "none";
    self->request(store, std::chrono::seconds(20), question)
        .receive([](Answer&) {},
                 [&](caf::error& e) {
                   out = e.category() == caf::atom("users")
                       ? std::string{code_of(static_cast<user_errc>(e.code()))}
                       : std::string{code_of(static_cast<errc>(e.code()))};
                 });
    return out;
  }
  user put(const user& u, std::uint64_t version = 0, const audit_entry& act = {}) {
    return ask<user>(put_user{u, version, act});
  }
  std::vector<user> by_id(const user_id& id) { return ask<std::vector<user>>(find_user{id, ""}); }
  bool open(const std::string& family, utc_ms at = monday, const user_id& who = "id-ada") {
    return ask<bool>(open_family{{family, who, "t1", at, at + 7 * day_ms, false}, {}});
  }
  rotation_outcome rotate(const std::string& family, const std::string& token,
                          const std::string& next, utc_ms at = monday) {
    return ask<rotation>(rotate_family{family, token, next, at, at + 7 * day_ms, "10.1.2.3"})
        .outcome;
  }
  bool put_key(const std::string& name) {
    return ask<bool>(put_api_key{
        {"key-" + name, "id-ada", name, "hash-" + name, {"signals", "market"}, monday, 0}, {}});
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    for (auto& row : ask<std::vector<audit_row>>(get_audit{0, 100})) out.push_back(row.act.kind);
    return out;
  }

  store_config config;
  caf::actor_system system{config};
  temporary_folder folder;
  user_store_actor store = GetParam().make(system, folder);
  caf::scoped_actor self{system};
};

TEST_P(user_store, a_user_comes_back_as_it_was_put) {
  const auto kept = put(user_of("ada"));
  EXPECT_EQ(kept.version, 1u);
  for (const auto& question : {find_user{"id-ada", ""}, find_user{"", "ada@example.com"}}) {
    const auto found = ask<std::vector<user>>(question);
    ASSERT_EQ(found.size(), 1u);
    const auto& u = found[0];
    const auto was = user_of("ada");
    EXPECT_EQ(u.email, was.email);
    EXPECT_EQ(u.first_name + u.last_name, was.first_name + was.last_name);
    EXPECT_EQ(u.password_hash, was.password_hash);
    EXPECT_EQ(u.totp_secret, was.totp_secret);
    EXPECT_TRUE(u.role == was.role && u.plan == was.plan && u.kyc == was.kyc);
    EXPECT_TRUE(u.totp_on && u.totp_step == 7 && u.created_at == monday && u.version == 1);
  }
  EXPECT_TRUE(by_id("id-bob").empty());
  EXPECT_TRUE(ask<std::vector<user>>(find_user{"", "ADA@example.com"}).empty());
}

TEST_P(user_store, an_email_has_one_owner_and_a_version_one_successor) {
  put(user_of("ada"));
  auto thief = user_of("bob");
  thief.email = "ada@example.com";
  EXPECT_EQ(refusal<user>(put_user{thief, 0, act_of("registered")}), "EMAIL_TAKEN");
  auto changed = user_of("ada");
  changed.plan = user_plan::premium;
  EXPECT_EQ(put(changed, 1).version, 2u);
  changed.plan = user_plan::free;
  EXPECT_EQ(refusal<user>(put_user{changed, 1, act_of("plan_changed")}), "IN_PROGRESS");
  EXPECT_EQ(by_id("id-ada")[0].plan, user_plan::premium);
  EXPECT_EQ(refusal<user>(put_user{user_of("eve"), 3, {}}), "IN_PROGRESS") << "nobody is there";
  EXPECT_TRUE(kinds().empty()) << "what was refused is not in the log";
}

TEST_P(user_store, users_are_listed_by_email) {
  for (const auto* name : {"carol", "ada", "bob"}) put(user_of(name));
  auto page = ask<std::vector<user>>(get_users{"", 2});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].email + page[1].email, "ada@example.combob@example.com");
  page = ask<std::vector<user>>(get_users{page[1].email, 2});
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].id, "id-carol");
}

TEST_P(user_store, an_account_at_a_provider_is_one_users_and_the_only_one_there) {
  const auto link = [&](const user& u, std::uint64_t version, const provider_subject& account) {
    return refusal<user>(put_user{u, version, act_of("linked"), account});
  };
  const auto owner = [&](const provider_subject& account) {
    const auto found = ask<std::vector<user>>(find_user{"", "", account});
    return found.empty() ? "nobody" : found[0].id;
  };
  EXPECT_EQ(link(user_of("ada"), 0, {"google", "1"}), "none") << "with the user";
  put(user_of("bob"));
  EXPECT_EQ(link(user_of("bob"), 1, {"github", "1"}), "none") << "later";
  EXPECT_EQ(owner({"google", "1"}) + owner({"github", "1"}), "id-adaid-bob");
  EXPECT_EQ(owner({"google", "2"}) + owner({"facebook", "1"}), "nobodynobody");
  EXPECT_EQ(link(user_of("bob"), 2, {"google", "1"}), "ALREADY_LINKED");
  EXPECT_EQ(link(user_of("ada"), 1, {"google", "2"}), "ALREADY_LINKED");
  EXPECT_EQ(link(user_of("carol"), 0, {"google", "1"}), "ALREADY_LINKED");
  EXPECT_TRUE(by_id("id-carol").empty()) << "refused as a whole";
  EXPECT_EQ(by_id("id-bob")[0].version, 2u);
  EXPECT_EQ(link(user_of("ada"), 1, {"google", "1"}), "none") << "again is harmless";
  EXPECT_EQ(kinds().size(), 3u);
}

TEST_P(user_store, a_change_may_end_all_sessions_but_one) {
  put(user_of("ada"));
  for (const auto* family : {"mine", "f", "g"}) open(family);
  open("other", monday, "id-bob");
  ask<user>(put_user{user_of("ada"), 1, {}, {}, true, "mine"});
  EXPECT_EQ(rotate("mine", "t1", "t2"), rotation_outcome::rotated);
  EXPECT_EQ(rotate("f", "t1", "t2"), rotation_outcome::revoked);
  EXPECT_EQ(rotate("g", "t1", "t2"), rotation_outcome::revoked);
  EXPECT_EQ(rotate("other", "t1", "t2"), rotation_outcome::rotated);
  auto late = user_of("ada"); // another change: the same again may be answered as done
  late.password_hash.text = "another";
  EXPECT_EQ(refusal<user>(put_user{late, 1, {}, {}, true, ""}), "IN_PROGRESS");
  EXPECT_EQ(rotate("mine", "t2", "t3"), rotation_outcome::rotated) << "a refusal ends nothing";
}

TEST_P(user_store, a_code_is_spent_once_and_stays_spent) {
  put(user_of("ada"));
  EXPECT_FALSE(ask<bool>(use_totp_step{"id-ada", 7}));
  EXPECT_TRUE(ask<bool>(use_totp_step{"id-ada", 9}));
  EXPECT_FALSE(ask<bool>(use_totp_step{"id-ada", 9}));
  EXPECT_FALSE(ask<bool>(use_totp_step{"id-ada", 8}));
  EXPECT_FALSE(ask<bool>(use_totp_step{"id-bob", 9}));
  EXPECT_EQ(put(user_of("ada"), 1).totp_step, 9) << "a change of the user does not bring it back";
  EXPECT_FALSE(ask<bool>(use_totp_step{"id-ada", 9}));
}

TEST_P(user_store, a_refresh_token_is_spent_once_and_its_reuse_ends_the_family) {
  open("f");
  open("g");
  EXPECT_EQ(rotate("f", "t1", "t2"), rotation_outcome::rotated);
  EXPECT_EQ(rotate("f", "t2", "t3"), rotation_outcome::rotated);
  EXPECT_EQ(rotate("f", "t1", "x"), rotation_outcome::reused);
  EXPECT_EQ(rotate("f", "t3", "t4"), rotation_outcome::revoked) << "of the honest holder too";
  EXPECT_EQ(rotate("g", "t1", "t2"), rotation_outcome::rotated) << "another login goes on";
  EXPECT_EQ(rotate("h", "t1", "t2"), rotation_outcome::unknown);
  EXPECT_EQ(rotate("g", "t2", "t3", monday + 8 * day_ms), rotation_outcome::expired);
  EXPECT_EQ(kinds(), std::vector<std::string>{"refresh_reused"});
}

TEST_P(user_store, of_two_refreshes_at_once_one_wins) {
  open("f");
  const auto race = [&](const std::string& next) {
    return rotate_family{"f", "t1", next, monday, monday + day_ms, ""};
  };
  std::vector<rotation_outcome> got;
  for (const auto* next : {"a", "b"}) self->send(store, race(next));
  for (int i = 0; i < 2; ++i) self->receive([&](rotation& r) { got.push_back(r.outcome); });
  EXPECT_EQ(got, (std::vector{rotation_outcome::rotated, rotation_outcome::reused}));
}

TEST_P(user_store, a_logout_ends_a_family_once) {
  open("f");
  EXPECT_TRUE(ask<bool>(revoke_family{"f", act_of("logout")}));
  EXPECT_FALSE(ask<bool>(revoke_family{"f", act_of("logout")}));
  EXPECT_FALSE(ask<bool>(revoke_family{"g", act_of("logout")}));
  EXPECT_EQ(rotate("f", "t1", "t2"), rotation_outcome::revoked);
  EXPECT_EQ(kinds(), std::vector<std::string>{"logout"});
}

TEST_P(user_store, a_user_has_so_many_logins_and_the_oldest_goes) {
  for (std::size_t i = 0; i <= max_families_per_user; ++i)
    open("f" + std::to_string(i), monday + static_cast<utc_ms>(i));
  open("other", monday, "id-bob");
  EXPECT_EQ(rotate("f0", "t1", "t2"), rotation_outcome::unknown);
  EXPECT_EQ(rotate("f1", "t1", "t2"), rotation_outcome::rotated);
  EXPECT_EQ(rotate("other", "t1", "t2"), rotation_outcome::rotated);
  open("late", monday + 30 * day_ms);
  EXPECT_EQ(rotate("f2", "t1", "t2"), rotation_outcome::unknown) << "expired ones are cleared";
}

TEST_P(user_store, keys_are_found_by_hash_and_revoked_by_their_owner) {
  EXPECT_TRUE(put_key("one"));
  EXPECT_TRUE(put_key("two"));
  const auto all = ask<std::vector<api_key>>(get_api_keys{"id-ada", ""});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "one");
  EXPECT_EQ(all[0].scopes, (std::vector<std::string>{"signals", "market"}));
  EXPECT_FALSE(ask<bool>(revoke_api_key{"id-bob", "key-one", act_of("key_revoked")}));
  EXPECT_TRUE(ask<bool>(revoke_api_key{"id-ada", "key-one", act_of("key_revoked")}));
  EXPECT_FALSE(ask<bool>(revoke_api_key{"id-ada", "key-one", act_of("key_revoked")}));
  const auto found = ask<std::vector<api_key>>(get_api_keys{"", "hash-one"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].revoked_at, monday);
  EXPECT_TRUE(ask<std::vector<api_key>>(get_api_keys{"", "hash-three"}).empty());
}

TEST_P(user_store, a_user_has_so_many_good_keys) {
  for (std::size_t i = 0; i < max_keys_per_user; ++i) EXPECT_TRUE(put_key(std::to_string(i)));
  EXPECT_FALSE(put_key("more"));
  EXPECT_TRUE(ask<bool>(revoke_api_key{"id-ada", "key-0", act_of("key_revoked")}));
  EXPECT_TRUE(put_key("more"));
}

TEST_P(user_store, the_log_is_read_from_its_newest_row) {
  put(user_of("ada"), 0, act_of("registered"));
  ask<bool>(put_audit{act_of("login_failed", "a")});
  ask<bool>(put_audit{act_of("login_failed", "b")});
  auto page = ask<std::vector<audit_row>>(get_audit{0, 2});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].act.detail + page[1].act.detail, "ba");
  page = ask<std::vector<audit_row>>(get_audit{page[1].number, 2});
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].act.kind, "registered");
  EXPECT_EQ(page[0].act.address, "10.1.2.3");
  EXPECT_EQ(page[0].act.at, monday);
}

TEST_P(user_store, what_cannot_be_kept_is_refused_and_changes_nothing) {
  auto u = user_of("ada");
  u.email = "Ada@example.com";
  EXPECT_EQ(refusal<user>(put_user{u, 0, {}}), "VALIDATION_ERROR");
  u = user_of("ada");
  u.first_name = std::string{"a\0b", 3};
  EXPECT_EQ(refusal<user>(put_user{u, 0, {}}), "VALIDATION_ERROR");
  EXPECT_EQ(refusal<std::vector<user>>(find_user{}), "VALIDATION_ERROR");
  EXPECT_EQ(refusal<std::vector<user>>(find_user{"id-ada", "", {"google", "1"}}),
            "VALIDATION_ERROR");
  EXPECT_EQ(refusal<user>(put_user{user_of("ada"), 0, {}, {"google", ""}}), "VALIDATION_ERROR");
  EXPECT_EQ(refusal<std::vector<user>>(get_users{"", 0}), "VALIDATION_ERROR");
  EXPECT_EQ(refusal<std::vector<user>>(get_users{"", 201}), "VALIDATION_ERROR");
  EXPECT_EQ(refusal<bool>(put_audit{}), "VALIDATION_ERROR");
  EXPECT_TRUE(ask<std::vector<user>>(get_users{"", 10}).empty());
}

INSTANTIATE_TEST_SUITE_P(every, user_store, ::testing::ValuesIn(user_store_makers()),
                         [](const auto& made) { return made.param.kind; });

} // namespace

} // namespace troupe
