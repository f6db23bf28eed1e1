// What the tests of users' routes say: one user after another, each with a token of the fixture.
#pragma once
#include "money.hpp"

#include <utility>

namespace troupe::test {

/// Speaks as whichever user is named; `next()` is somebody new, so that nobody's limits are used
/// up.
class user_client {
public:
  explicit user_client(const node& n) : http{n.port()} {}

  static std::string token_of(const std::string& user) {
    return "Authorization: Bearer " + user + ".good\r\n";
  }
  answer as(const std::string& user, std::string_view method, const std::string& path,
            std::string_view body = {}) {
    return http.say(method, path, body, token_of(user));
  }
  std::string next() { return "user" + std::to_string(++users_); }
  answer get(const std::string& path) { return as(next(), "GET", path); }
  answer post(const std::string& path, std::string_view body) {
    return as(next(), "POST", path, body);
  }

  client http;

private:
  int users_ = 0;
};

/// The `data` of an envelope; the envelope itself is checked.
inline json data_of(const answer& a) {
  const auto body = json::parse(a.body, nullptr, false);
  EXPECT_TRUE(body.is_object() && body.value("success", false)) << a.body;
  if (!body.is_object() || !body.contains("metadata")) return {};
  const auto& metadata = body["metadata"];
  EXPECT_EQ(metadata["requestId"], a.header("X-Request-Id"));
  EXPECT_TRUE(metadata["latencyMs"].is_number_integer());
  EXPECT_TRUE(metadata["cached"].is_boolean());
  EXPECT_EQ(a.header("Cache-Control"), "no-store");
  return body["data"];
}

inline bool cached(const answer& a) { return json::parse(a.body)["metadata"]["cached"]; }

} // namespace troupe::test
