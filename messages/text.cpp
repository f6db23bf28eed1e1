// The texts of this floor's enums, names and times.
#include "messages/candle.hpp"
#include "messages/errors.hpp"
#include "messages/model.hpp"
#include "messages/signal.hpp"
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstdio>

namespace troupe {

namespace {

// Civil calendar from days since 1970 (proleptic Gregorian), after the era arithmetic that
// counts years from March so that the leap day comes last.
struct civil {
  std::int64_t year;
  int month, day;
};

civil civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto doe = days - era * 146097;
  const auto yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const auto doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const auto mp = (5 * doy + 2) / 153;
  const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto yoe = year - era * 400;
  const auto doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const auto doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

int days_in_month(std::int64_t year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

// Days and the rest, with the rest never negative.
std::pair<std::int64_t, std::int64_t> split_days(std::int64_t at, std::int64_t day) {
  std::int64_t days = at / day, rest = at % day;
  if (rest < 0) {
    rest += day;
    --days;
  }
  return {days, rest};
}

constexpr std::int64_t first_year_ms = -62167219200000; // 0000-01-01
constexpr std::int64_t last_year_ms = 253402300799999;  // 9999-12-31T23:59:59.999

std::string iso(std::int64_t at, std::int64_t units_per_second, int digits) {
  const auto [days, rest] = split_days(at, 86400 * units_per_second);
  const auto c = civil_from_days(days);
  const auto s = rest / units_per_second;
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02d-%02dT%02lld:%02lld:%02lld.%0*lldZ",
                static_cast<long long>(c.year), c.month, c.day, static_cast<long long>(s / 3600),
                static_cast<long long>(s / 60 % 60), static_cast<long long>(s % 60), digits,
                static_cast<long long>(rest % units_per_second));
  return text;
}

} // namespace

std::string to_iso8601(utc_ms at) {
  return iso(std::clamp(at, first_year_ms, last_year_ms), 1000, 3);
}

std::string to_iso8601_us(std::int64_t at_us) {
  return iso(std::clamp(at_us, first_year_ms * 1000, last_year_ms * 1000 + 999), 1000000, 6);
}

bool parse_iso8601(const std::string& text, utc_ms& out) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || used != 10)
    return false;
  auto rest = text.substr(10);
  if (!rest.empty() && rest.back() == 'Z') rest.pop_back();
  if (!rest.empty()) {
    const char* shape = rest.size() == 6    ? "T%2d:%2d%n"
                        : rest.size() == 9  ? "T%2d:%2d:%2d%n"
                        : rest.size() == 13 ? "T%2d:%2d:%2d.%3d%n"
                                            : nullptr;
    if (!shape) return false;
    used = 0;
    if (rest.size() == 6)
      std::sscanf(rest.c_str(), "T%2d:%2d%n", &hour, &minute, &used);
    else if (rest.size() == 9)
      std::sscanf(rest.c_str(), "T%2d:%2d:%2d%n", &hour, &minute, &second, &used);
    else
      std::sscanf(rest.c_str(), "T%2d:%2d:%2d.%3d%n", &hour, &minute, &second, &millis, &used);
    if (used != static_cast<int>(rest.size())) return false;
  }
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || millis < 0)
    return false;
  out = days_from_civil(year, month, day) * day_ms + hour * hour_ms + minute * minute_ms
        + second * second_ms + millis;
  return true;
}

bool valid_symbol(std::string_view text) {
  return text.size() >= 3 && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

std::string_view to_string(timeframe tf) {
  constexpr std::array<std::string_view, 5> names{"5m", "15m", "1h", "4h", "1d"};
  return names[static_cast<std::size_t>(tf)];
}

std::optional<timeframe> parse_timeframe(std::string_view text) {
  for (auto tf : timeframes)
    if (to_string(tf) == text) return tf;
  return std::nullopt;
}

std::string_view to_string(signal_type t) {
  constexpr std::array<std::string_view, 3> names{"hold", "buy", "sell"};
  return names[static_cast<std::size_t>(t)];
}

std::optional<signal_type> parse_signal_type(std::string_view text) {
  for (auto t : {signal_type::hold, signal_type::buy, signal_type::sell})
    if (to_string(t) == text) return t;
  return std::nullopt;
}

std::string_view to_string(job_state s) {
  constexpr std::array<std::string_view, 4> names{"queued", "running", "done", "failed"};
  return names[static_cast<std::size_t>(s)];
}

namespace {

struct code_row {
  std::string_view code;
  int status;
};

// In the order of errc.
constexpr std::array<code_row, 17> codes{{
  {"OK", 200},
  {"VALIDATION_ERROR", 400},
  {"UNAUTHORIZED", 401},
  {"FORBIDDEN", 403},
  {"NOT_FOUND", 404},
  {"SYMBOL_NOT_FOUND", 404},
  {"METHOD_NOT_ALLOWED", 405},
  {"PAYLOAD_TOO_LARGE", 413},
  {"RATE_LIMITED", 429},
  {"MODEL_NOT_FOUND", 404},
  {"MODEL_LOAD_ERROR", 500},
  {"PREDICTION_ERROR", 500},
  {"MARKET_DATA_ERROR", 502},
  {"FEATURE_ERROR", 503},
  {"STORE_UNAVAILABLE", 503},
  {"BUSY", 503},
  {"INTERNAL", 500},
}};

const code_row& row_of(errc e) {
  const auto i = static_cast<std::size_t>(e);
  return i < codes.size() ? codes[i] : codes.back();
}

} // namespace

std::string_view code_of(errc e) { return row_of(e).code; }
int http_status_of(errc e) { return row_of(e).status; }
std::string to_string(errc e) { return std::string{code_of(e)}; }

} // namespace troupe
