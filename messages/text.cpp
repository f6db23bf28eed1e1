// The texts of this floor's enums and names.
#include "messages/candle.hpp"
#include "messages/errors.hpp"
#include "messages/model.hpp"
#include "messages/outcome.hpp"
#include "messages/symbol.hpp"

#include <algorithm>

namespace troupe {

bool valid_symbol(std::string_view text) {
  return text.size() >= 3 && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

std::string_view to_string(timeframe tf) {
  constexpr std::array<std::string_view, 5> names{"5m", "15m", "1h", "4h", "1d"};
  return names[static_cast<std::size_t>(tf)];
}

std::optional<timeframe> parse_timeframe(std::string_view text) {
  for (auto tf : timeframes)
    if (to_string(tf) == text) return tf;
  return std::nullopt;
}

std::string_view to_string(signal_type t) {
  constexpr std::array<std::string_view, 3> names{"hold", "buy", "sell"};
  return names[static_cast<std::size_t>(t)];
}

std::optional<signal_type> parse_signal_type(std::string_view text) {
  for (auto t : {signal_type::hold, signal_type::buy, signal_type::sell})
    if (to_string(t) == text) return t;
  return std::nullopt;
}

std::string_view to_string(job_state s) {
  constexpr std::array<std::string_view, 4> names{"queued", "running", "done", "failed"};
  return names[static_cast<std::size_t>(s)];
}

std::string_view to_string(trial_state s) {
  constexpr std::array<std::string_view, 5> names{"running", "promoted", "rejected", "kept",
                                                  "superseded"};
  return names[static_cast<std::size_t>(s)];
}

std::optional<trial_state> parse_trial_state(std::string_view text) {
  for (auto s : {trial_state::running, trial_state::promoted, trial_state::rejected,
                 trial_state::kept, trial_state::superseded})
    if (to_string(s) == text) return s;
  return std::nullopt;
}

namespace {

struct code_row {
  std::string_view code;
  int status;
};

// In the order of errc.
constexpr std::array<code_row, 29> codes{{
    {"OK", 200},
    {"VALIDATION_ERROR", 400},
    {"AMOUNT_INVALID", 400},
    {"UNAUTHORIZED", 401},
    {"FORBIDDEN", 403},
    {"NOT_FOUND", 404},
    {"SYMBOL_NOT_FOUND", 404},
    {"METHOD_NOT_ALLOWED", 405},
    {"PAYLOAD_TOO_LARGE", 413},
    {"RATE_LIMITED", 429},
    {"IDEMPOTENCY_KEY_REQUIRED", 400},
    {"IDEMPOTENCY_CONFLICT", 409},
    {"IN_PROGRESS", 409},
    {"CAPITAL_MISMATCH", 409},
    {"INSUFFICIENT_FUNDS", 409},
    {"ACCOUNT_PAUSED", 409},
    {"ACCOUNT_CLOSED", 409},
    {"BREAKER_OPEN", 409},
    {"KYC_REQUIRED", 403},
    {"MODEL_NOT_FOUND", 404},
    {"MODEL_LOAD_ERROR", 500},
    {"PREDICTION_ERROR", 500},
    {"MARKET_DATA_ERROR", 502},
    {"FEATURE_ERROR", 503},
    {"STORE_UNAVAILABLE", 503},
    {"BUSY", 503},
    {"BUSY", 503},              // journal_stale
    {"STORE_UNAVAILABLE", 503}, // journal_fenced
    {"INTERNAL", 500},
}};

const code_row& row_of(errc e) {
  const auto i = static_cast<std::size_t>(e);
  return i < codes.size() ? codes[i] : codes.back();
}

} // namespace

std::string_view code_of(errc e) { return row_of(e).code; }
int http_status_of(errc e) { return row_of(e).status; }
std::string to_string(errc e) { return std::string{code_of(e)}; }

} // namespace troupe
