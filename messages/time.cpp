// UTC texts from and to milliseconds, without the C library's time zones.
#include "messages/time.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

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
  // The accepted lengths: date, minutes, seconds, milliseconds; the date alone sets the rest to 0.
  constexpr std::string_view shape = "0000-00-00T00:00:00.000";
  std::string t = text;
  if (t.size() > 11 && t.back() == 'Z') t.pop_back();
  if (t.size() != 10 && t.size() != 16 && t.size() != 19 && t.size() != 23) return false;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool digit = t[i] >= '0' && t[i] <= '9';
    if (shape[i] == '0' ? !digit : t[i] != shape[i]) return false;
  }
  t.append(shape.substr(t.size()));
  auto number = [&](std::size_t from, std::size_t length) {
    int value = 0;
    for (std::size_t i = from; i < from + length; ++i) value = value * 10 + (t[i] - '0');
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  out = days_from_civil(year, month, day) * day_ms + hour * hour_ms + minute * minute_ms
      + second * second_ms + number(20, 3);
  return true;
}

} // namespace troupe
