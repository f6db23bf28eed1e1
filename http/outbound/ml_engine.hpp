// What is said to an external ML engine that trades for our accounts (ML_ENGINE_URL): the requests
// of SPEC §3.1. Delivering them, in order and after the commit, is the outbox's; they are safe to
// repeat because each carries the event's id, and the capital it must end with.
#pragma once
#include "actors/outbound.hpp"
#include "http/outbound/url.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// The settings' ML_ENGINE_…; the retry delay × attempt bounds each wait.
struct ml_engine_settings {
  std::string url, client_key;
  std::int64_t timeout_ms = 30'000;
  std::uint32_t retry_attempts = 3;
  std::int64_t retry_delay_ms = 1000;
};

/// Where it listens. `/api/v1` is added unless the address ends with it (the sources' example
/// does). Nothing when it is no http or https address.
std::optional<endpoint> ml_engine_endpoint(std::string_view url);

/// Breaker as SPEC §6 says; a request that names no deadline has time for every attempt.
outbound_options ml_engine_options(const ml_engine_settings& settings);

/// Money is decimal text as the ledger prints it, and leaves as a JSON string (SPEC §2).
struct ml_account {
  std::string account_id, product_id, agent_type;
  std::string initial_capital;
  std::string agent_config = "{}"; // a JSON object
};

struct ml_capital {
  enum class operation { deposit, withdrawal } what = operation::deposit;
  std::string account_id;
  std::string amount, new_total_capital;
};

/// Builds the requests. `event_id` is sent as Idempotency-Key. Errors are
/// outbound_errc::malformed_request with what is wrong.
class ml_engine_requests {
public:
  explicit ml_engine_requests(std::string client_key) : key_(std::move(client_key)) {}

  /// POST /trading/accounts
  caf::expected<outbound_request> create(const ml_account& account,
                                         std::string_view event_id) const;
  /// POST /trading/accounts/:id/capital
  caf::expected<outbound_request> capital(const ml_capital& change,
                                          std::string_view event_id) const;
  /// POST /trading/accounts/:id/pause, /resume, /close: without a body.
  caf::expected<outbound_request> pause(std::string_view account_id,
                                        std::string_view event_id) const;
  caf::expected<outbound_request> resume(std::string_view account_id,
                                         std::string_view event_id) const;
  caf::expected<outbound_request> close(std::string_view account_id,
                                        std::string_view event_id) const;

private:
  caf::expected<outbound_request> post(std::string_view account_id, std::string_view verb,
                                       std::string body, std::string_view event_id) const;

  std::string key_;
};

} // namespace troupe
