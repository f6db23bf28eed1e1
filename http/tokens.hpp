// Tokens as text: JWT signed with HMAC-SHA256, one secret for access and another for refreshing.
// The algorithm is fixed here, never taken from a token; so are the keys. Who gets a token, and
// what a refresh token is worth, is decided elsewhere.
#pragma once
#include "actors/users.hpp"
#include "http/identity.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

inline constexpr std::string_view token_issuer = "troupe", token_audience = "troupe-api";
inline constexpr std::size_t max_token_bytes = 2048, min_token_secret_bytes = 32;
inline constexpr std::size_t max_known_tokens = 4096;
/// How far another node's clock may be ahead.
inline constexpr utc_ms token_leeway_ms = 30 * second_ms;

/// May be used by many threads at once.
class tokens {
public:
  /// @pre both have at least min_token_secret_bytes and differ
  tokens(std::string access_secret, std::string refresh_secret);

  /// Empty when the library fails.
  std::string sign_access(const token_claims& claims) const;
  std::string sign_refresh(const token_claims& claims) const;

  /// The claims when signature, algorithm, typ, iss, aud, exp and nbf are right and nothing is
  /// missing.
  std::optional<token_claims> read_access(std::string_view token, utc_ms now) const;
  std::optional<token_claims> read_refresh(std::string_view token, utc_ms now) const;

  /// read_access as the server wants it: remembers up to twice max_known_tokens that were good, and
  /// judges their expiry each time. Valid for as long as this object lives.
  token_verifier verifier() const;

private:
  std::string access_, refresh_;
};

} // namespace troupe
