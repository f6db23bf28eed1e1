#include "runtime/user_tools.hpp"

#include "runtime/passwords.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <set>

namespace troupe {

namespace {

// "12345678901234567890" of RFC 6238, appendix B.
constexpr const char* rfc_secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

class user_tools_test : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_TRUE(start_crypto()); }
};

TEST_F(user_tools_test, codes_are_those_of_the_standard) {
  EXPECT_EQ(totp_code(rfc_secret, 59'000), "287082");
  EXPECT_EQ(totp_code(rfc_secret, 1'111'111'109'000), "081804");
  EXPECT_EQ(totp_code(rfc_secret, 20'000'000'000'000), "353130");
  EXPECT_EQ(totp_step_of(rfc_secret, "081804", 1'111'111'109'000), 1'111'111'109 / 30);
}

TEST_F(user_tools_test, a_code_belongs_to_one_step_within_one_of_now) {
  const utc_ms at = 1'767'609'000'000;
  const auto code = totp_code(rfc_secret, at);
  const auto step = at / 30'000;
  EXPECT_EQ(totp_step_of(rfc_secret, code, at), step);
  EXPECT_EQ(totp_step_of(rfc_secret, code, at + 30'000), step) << "late";
  EXPECT_EQ(totp_step_of(rfc_secret, code, at - 30'000), step) << "early";
  EXPECT_EQ(totp_step_of(rfc_secret, code, at + 60'000), 0);
  EXPECT_EQ(totp_step_of(rfc_secret, code, at - 60'000), 0);
  EXPECT_EQ(totp_step_of("", code, at), 0);
  EXPECT_EQ(totp_step_of("not base32!", code, at), 0);
  EXPECT_EQ(totp_step_of(rfc_secret, "", at), 0);
}

TEST_F(user_tools_test, a_new_secret_is_random_and_its_picture_bears_it) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(make_totp("ada@example.com").secret.text);
  EXPECT_EQ(seen.size(), 100u);
  const auto made = make_totp("ada+x@example.com");
  EXPECT_EQ(made.secret.text.size(), 32u);
  EXPECT_EQ(made.otpauth_url.text,
            "otpauth://totp/Troupe:ada%2Bx@example.com?secret=" + made.secret.text
                + "&issuer=Troupe&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(made.qr_code.text.rfind("data:image/svg+xml;base64,", 0), 0u);
  EXPECT_NE(qr_svg_url("one"), qr_svg_url("two"));
  EXPECT_EQ(qr_svg_url(std::string(5000, 'x')), "");
}

TEST_F(user_tools_test, a_password_is_checked_against_its_own_hash_only) {
  store_config config;
  caf::actor_system system{config};
  const password_cost cheap{1, 8u << 10};
  auto hashers = spawn_hashers(system, 1, cheap);
  ASSERT_EQ(hashers.size(), 1u);
  caf::scoped_actor self{system};
  const auto hash = [&](const std::string& password) {
    secret_text out;
    self->request(hashers[0], std::chrono::seconds(20), hash_password{{password}})
        .receive([&](secret_text& h) { out = h; },
                 [&](caf::error& e) { ADD_FAILURE() << system.render(e); });
    return out;
  };
  const auto right = [&](const std::string& password, const secret_text& h) {
    bool out = false;
    self->request(hashers[0], std::chrono::seconds(20), check_password{{password}, h})
        .receive([&](bool b) { out = b; },
                 [&](caf::error& e) { ADD_FAILURE() << system.render(e); });
    return out;
  };
  const auto one = hash("correct horse"), two = hash("correct horse");
  EXPECT_EQ(one.text.rfind("$argon2id$v=19$m=8,t=1,p=1$", 0), 0u) << one.text;
  EXPECT_NE(one.text, two.text) << "salted";
  EXPECT_TRUE(right("correct horse", one));
  EXPECT_TRUE(right("correct horse", two));
  EXPECT_FALSE(right("correct horsf", one));
  EXPECT_FALSE(right("", one));
  EXPECT_FALSE(right("correct horse", {""}));
  EXPECT_FALSE(right("correct horse", {"$argon2id$nonsense"}));
  EXPECT_FALSE(right("", hash_of_nothing(cheap)));
  for (auto& h : hashers) caf::anon_send_exit(h, caf::exit_reason::user_shutdown);
}

} // namespace

} // namespace troupe
