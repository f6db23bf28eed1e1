// Users who invest over HTTP: one with a verified identity and a filled wallet in a word.
#pragma once
#include "money.hpp"

#include "models/investment_ids.hpp"

namespace troupe::test {

/// Somebody with a token.
struct person {
  std::string id, token;
};

class investing_test : public ::testing::Test {
protected:
  static std::string bearer(const person& who) {
    return "Authorization: Bearer " + who.token + "\r\n";
  }
  static json data(const answer& a) {
    const auto body = json::parse(a.body, nullptr, false);
    return body.is_object() && body.contains("data") ? body["data"] : json{{"answer", a.body}};
  }

  person enrol(const std::string& name) {
    const auto made = data(say_.http.say(
        "POST", "/auth/register",
        R"({"email":")" + name
            + R"(@example.com","password":"correct horse","firstName":"A","lastName":"B"})"));
    return {made["user"]["id"], made["tokens"]["access_token"]};
  }
  void set_kyc(const person& who, const std::string& state) {
    EXPECT_EQ(
        say_.admin("POST", "/admin/users/" + who.id + "/kyc", R"({"status":")" + state + "\"}")
            .status,
        200);
  }
  void fund(const person& who, const std::string& amount) {
    EXPECT_EQ(say_.admin("POST", "/admin/wallets/" + who.id + "/fund",
                         "{\"amount\":\"" + amount + "\"}", keyed("fund-" + amount))
                  .status,
              200);
  }
  /// Verified, with 1000 in the wallet.
  person investor(const std::string& name) {
    auto out = enrol(name);
    set_kyc(out, "approved");
    fund(out, "1000");
    return out;
  }

  answer get(const person& who, const std::string& path) {
    return say_.http.say("GET", "/investment" + path, "", bearer(who));
  }
  /// `key` empty: without one.
  answer post(const person& who, const std::string& path, const std::string& body,
              const std::string& key = {}) {
    return say_.http.say("POST", "/investment" + path, body,
                         bearer(who) + (key.empty() ? "" : keyed(key)));
  }
  static std::string amount(const std::string& text) { return "{\"amount\":\"" + text + "\"}"; }
  static std::string order(const std::string& product, const std::string& text) {
    return R"({"product_id":")" + product + R"(","amount":")" + text + "\"}";
  }
  /// The id of a new account.
  std::string invest(const person& who, const std::string& product = "orion",
                     const std::string& text = "400", const std::string& key = "invest") {
    const auto made = post(who, "/accounts", order(product, text), key);
    EXPECT_EQ(made.status, 201) << made.body;
    return data(made)["account"]["account_id"];
  }
  std::string balance(const person& who, const std::string& account) {
    return data(get(who, "/accounts/" + account))["account"]["balance"];
  }
  std::string wallet(const person& who) {
    return json::parse(say_.admin("GET", "/admin/accounts/wallet:" + who.id).body)
        .value("balance", "?");
  }
  /// Until the wallet has it: what leaves an account is on its way for a moment.
  std::string wallet_after(const person& who, const std::string& expected) {
    auto now = wallet(who);
    for (int i = 0; i < 1000 && now != expected; ++i) now = wallet(who);
    return now;
  }

  node own_{{}, {100'000, 100}};
  money_client say_{own_};
};

} // namespace troupe::test
