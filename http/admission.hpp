// What is decided about a request before its route runs: is it well-formed, who sent it, may it
// pass, and what a refusal looks like. Pure functions of the request; the connection calls them.
#pragma once
#include "http/guard.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "messages/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// 1 to 64 of `A-Za-z0-9._-`: may be echoed and logged.
bool sane_request_id(std::string_view id);

/// Sets address and loopback of `in`. X-Forwarded-For counts when it comes from a trusted proxy:
/// the last address in it that is none itself. `kept` stores it.
void identify_client(request& in, std::string_view peer, bool peer_is_loopback,
                     const std::vector<std::string>& trusted_proxies, std::string& kept);

/// Why the head is no valid request (Host, framing), or empty.
std::string_view malformed_head(const request& in, int version, bool chunked);

/// What to say in Access-Control-Allow-Origin, or empty.
std::string_view allowed_origin(std::string_view origin, const std::vector<std::string>& allowed);
/// Whether a browser's page of that origin may call a server that it knows as `host`: one of the
/// allowed, or its own. Without an Origin it is no browser's.
bool origin_may_call(std::string_view origin, std::string_view host,
                     const std::vector<std::string>& allowed);

bool is_preflight(const request& in);
response preflight_response(bool allowed);

/// 404, 405 with Allow, or the answer to a plain OPTIONS.
response no_route_response(const request& in, const route_match& match);

/// Whether a request may pass its route's guard.
struct admission {
  bool granted = false;
  bool counted = false;       // against the address or the user's plan: `left` is told
  bool unsigned_body = false; // its signature is what is wrong
  allowance left;
  bool wants_token = false;    // an access token, not a key, is what is missing
  bool asks_for_key = false;   // undecided: whose key it is must be asked (user_keys.hpp)
  bool wants_scope = false;    // a user's key does not open this
  errc refusal = errc::none;   // unauthorized, forbidden or rate_limited
  std::optional<identity> who; // whose access token it came with, where tokens count
};
/// `now` is what requests are counted and tokens expire by. Counts at this node alone
/// (address_limit.hpp).
admission admit(const route& r, const request& in, const query_fields& query, key_guard& guard,
                utc_ms now);
/// The same of a request whose signature its route found wrong.
admission admit_unsigned(const request& in, key_guard& guard, utc_ms now);
/// Takes what is left for the address after it was counted for all nodes: a request over the limit
/// is refused, whatever else it is.
void recount(admission& a, const allowance& left);
/// `now` only tells a limited client when its window ends.
response refused_response(const admission& a, std::string_view request_id, utc_ms now);

/// The accept value of a valid WebSocket upgrade (RFC 6455 §4.2.1), or empty.
std::string upgrade_accept(const request& in, int version);
/// The whole 101 answer.
std::string upgrade_answer(std::string_view accept, std::string_view request_id);

} // namespace troupe
