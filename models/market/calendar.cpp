#include "models/market/calendar.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

struct date {
  std::int64_t year;
  int month, day;
  int weekday; // 0 Sunday
};

// Proleptic Gregorian, by eras of 400 years that begin in March. @pre days >= 0
date date_of(std::int64_t days) {
  const std::int64_t z = days + 719468;
  const auto era = z / 146097, doe = z % 146097;
  const auto yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const auto doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const auto mp = (5 * doy + 2) / 153;
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(doy - (153 * mp + 2) / 5 + 1), static_cast<int>((days + 4) % 7)};
}

// United States daylight saving time at a moment given in standard time: from the second Sunday of
// March to the first of November (until 2006: first of April, last of October), changing at 2:00 of
// the clock on the wall.
bool daylight_saving(const date& d, utc_ms time_of_day) {
  const int begins = d.year >= 2007 ? 3 : 4, ends = d.year >= 2007 ? 11 : 10;
  if (d.month != begins && d.month != ends) return d.month > begins && d.month < ends;
  const int change_from =
      d.year >= 2007 ? (d.month == begins ? 8 : 1) : (d.month == begins ? 1 : 25);
  const int last_sunday = d.day - d.weekday;
  const utc_ms hour = d.month == begins ? 2 * hour_ms : hour_ms;
  const bool changed = d.weekday == 0 && time_of_day < hour ? last_sunday - 7 >= change_from
                                                            : last_sunday >= change_from;
  return (d.month == begins) == changed;
}

utc_ms new_york(utc_ms at) {
  const utc_ms standard = at - 5 * hour_ms;
  const auto d = date_of(standard / day_ms);
  return standard + (daylight_saving(d, standard % day_ms) ? hour_ms : 0);
}

// The trading day begins at 17:00 New York on the evening before: seven hours later midnight.
constexpr utc_ms day_starts_early = 7 * hour_ms;

bool in_daily_break(utc_ms slot) {
  const utc_ms time_of_day = new_york(slot) % day_ms;
  return time_of_day >= 16 * hour_ms + 45 * minute_ms
      && time_of_day < 17 * hour_ms + 15 * minute_ms;
}

constexpr std::array<std::string_view, 26> currencies{
    "AUD", "BRL", "CAD", "CHF", "CNH", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS",
    "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "THB", "TRY", "USD", "ZAR"};
constexpr std::array<std::string_view, 4> precious{"XAG", "XAU", "XPD", "XPT"};

template<class List>
bool among(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

} // namespace

bool calendar::open(utc_ms slot) const {
  // A day after 1970 and older: nothing was traded by these rules, and the arithmetic needs it.
  if (hours_ == trading_hours::always || slot < day_ms) return true;
  const utc_ms local = new_york(slot) + day_starts_early;
  const auto d = date_of(local / day_ms);
  if (d.weekday == 0 || d.weekday == 6) return false;
  if ((d.month == 12 && d.day == 25) || (d.month == 1 && d.day == 1)) return false;
  return hours_ == trading_hours::fx || local % day_ms >= hour_ms;
}

bool calendar::scheduled_closure(utc_ms after_open_time, utc_ms next_open_time) const {
  utc_ms first = after_open_time + base_interval_ms, end = next_open_time;
  if (first >= end) return true;
  // The longest closure is a week-end and a holiday beside it: three days, and no longer walk.
  constexpr utc_ms longest = 3 * day_ms + 3 * hour_ms;
  if (hours_ == trading_hours::always || end - first > longest) return false;
  for (int i = 0; i < edge_slots && first < end && open(first); ++i) first += base_interval_ms;
  for (int i = 0; i < edge_slots && first < end && open(end - base_interval_ms); ++i)
    end -= base_interval_ms;
  for (utc_ms t = first; t < end; t += base_interval_ms)
    if (open(t)) return false;
  if (first < end) return true;
  // Nothing of it is closed by rule: the daily break at most.
  if (next_open_time - after_open_time > (break_slots + 1) * base_interval_ms) return false;
  for (utc_ms t = after_open_time + base_interval_ms; t < next_open_time; t += base_interval_ms)
    if (!in_daily_break(t)) return false;
  return true;
}

calendar calendar_for(std::string_view symbol) {
  if (symbol.size() != 6 || !among(currencies, symbol.substr(3)))
    return calendar{trading_hours::always};
  const auto base = symbol.substr(0, 3);
  if (among(precious, base)) return calendar{trading_hours::metals};
  return calendar{among(currencies, base) ? trading_hours::fx : trading_hours::always};
}

} // namespace troupe
