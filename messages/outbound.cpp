#include "messages/outbound.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 7230: what names and methods are made of.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

// A line break in a value would begin a header, or a request, of its own.
bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 9> names{
      "Host", "Content-Length", "Transfer-Encoding", "Connection",      "Expect",
      "TE",   "Trailer",        "Upgrade",           "Proxy-Connection"};
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view n) { return same_text(n, name); });
}

constexpr std::size_t max_path_bytes = 8192, max_fields = 64, max_field_bytes = 8192;

} // namespace

std::string_view outbound_response::get(std::string_view name) const {
  for (auto& h : headers)
    if (same_text(h.name, name)) return h.value;
  return {};
}

std::string_view to_string(outbound_errc e) {
  constexpr std::array<std::string_view, 11> names{
      "none",           "malformed_request", "busy",       "breaker_open",     "timed_out",
      "cannot_connect", "not_trusted",       "broken_off", "malformed_answer", "too_large",
      "stopped"};
  const auto i = static_cast<std::size_t>(e);
  return i < names.size() ? names[i] : "unknown";
}

std::string what_is_wrong(const outbound_request& request) {
  if (!is_token(request.method) || request.method.size() > 16) return "the method is none";
  if (request.path.empty() || request.path[0] != '/') return "the path does not begin with '/'";
  if (request.path.size() > max_path_bytes) return "the path is too long";
  if (!std::all_of(request.path.begin(), request.path.end(),
                   [](char c) { return c > ' ' && c < 0x7f; }))
    return "the path is not encoded";
  if (request.headers.size() > max_fields) return "too many headers";
  for (auto& h : request.headers) {
    if (!is_token(h.name)) return "a header's name is none";
    if (is_ours(h.name)) return "the client itself sets " + h.name;
    if (!is_value(h.value)) return "the value of " + h.name + " has control characters";
    if (h.name.size() + h.value.size() > max_field_bytes) return h.name + " is too long";
  }
  if (request.body.size() > max_outbound_body_bytes) return "the body is too large";
  if (request.deadline_ms < 0) return "the deadline is negative";
  return {};
}

} // namespace troupe
