// What tokens withstand. The forger signs with OpenSSL by hand, so that it can write what no
// library would.
#include "http/tokens.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/hmac.h>

#include <array>

namespace troupe {

namespace {

using nlohmann::json;

constexpr utc_ms noon = 1767609000000;
const std::string access_secret = "access-secret-of-at-least-32-bytes!";
const std::string refresh_secret = "refresh-secret-of-at-least-32-byte!";

std::string base64url(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned held = 0, bits = 0;
  for (const unsigned char c : bytes) {
    held = held << 8 | c;
    for (bits += 8; bits >= 6; bits -= 6) out += digits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += digits[held << (6 - bits) & 63];
  return out;
}

std::string hmac(const EVP_MD* hash, const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  HMAC(hash, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

json good_claims() {
  return {{"iss", "troupe"},    {"aud", "troupe-api"}, {"typ", "access"},         {"sub", "usr_1"},
          {"sid", "fam"},       {"jti", "one"},        {"role", "user"},          {"plan", "free"},
          {"iat", noon / 1000}, {"nbf", noon / 1000},  {"exp", noon / 1000 + 900}};
}

std::string forge(const json& head, const json& claims, const std::string& key = access_secret,
                  const EVP_MD* hash = EVP_sha256()) {
  const auto body = base64url(head.dump()) + '.' + base64url(claims.dump());
  return body + '.' + base64url(hmac(hash, key, body));
}

const json usual_head{{"alg", "HS256"}, {"typ", "JWT"}};

class token_attacks : public ::testing::Test {
protected:
  bool passes(const std::string& token, utc_ms now = noon) const {
    return std::holds_alternative<identity>(made.verifier()(token, now));
  }
  tokens made{access_secret, refresh_secret};
  token_claims claims{
      "usr_1", "fam", "one", user_role::admin, user_plan::pro, noon, noon + 15 * minute_ms};
};

TEST_F(token_attacks, a_token_says_who_it_was_made_for) {
  const auto got = made.verifier()(made.sign_access(claims), noon);
  ASSERT_TRUE(std::holds_alternative<identity>(got));
  const auto& who = std::get<identity>(got);
  EXPECT_EQ(who.user + who.session, "usr_1fam");
  EXPECT_TRUE(who.role == user_role::admin && who.plan == user_plan::pro);
  EXPECT_EQ(who.expires_at, noon + 15 * minute_ms);
  EXPECT_EQ(made.read_refresh(made.sign_refresh(claims), noon)->id, "one");
}

TEST_F(token_attacks, the_forger_can_write_a_good_one) {
  EXPECT_TRUE(passes(forge(usual_head, good_claims()))) << "else the tests below show nothing";
}

TEST_F(token_attacks, no_algorithm_but_ours_counts) {
  const auto body = [](const json& head) {
    return base64url(head.dump()) + '.' + base64url(good_claims().dump()) + '.';
  };
  for (const auto* none : {"none", "None", "NONE", "nOnE", ""}) {
    const json head{{"alg", none}, {"typ", "JWT"}};
    EXPECT_FALSE(passes(body(head))) << none;
    EXPECT_FALSE(passes(body(head) + "AAAA")) << none;
    EXPECT_FALSE(passes(forge(head, good_claims()))) << none;
  }
  EXPECT_FALSE(passes(forge(json{{"typ", "JWT"}}, good_claims()))) << "none named";
  for (const auto* other : {"HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256"})
    EXPECT_FALSE(passes(forge(json{{"alg", other}, {"typ", "JWT"}}, good_claims()))) << other;
  EXPECT_FALSE(passes(
      forge(json{{"alg", "HS384"}, {"typ", "JWT"}}, good_claims(), access_secret, EVP_sha384())));
  EXPECT_FALSE(passes(
      forge(json{{"alg", "HS512"}, {"typ", "JWT"}}, good_claims(), access_secret, EVP_sha512())))
      << "rightly signed, with another algorithm";
  EXPECT_FALSE(passes(forge(json{{"alg", json::array({"HS256"})}}, good_claims())));
}

TEST_F(token_attacks, no_token_names_its_own_key) {
  for (const auto& head :
       {json{{"alg", "HS256"}, {"kid", "../../../../dev/null"}},
        json{{"alg", "HS256"}, {"kid", "x' UNION SELECT 'k"}},
        json{{"alg", "HS256"}, {"jwk", {{"kty", "oct"}, {"k", ""}}}},
        json{{"alg", "HS256"}, {"jku", "http://127.0.0.1/keys"}}, json{{"alg", "HS256"}}}) {
    EXPECT_FALSE(passes(forge(head, good_claims(), ""))) << head;
    EXPECT_FALSE(passes(forge(head, good_claims(), refresh_secret))) << head;
  }
}

TEST_F(token_attacks, no_single_bit_may_be_other) {
  const auto token = made.sign_access(claims);
  for (std::size_t i = 0; i < token.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto other = token;
      other[i] = static_cast<char>(other[i] ^ 1 << bit);
      ASSERT_FALSE(passes(other)) << i << '/' << bit;
    }
  for (std::size_t size = 0; size < token.size(); ++size)
    ASSERT_FALSE(passes(token.substr(0, size))) << size;
  for (const auto* more : {"=", "A", ".", ".x", " ", "\n"}) EXPECT_FALSE(passes(token + more));
  EXPECT_FALSE(passes(token + std::string(1, '\0')));
  EXPECT_FALSE(passes(token + std::string(3000, 'A')));
}

TEST_F(token_attacks, a_refresh_token_opens_nothing_and_an_access_token_refreshes_nothing) {
  EXPECT_FALSE(passes(made.sign_refresh(claims)));
  EXPECT_FALSE(made.read_refresh(made.sign_access(claims), noon));
  auto refreshing = good_claims();
  refreshing["typ"] = "refresh";
  EXPECT_FALSE(passes(forge(usual_head, refreshing))) << "also with the secret of the other";
  EXPECT_FALSE(made.read_refresh(forge(usual_head, good_claims(), refresh_secret), noon));
}

TEST_F(token_attacks, every_claim_is_needed_and_must_be_right) {
  const auto all = good_claims();
  for (const auto& [name, ignored] : all.items()) {
    if (name == "iat") continue; // told, not judged
    auto less = good_claims();
    less.erase(name);
    EXPECT_FALSE(passes(forge(usual_head, less))) << name;
    for (const auto& wrong : {json("other"), json(7), json(nullptr), json::array({"troupe-api"})}) {
      if ((name == "sub" || name == "sid" || name == "jti") && wrong.is_string()) continue;
      auto changed = good_claims();
      changed[name] = wrong;
      if (name == "nbf" && wrong == 7) continue; // long ago: no reason to refuse
      EXPECT_FALSE(passes(forge(usual_head, changed))) << name << ' ' << wrong;
    }
  }
}

TEST_F(token_attacks, a_token_is_good_in_its_time) {
  const auto token = made.sign_access(claims);
  EXPECT_TRUE(passes(token, noon + 15 * minute_ms - 1));
  EXPECT_FALSE(passes(token, noon + 15 * minute_ms));
  EXPECT_TRUE(passes(token, noon - token_leeway_ms)) << "another node's clock";
  EXPECT_FALSE(passes(token, noon - token_leeway_ms - second_ms));
  for (const auto& odd : {json(-1), json(0), json(9.0e18), json("99999999999"), json(1e300)}) {
    auto changed = good_claims();
    changed["exp"] = odd;
    EXPECT_FALSE(passes(forge(usual_head, changed))) << odd;
  }
}

TEST_F(token_attacks, a_token_that_is_known_still_ends_and_is_still_its_own) {
  const auto verify = made.verifier();
  const auto user_of = [&](const std::string& token, utc_ms now) {
    const auto got = verify(token, now);
    return std::holds_alternative<identity>(got) ? std::get<identity>(got).user : "nobody";
  };
  const auto token = made.sign_access(claims);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(user_of(token, noon), "usr_1");
  EXPECT_EQ(user_of(token, noon + 15 * minute_ms), "nobody");
  EXPECT_EQ(user_of(token + "A", noon), "nobody");
  for (std::size_t i = 0; i < 3 * max_known_tokens; ++i) { // more than are remembered
    auto other = claims;
    other.user = std::to_string(i);
    ASSERT_EQ(user_of(made.sign_access(other), noon), other.user);
  }
  EXPECT_EQ(user_of(token, noon), "usr_1");
}

TEST_F(token_attacks, what_is_no_token_is_refused) {
  for (const auto& junk : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a.b.c"},
                           std::string{"e30.e30.e30"}, std::string{"a.b"}, std::string(2048, 'a'),
                           forge(json::array(), good_claims()), forge(usual_head, json::array()),
                           forge(usual_head, json("text"))})
    EXPECT_FALSE(passes(junk)) << junk;
}

} // namespace

} // namespace troupe
