// The small texts of a request: queries, escapes, names, numbers, times, and the addresses of
// settings. What is decoded can be encoded back, what is refused changes nothing.
#include "http/codec_request.hpp"
#include "http/outbound/url.hpp"
#include "http/request.hpp"
#include "messages/time.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    out += '%';
    out += "0123456789abcDEF"[c >> 4];
    out += "0123456789ABCdef"[c & 15];
  }
  return out;
}

void try_escapes(std::string_view text) {
  for (const bool form : {false, true}) {
    const auto plain = percent_decode(text, form);
    if (!plain) continue;
    claim(plain->size() <= text.size(), "decoding never makes longer");
    if (plain->find('\0') == std::string::npos)
      claim(percent_decode(escaped(*plain), form) == plain, "what is escaped is decoded");
  }
}

void try_query(std::string_view text) {
  query_fields query;
  if (!query.parse(text)) return;
  claim(query.get("").has_value() == query.get("").has_value(), "asking changes nothing");
  std::int64_t limit = 7;
  const auto bad = read_number(query, "limit", 1, 100, limit);
  if (bad)
    claim(limit == 7 && bad->field == "limit", "a refused number changes nothing");
  else
    claim(limit >= 1 && limit <= 100, "a number is within its range");
  const auto value = query.get("limit");
  if (!value || value->find('\0') != std::string_view::npos) return;
  query_fields again;
  claim(again.parse("x=&&limit=" + escaped(*value)) && again.get("limit") == value,
        "a value that was escaped is the same value");
}

void try_address(std::string_view text) {
  const auto at = parse_endpoint(text);
  if (!at) return;
  claim(!at->host.empty() && at->host.size() <= 253 && at->port != 0, "an address has a place");
  const auto again =
      parse_endpoint((at->tls ? "https://" : "http://") + at->authority() + at->prefix);
  claim(again && again->host == at->host && again->port == at->port && again->tls == at->tls
            && again->prefix == at->prefix,
        "an address reads back as itself");
  for (char c : at->authority() + at->prefix)
    claim(c > ' ' && c < 0x7f, "nothing in an address ends a header line");
}

void try_time(std::string_view text) {
  utc_ms at = -7;
  if (!parse_iso8601(std::string{text}, at))
    return claim(at == -7, "a refused time changes nothing");
  utc_ms again = 0;
  claim(parse_iso8601(to_iso8601(at), again) && again == at, "a time reads back as itself");
}

} // namespace

void try_bytes(std::string_view bytes) {
  try_escapes(bytes);
  try_query(bytes);
  try_address(bytes);
  try_time(bytes);
  const auto verb = parse_method(bytes);
  claim(verb == method::other || to_string(verb) == bytes, "a method is what it is called");
  claim(same_name(bytes, bytes), "a name is itself");
}

std::vector<std::string> made_seeds() {
  std::string many;
  for (int i = 0; i < 66; ++i) many += "a=" + std::to_string(i) + '&';
  return {many, "http://" + std::string(254, 'a')};
}

} // namespace troupe::fuzz
