#include "http/feeds/market_json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace troupe {

namespace {

constexpr std::size_t max_shown_bytes = 200;
constexpr std::size_t max_number_bytes = 64;

} // namespace

double market_number(const nlohmann::json& value) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (value.is_number()) {
    const auto n = value.get<double>();
    return std::isfinite(n) ? n : none;
  }
  if (!value.is_string()) return none;
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() || text.size() > max_number_bytes) return none;
  double n = none;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  const bool whole = failed == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(n) ? n : none;
}

utc_ms market_time(const nlohmann::json& value) {
  constexpr utc_ms year_2100 = 4102444800000;
  if (!value.is_number_integer()) return 0;
  const auto at = value.get<std::int64_t>();
  return at > 0 && at < year_2100 ? at : 0;
}

std::string market_text(const nlohmann::json& object, std::string_view name) {
  const auto& value = field_of(object, name);
  if (!value.is_string()) return "";
  std::string out;
  for (const char c : value.get_ref<const std::string&>()) {
    if (out.size() == max_shown_bytes) break;
    out += c >= ' ' && c < 0x7f ? c : '?';
  }
  return out;
}

const nlohmann::json& field_of(const nlohmann::json& object, std::string_view name) {
  static const nlohmann::json null;
  if (!object.is_object()) return null;
  const auto found = object.find(std::string{name});
  return found == object.end() ? null : *found;
}

utc_ms date_of(const outbound_response& r) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto text = r.get("Date");
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != form.size() || text.substr(26) != "GMT") return 0;
  char iso[32];
  for (std::size_t m = 0; m < months.size(); ++m) {
    if (text.substr(8, 3) != months[m]) continue;
    std::snprintf(iso, sizeof iso, "%.4s-%02zu-%.2sT%.8sZ", text.data() + 12, m + 1,
                  text.data() + 5, text.data() + 17);
    utc_ms at = 0;
    return parse_iso8601(iso, at) ? at : 0;
  }
  return 0;
}

} // namespace troupe
