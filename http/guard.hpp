// Who may pass: the keys, compared in constant time, and how often an address without one may
// ask. Shared by all io threads. What a refusal looks like is the connection's.
#pragma once
#include "http/identity.hpp"
#include "models/plan_limits.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe {

struct guard_limits {
  std::uint32_t per_minute = requests_per_address;
  std::size_t max_addresses = 1u << 16; // remembered; past it strangers share one count
};

/// What is left of an address's minute, or of another window that a request counts in.
struct allowance {
  bool ok = true;
  std::uint32_t limit = 0, remaining = 0;
  std::uint32_t reset_s = 0;           // until the window ends
  std::uint32_t window_s = 60;         // its length
  std::string_view policy = "address"; // its name in headers; static storage
  utc_ms resets_at = 0;                // the window's end; 0: `reset_s` from now
};

/// An empty key is nobody's.
struct guard_keys {
  std::string engine, admin;
};

/// Whose key was given.
enum class key_holder : std::uint8_t { nobody, engine, admin };

class key_guard {
public:
  /// `verify` may be empty: then no token is anybody's.
  explicit key_guard(guard_keys keys, guard_limits limits = {}, token_verifier verify = {});

  /// Whose access token it is, if it is one.
  std::optional<identity> owner_of(std::string_view token, utc_ms now) const;

  /// Takes as long for a wrong key as for the right one. Where both keys are the same it is the
  /// admin's.
  key_holder holder_of(std::string_view given) const;

  /// Counts one request of an address in the minute that `now_s` (seconds of the wall clock, as
  /// where nodes count together) falls in.
  allowance take(std::string_view address, std::int64_t now_s);

private:
  struct window {
    std::int64_t minute = -1;
    std::uint32_t used = 0;
  };

  guard_keys keys_;
  guard_limits limits_;
  token_verifier verify_;
  std::mutex guard_;
  std::unordered_map<std::string, window> windows_;
  window strangers_;
  std::int64_t swept_minute_ = -1;
};

} // namespace troupe
