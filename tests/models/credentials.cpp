#include "models/credentials.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

TEST(credentials, an_email_has_one_form) {
  const struct {
    std::string given;
    const char* kept; // null: no address
  } table[] = {
      {"ada@example.com", "ada@example.com"},
      {"  Ada.L+x@Mail.EXAMPLE.com ", "ada.l+x@mail.example.com"},
      {"a@b.co", "a@b.co"},
      {std::string(64, 'a') + "@example.com", ""},
      {std::string(65, 'a') + "@example.com", nullptr},
      {"a@" + std::string(63, 'b') + ".com", ""},
      {"a@" + std::string(64, 'b') + ".com", nullptr},
      {"a@" + std::string(60, 'b') + "." + std::string(60, 'b') + "." + std::string(60, 'b') + "."
           + std::string(60, 'b') + "." + std::string(10, 'b') + ".com",
       nullptr},
      {"", nullptr},
      {"ada", nullptr},
      {"@example.com", nullptr},
      {"ada@", nullptr},
      {"ada@localhost", nullptr},
      {"ada@example..com", nullptr},
      {"ada@-example.com", nullptr},
      {"ada@example-.com", nullptr},
      {"ada@127.0.0.1", nullptr},
      {"ada@[127.0.0.1]", nullptr},
      {".ada@example.com", nullptr},
      {"ada.@example.com", nullptr},
      {"a..da@example.com", nullptr},
      {"a da@example.com", nullptr},
      {"a@da@example.com", nullptr},
      {"ad\xc3\xa4@example.com", nullptr},
      {"\"ada\"@example.com", nullptr},
      {std::string{"ada\0@example.com", 16}, nullptr},
      {"ada@example.com\r\nBcc: x@y.zz", nullptr},
  };
  for (auto& row : table) {
    const auto got = normalised_email(row.given);
    ASSERT_EQ(got.has_value(), row.kept != nullptr) << row.given;
    if (got) {
      EXPECT_EQ(*got, *row.kept ? row.kept : row.given);
      EXPECT_EQ(normalised_email(*got), got) << "the form is its own form";
    }
  }
}

TEST(credentials, a_password_is_long_enough_and_not_the_first_guess) {
  const std::string email = "ada.lovelace@example.com";
  for (const auto& good : {std::string{"correct horse"}, std::string{"p\xc3\xa4ssw\xc3\xb6rt"},
                           std::string(255, 'x') + "y", std::string{"Tr0ub4dor"}})
    EXPECT_EQ(why_bad_password(good, email), "") << good;
  for (const auto& bad :
       {std::string{}, std::string{"short12"}, std::string(256, 'x') + "y", std::string(9, 'z'),
        std::string{"Password123"}, std::string{"12345678"}, std::string{"ada.lovelace"},
        std::string{"ADA.lovelace@example.com"}, std::string{"tab\there!"},
        std::string{"nul\0byte!", 9}, std::string{"\xff\xfe not text"}})
    EXPECT_NE(why_bad_password(bad, email), "") << bad;
}

TEST(credentials, names_codes_and_scopes_are_judged) {
  EXPECT_TRUE(valid_person_name("Zo\xc3\xab van der Berg"));
  for (const auto& bad : {std::string{}, std::string{"   "}, std::string(101, 'a'),
                          std::string{"a\nb"}, std::string{"\x80"}})
    EXPECT_FALSE(valid_person_name(bad)) << bad;
  EXPECT_TRUE(valid_totp_code("012345"));
  for (const auto* bad : {"", "12345", "1234567", "12345a", "-12345", " 12345"})
    EXPECT_FALSE(valid_totp_code(bad)) << bad;
  EXPECT_TRUE(valid_scopes({"signals", "market"}));
  EXPECT_FALSE(valid_scopes({}));
  EXPECT_FALSE(valid_scopes({"signals", "signals"}));
  EXPECT_FALSE(valid_scopes({"admin"}));
}

TEST(credentials, a_code_is_good_once) {
  EXPECT_TRUE(totp_step_is_new(0, 58920000));
  EXPECT_FALSE(totp_step_is_new(58920000, 58920000));
  EXPECT_FALSE(totp_step_is_new(58920000, 58919999)) << "an older one within the window";
  EXPECT_TRUE(totp_step_is_new(58920000, 58920001));
}

TEST(credentials, a_spent_refresh_token_is_told_from_a_dead_family) {
  refresh_family family{"f", "ada", "t2", 0, 1000, false};
  const auto judged = [&](const char* token, utc_ms at, const char* next = "t3") {
    return judge_rotation(family, {"f", token, next, at, 2000, ""});
  };
  EXPECT_EQ(judged("t2", 999), rotation_outcome::rotated);
  EXPECT_EQ(judged("t1", 999), rotation_outcome::reused);
  EXPECT_EQ(judged("", 999), rotation_outcome::reused);
  EXPECT_EQ(judged("t1", 999, "t2"), rotation_outcome::rotated) << "asked again by who did it";
  EXPECT_EQ(judged("t2", 1000), rotation_outcome::expired);
  family.revoked = true;
  EXPECT_EQ(judged("t2", 999), rotation_outcome::revoked);
  EXPECT_EQ(judged("t1", 999), rotation_outcome::revoked);
}

} // namespace

} // namespace troupe
