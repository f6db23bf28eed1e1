// The sign-ins by providers that this node offers, and what binds their two halves together: a
// signed `state` that goes through the provider, a nonce that stays with the browser, and the PKCE
// verifier that follows from both, so that nothing is kept for whoever only begins. Any node of the
// same secret can end what another began; a state is spent once on each.
#pragma once
#include "http/oauth/provider.hpp"
#include "messages/errors.hpp"
#include "messages/time.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace troupe {

inline constexpr utc_ms oauth_state_ms = 10 * minute_ms, oauth_ticket_ms = 5 * minute_ms;

/// May be used by many threads at once.
class sign_ins {
public:
  static constexpr std::size_t max_spent = 1u << 16; // states; past it errc::busy

  /// `random_id`: 32 hex digits that nobody can guess. `secret` of any length, not empty.
  sign_ins(std::vector<oauth_provider> providers, std::string secret,
           std::function<std::string()> random_id);

  /// Null when it is not offered here.
  const oauth_provider* find(std::string_view name) const;

  struct begun {
    std::string url;   // where the browser goes
    std::string nonce; // what it must bring back
  };
  begun begin(const oauth_provider& at, utc_ms now) const;

  /// Spends a state for the verifier of its code. errc::unauthorized when it is not ours, of
  /// another provider or browser, too old or spent; errc::busy.
  std::variant<std::string, errc> redeem(const oauth_provider& at, std::string_view state,
                                         std::string_view nonce, utc_ms now);

  /// Says that this account was proven a moment ago, for who must bring a second factor too.
  std::string ticket(const provider_subject& account, utc_ms now) const;
  std::optional<provider_subject> read_ticket(std::string_view text, utc_ms now) const;

private:
  std::string seal(std::string_view what, const std::string& text) const;

  std::vector<oauth_provider> providers_;
  std::string secret_;
  std::function<std::string()> random_id_;
  std::mutex guard_;
  std::unordered_map<std::string, utc_ms> spent_; // until when it would be good
};

/// The challenge that goes with a verifier: S256 of RFC 7636.
std::string pkce_challenge(std::string_view verifier);

} // namespace troupe
