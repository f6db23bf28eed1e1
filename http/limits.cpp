#include "http/limits.hpp"

#include "http/json_text.hpp"
#include "models/plan_limits.hpp"

#include <algorithm>
#include <string>

namespace troupe {

std::optional<limit_kind> kind_of(limit_class limit) {
  switch (limit) {
  case limit_class::predictions: return limit_kind::predictions;
  case limit_class::signals: return limit_kind::signals;
  case limit_class::indicators: return limit_kind::indicators;
  case limit_class::chat: return limit_kind::chat;
  case limit_class::paper: return limit_kind::paper;
  case limit_class::payments: return limit_kind::payments;
  default: return std::nullopt;
  }
}

allowance allowance_of(limit_kind kind, const allowance_left& left, utc_ms now) {
  const auto window = window_of(kind, now);
  const auto wait_s = (left.resets_at - now + second_ms - 1) / second_ms;
  allowance out;
  out.ok = left.ok;
  out.limit = left.limit;
  out.remaining = left.remaining;
  out.reset_s = static_cast<std::uint32_t>(std::max<utc_ms>(wait_s, 1));
  out.window_s = static_cast<std::uint32_t>((window.end - window.begin) / second_ms);
  out.policy = to_string(kind);
  out.resets_at = left.resets_at;
  return out;
}

void add_limit_headers(response& r, const allowance& left) {
  const auto limit = std::to_string(left.limit), remaining = std::to_string(left.remaining),
             reset = std::to_string(left.reset_s);
  const auto named = "\"" + std::string{left.policy} + "\";";
  add_header(r, "RateLimit-Limit", limit);
  add_header(r, "RateLimit-Remaining", remaining);
  add_header(r, "RateLimit-Reset", reset);
  add_header(r, "RateLimit-Policy", named + "q=" + limit + ";w=" + std::to_string(left.window_s));
  add_header(r, "RateLimit", named + "r=" + remaining + ";t=" + reset);
}

response limited_response(std::string_view code, const allowance& left, std::string_view request_id,
                          utc_ms now) {
  auto r = error_response(429, code, "Rate limit exceeded", request_id);
  r.body.resize(r.body.size() - 2); // inside `error`
  append_key(r.body, "limit");
  append_integer(r.body, left.limit);
  append_key(r.body, "remaining");
  append_integer(r.body, left.remaining);
  append_key(r.body, "resetAt");
  append_time(r.body, left.resets_at > 0 ? left.resets_at : now + left.reset_s * second_ms);
  append_field(r.body, "upgradeUrl", "/subscription/upgrade");
  r.body += "}}";
  add_header(r, "Retry-After", std::to_string(left.reset_s));
  add_limit_headers(r, left);
  return r;
}

} // namespace troupe
