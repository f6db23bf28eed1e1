#include "http/report_request.hpp"

#include "http/codec_request.hpp"
#include "http/json_fields.hpp"

namespace troupe {

namespace {

constexpr std::int64_t default_limit = 1000, max_limit = 10'000, max_offset = 1'000'000;

// A date alone is its whole day.
bool read_time(exchange& ex, std::string_view name, bool to_the_end, utc_ms& out) {
  const auto given = ex.query.get(name);
  if (!given) return true;
  const auto at = parse_timestamp(*given);
  if (at) out = to_the_end && given->size() == 10 ? *at + day_ms - 1 : *at;
  if (!at)
    ex.fail(bad_field{std::string{name}, std::string{name} + " must be a date or time (RFC 3339)"});
  return at.has_value();
}

} // namespace

bool read_page(exchange& ex, std::string_view from, std::string_view to, report_page& page) {
  std::int64_t limit = default_limit, offset = 0;
  auto bad = read_number(ex.query, "limit", 1, max_limit, limit);
  if (!bad) bad = read_number(ex.query, "offset", 0, max_offset, offset);
  if (bad) {
    ex.fail(*bad);
    return false;
  }
  page.limit = static_cast<std::size_t>(limit);
  page.offset = static_cast<std::size_t>(offset);
  return read_time(ex, from, false, page.from) && read_time(ex, to, true, page.to);
}

} // namespace troupe
