// Named failures. Every code an actor may answer with, and the stable text the outside sees.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// 0 stays unused: a caf::error of code 0 means success.
enum class errc : std::uint8_t {
  none = 0,
  validation_error,
  amount_invalid,
  unauthorized,
  forbidden,
  not_found,
  symbol_not_found,
  method_not_allowed,
  payload_too_large,
  rate_limited,
  idempotency_key_required,
  idempotency_conflict,
  in_progress,
  capital_mismatch,
  insufficient_funds,
  account_paused,
  account_closed,
  breaker_open,
  kyc_required,
  model_not_found,
  model_load_error,
  prediction_error,
  market_data_error,
  feature_error,
  store_unavailable,
  busy,
  journal_stale,  // somebody else wrote to the account: reload and judge again
  journal_fenced, // another node owns the account's shard
  internal,
};

/// `SYMBOL_NOT_FOUND` …: the `code` of an error answer (SPEC §3).
std::string_view code_of(errc e);

/// The HTTP status that goes with it.
int http_status_of(errc e);

std::string to_string(errc e);

} // namespace troupe
