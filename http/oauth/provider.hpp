// What is said to a provider of sign-ins and what its answers mean: OAuth 2.0 authorisation code
// with PKCE (RFC 6749, 7636), and the profile that google, facebook and github each give in their
// own words. When to ask, and what becomes of who is who they say, is elsewhere.
#pragma once
#include "actors/outbound.hpp"
#include "messages/user.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// One provider as this node knows it.
struct oauth_provider {
  std::string name; // google, facebook or github
  std::string client_id;
  secret_text client_secret;
  std::string authorize_url; // where a browser goes
  std::string redirect_uri;  // where it comes back to: fixed, and registered there
  outbound_actor tokens, profiles;
  std::string token_path, profile_path; // below those services' addresses
};

/// Whether this is a provider whose profile can be read.
bool known_provider(std::string_view name);

/// Where the browser goes, with everything that binds its way back.
std::string authorize_url(const oauth_provider& at, std::string_view state,
                          std::string_view challenge);

outbound_request token_request(const oauth_provider& at, std::string_view code,
                               std::string_view verifier);
outbound_request profile_request(const oauth_provider& at, std::string_view token);
/// Of a provider that tells verified addresses apart in a list of their own; none: it does not.
std::optional<outbound_request> email_request(const oauth_provider& at, std::string_view token);

/// What an answer was.
enum class oauth_outcome : std::uint8_t { good, refused, unusable };

/// The access token. `refused`: the code was none of ours; `unusable`: an error of the provider,
/// of our settings, or no such answer at all.
oauth_outcome read_token(const outbound_response& r, secret_text& token);

/// Fills in what is told; `unusable` without a name of the account that never changes.
oauth_outcome read_profile(const oauth_provider& at, const outbound_response& r,
                           provider_profile& out);

/// The primary address, if it is verified.
oauth_outcome read_emails(const outbound_response& r, provider_profile& out);

} // namespace troupe
