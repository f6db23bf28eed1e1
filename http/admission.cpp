#include "http/admission.hpp"

#include "http/known_keys.hpp"
#include "http/limits.hpp"
#include "http/websocket.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Whether a comma-separated header has the token.
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (same_name(trim(list.substr(0, comma)), token)) return true;
    list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

bool needs_key(guard_kind g, const request& in) {
  return g == guard_kind::api_key || g == guard_kind::socket_key || g == guard_kind::admin_key
      || (g == guard_kind::api_key_unless_loopback && !in.loopback);
}

// Of `Authorization: Bearer …`, or empty.
std::string_view bearer_of(const request& in) {
  constexpr std::string_view scheme = "Bearer";
  const auto given = in.get("Authorization");
  if (given.size() <= scheme.size() || given[scheme.size()] != ' '
      || !same_name(given.substr(0, scheme.size()), scheme))
    return {};
  return trim(given.substr(scheme.size()));
}

// Browsers cannot set headers on a WebSocket: there the query may bear what a header would.
bool opens_socket(const request& in) { return has_token(in.get("Upgrade"), "websocket"); }

bool takes_token(guard_kind g) {
  return g == guard_kind::user || g == guard_kind::admin_key || g == guard_kind::socket_key;
}

} // namespace

bool sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
        || c == '_' || c == '-';
  });
}

void identify_client(request& in, std::string_view peer, bool peer_is_loopback,
                     const std::vector<std::string>& trusted_proxies, std::string& kept) {
  in.address = peer;
  auto chain = in.get("X-Forwarded-For");
  // Behind a proxy on this machine everyone would look local.
  in.loopback = peer_is_loopback && chain.empty() && in.get("Forwarded").empty();
  if (chain.empty() || !contains(trusted_proxies, peer)) return;
  while (!chain.empty()) {
    const auto comma = chain.rfind(',');
    const auto last = trim(comma == chain.npos ? chain : chain.substr(comma + 1));
    chain = comma == chain.npos ? std::string_view{} : chain.substr(0, comma);
    if (last.empty() || last.size() > 64) return;
    kept.assign(last);
    in.address = kept;
    if (!contains(trusted_proxies, last)) return;
  }
}

