// What the words of market data providers have in common: numbers that come as JSON numbers or as
// text, the time in an answer's head, and what an answer that is none says.
#pragma once
#include "messages/outbound.hpp"
#include "messages/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// A finite number of a field, from a number or its text; NaN when it is neither.
double market_number(const nlohmann::json& value);

/// Milliseconds of a field that is a whole JSON number; 0 when it is none.
utc_ms market_time(const nlohmann::json& value);

/// Text of a field, cut to 200 bytes of visible ASCII; empty when it is none.
std::string market_text(const nlohmann::json& object, std::string_view name);

/// The field, or null when the value is no object or has none of that name.
const nlohmann::json& field_of(const nlohmann::json& object, std::string_view name);

/// `Sun, 06 Nov 1994 08:49:37 GMT` of the Date header; 0 when there is none.
utc_ms date_of(const outbound_response& r);

} // namespace troupe
