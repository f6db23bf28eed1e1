// What the ML engine reports (POST /webhooks/ml-engine, SPEC §3.4), as commands to accounts: the
// body's JSON, and by which key two events are the same. Signatures and answers are the route's.
#pragma once
#include "http/json_fields.hpp"
#include "messages/account.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe {

/// monostate: an event of a type that we do not know.
using engine_event = std::variant<std::monostate, settle_trade, record_daily_performance,
                                  adjust_balance, report_error>;

struct event_report {
  std::string event_type;
  engine_event what;
};

/// Reads a body that was signed. The reference is the event's key: trade and status, day, event id,
/// or else the SHA-256 of the body. What an account may still refuse (a loss beyond its balance, a
/// day too long ago) is not judged here. `now` becomes the command's time.
std::optional<bad_body> read_event(std::string_view body, utc_ms now, event_report& out);

} // namespace troupe