std::string_view malformed_head(const request& in, int version, bool chunked) {
  std::size_t hosts = 0, codings = 0, lengths = 0;
  for (auto& h : in.headers) {
    hosts += same_name(h.name, "Host");
    codings += same_name(h.name, "Transfer-Encoding");
    lengths += same_name(h.name, "Content-Length");
  }
  if (hosts > 1 || (hosts == 0 && version >= 11)) return "one Host header is needed";
  // What a proxy in front may read otherwise is refused, and nothing after it is read.
  if (codings > 1 || lengths > 1 || (codings > 0 && lengths > 0))
    return "one Content-Length or Transfer-Encoding is needed";
  const auto length = in.get("Content-Length");
  if (!std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return "Content-Length must be one number";
  if (codings > 0
      && (!chunked || version < 11 || !same_name(in.get("Transfer-Encoding"), "chunked")))
    return "unknown Transfer-Encoding";
  return {};
}

std::string_view allowed_origin(std::string_view origin, const std::vector<std::string>& allowed) {
  if (origin.empty() || allowed.empty()) return {};
  if (contains(allowed, origin)) return origin;
  return contains(allowed, "*") ? "*" : std::string_view{};
}

bool origin_may_call(std::string_view origin, std::string_view host,
                     const std::vector<std::string>& allowed) {
  if (origin.empty()) return true;
  const auto named = [&](std::string_view one) { return one == origin || one == "*"; };
  if (std::any_of(allowed.begin(), allowed.end(), named)) return true;
  const auto scheme = origin.find("://");
  return scheme != origin.npos && same_name(origin.substr(scheme + 3), host);
}

bool is_preflight(const request& in) {
  return in.verb == method::options && !in.get("Origin").empty()
      && !in.get("Access-Control-Request-Method").empty();
}

response preflight_response(bool allowed) {
  response r;
  r.status = 204;
  if (!allowed) return r; // without the headers the browser refuses
  r.headers = "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE\r\n"
              "Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, "
              "X-API-Key, X-Request-Id\r\n"
              "Access-Control-Max-Age: 600\r\n";
  return r;
}

response no_route_response(const request& in, const route_match& match) {
  if (match.allow.empty()) return error_response(errc::not_found, "there is no such path", in.id);
  if (in.verb == method::options) {
    response r;
    r.status = 204;
    add_header(r, "Allow", match.allow);
    return r;
  }
  auto r = error_response(errc::method_not_allowed, "this path has other methods", in.id);
  add_header(r, "Allow", match.allow);
  return r;
}

admission admit(const route& r, const request& in, const query_fields& query, key_guard& guard,
                utc_ms now) {
  admission out;
  out.wants_token = r.guard == guard_kind::user;
  if (takes_token(r.guard)) {
    auto token = bearer_of(in);
    if (token.empty() && opens_socket(in)) token = query.get("token").value_or("");
    out.who = guard.owner_of(token, now);
  }
  if (out.who) {
    out.granted = r.guard != guard_kind::admin_key || out.who->role == user_role::admin;
    if (!out.granted) out.refusal = errc::forbidden;
    return out;
  }
  auto key = in.get("X-API-Key");
  if (key.empty() && r.guard == guard_kind::socket_key) key = query.get("api_key").value_or("");
  if (out.wants_token && !r.key_scope.empty() && is_user_key(key)) {
    out.asks_for_key = true;
    return out;
  }
  const auto holder = out.wants_token ? key_holder::nobody : guard.holder_of(key);
  if (holder != key_holder::nobody) {
    out.granted = r.guard != guard_kind::admin_key || holder == key_holder::admin;
    if (!out.granted) out.refusal = errc::forbidden;
    return out;
  }
  if (r.limit == limit_class::per_address || kind_of(r.limit)) {
    out.counted = true;
    out.left = guard.take(in.address, now / second_ms);
    if (!out.left.ok) {
      out.refusal = errc::rate_limited;
      return out;
    }
  }
  out.granted = !out.wants_token && !needs_key(r.guard, in);
  if (!out.granted) out.refusal = errc::unauthorized;
  return out;
}

admission admit_unsigned(const request& in, key_guard& guard, utc_ms now) {
  admission out;
  out.counted = out.unsigned_body = true;
  out.left = guard.take(in.address, now / second_ms);
  out.refusal = out.left.ok ? errc::unauthorized : errc::rate_limited;
  return out;
}

void recount(admission& a, const allowance& left) {
  a.left = left;
  if (left.ok) return;
  a.granted = false;
  a.refusal = errc::rate_limited;
}

response refused_response(const admission& a, std::string_view request_id, utc_ms now) {
  if (a.refusal == errc::rate_limited)
    return limited_response(code_of(a.refusal), a.left, request_id, now);
  if (a.wants_scope)
    return error_response(a.refusal, "the key's scopes do not cover this", request_id);
  if (a.refusal == errc::forbidden)
    return error_response(a.refusal, "only admins may do this", request_id);
  if (a.unsigned_body)
    return error_response(a.refusal, "the signature is missing or wrong", request_id);
  if (a.wants_token) {
    auto r = error_response(a.refusal, "a valid access token is needed", request_id);
    add_header(r, "WWW-Authenticate", "Bearer");
    return r;
  }
  auto r = error_response(errc::unauthorized, "a valid X-API-Key is needed", request_id);
  add_header(r, "WWW-Authenticate", "ApiKey header=\"X-API-Key\"");
  return r;
}

std::string upgrade_accept(const request& in, int version) {
  if (in.verb != method::get || version < 11 || !in.body.empty()) return {};
  if (!has_token(in.get("Connection"), "upgrade") || !has_token(in.get("Upgrade"), "websocket"))
    return {};
  if (in.get("Sec-WebSocket-Version") != "13") return {};
  return websocket_accept(in.get("Sec-WebSocket-Key"));
}

std::string upgrade_answer(std::string_view accept, std::string_view request_id) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
  out.append(accept).append("\r\nX-Request-Id: ").append(request_id).append("\r\n\r\n");
  return out;
}

} // namespace troupe
