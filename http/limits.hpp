// How a limit is told: the headers of every counted answer and the refusal of one too many. What is
// counted is guard.hpp's (addresses) and the limiter's (users).
#pragma once
#include "http/guard.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "messages/limit.hpp"

#include <optional>
#include <string_view>

namespace troupe {

/// What a route's requests count as; nothing where it is not the user's plan that limits them.
std::optional<limit_kind> kind_of(limit_class limit);

/// What the limiter answered, as headers say it. `now`: when it was asked.
allowance allowance_of(limit_kind kind, const allowance_left& left, utc_ms now);

/// `RateLimit-Limit`, `-Remaining`, `-Reset`, and the two fields of
/// draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` and `RateLimit`.
void add_limit_headers(response& r, const allowance& left);

/// 429 as SPEC §6 words it, with Retry-After and the headers. `now` tells when the window ends.
response limited_response(std::string_view code, const allowance& left, std::string_view request_id,
                          utc_ms now);

} // namespace troupe
