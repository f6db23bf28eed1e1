#include "models/market/kline_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 6> column_names{"open_time", "open",  "high",
                                                       "low",       "close", "volume"};
constexpr std::int64_t first_us = 100'000'000'000'000;     // as ms this would be the year 5138
constexpr std::int64_t first_ns = 100'000'000'000'000'000; // as µs too
constexpr std::int64_t first_ms = 100'000'000'000;         // as seconds too; in ms: 1973

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\"";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The first six fields; how many there are at most six.
std::size_t split(std::string_view line, std::array<std::string_view, 6>& fields) {
  std::size_t n = 0;
  for (; n < fields.size(); ++n) {
    const auto comma = line.find(',');
    fields[n] = stripped(line.substr(0, comma));
    if (comma == line.npos) return n + 1;
    line.remove_prefix(comma + 1);
  }
  return n;
}

/// A value as it may appear in a message: short, printable.
std::string shown(std::string_view field) {
  if (field.empty()) return "nothing";
  std::string out{field.substr(0, 24)};
  for (auto& c : out)
    if (c < ' ' || c > '~') c = '?';
  return '"' + out + (field.size() > 24 ? "...\"" : "\"");
}

kline_error fault(std::size_t column, std::string_view field, std::string_view what) {
  return {static_cast<int>(column) + 1,
          "column " + std::to_string(column + 1) + " (" + std::string{column_names[column]}
              + "): " + shown(field) + ' ' + std::string{what}};
}

template<class T>
std::optional<T> number(std::string_view field) {
  T value{};
  const auto end = field.data() + field.size();
  const auto [stop, e] = std::from_chars(field.data(), end, value);
  if (e != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool names_a_time(std::string_view field) {
  std::string lower;
  for (char c : field.substr(0, 16))
    lower += c == ' ' || c == '-' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  constexpr std::array<std::string_view, 6> names{"open_time", "opentime", "timestamp",
                                                  "time",      "date",     "datetime"};
  return std::find(names.begin(), names.end(), lower) != names.end();
}

std::variant<utc_ms, kline_error> parse_open_time(std::string_view field) {
  const auto value = number<std::int64_t>(field);
  if (!value) return fault(0, field, "is not a time in milliseconds or microseconds");
  if (*value < first_ms) return fault(0, field, "is too small for milliseconds since 1970");
  if (*value >= first_ns) return fault(0, field, "is too large for microseconds since 1970");
  const std::int64_t unit = *value >= first_us ? 1000 : 1;
  if (*value % (base_interval_ms * unit) != 0)
    return fault(0, field, "is not at a full five minutes");
  return *value / unit;
}

} // namespace

kline_line parse_kline(std::string_view line) {
  if (line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
  if (stripped(line).empty()) return kline_blank{};

  std::array<std::string_view, 6> fields;
  const auto count = split(line, fields);
  if (names_a_time(fields[0])) return kline_header{};
  if (count < fields.size())
    return kline_error{
        0, std::to_string(count) + (count == 1 ? " column" : " columns") + " instead of 6 or more"};

  candle c;
  const auto time = parse_open_time(fields[0]);
  if (const auto* e = std::get_if<kline_error>(&time)) return *e;
  c.open_time = std::get<utc_ms>(time);

  const std::array<double*, 5> values{&c.open, &c.high, &c.low, &c.close, &c.volume};
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const auto value = number<double>(fields[i]);
    if (!value) return fault(i, fields[i], "is not a number");
    if (!std::isfinite(*value)) return fault(i, fields[i], "is not finite");
    if (i < 5 && *value <= 0) return fault(i, fields[i], "is not a price above 0");
    if (i == 5 && *value < 0) return fault(i, fields[i], "is a negative volume");
    *values[i - 1] = *value;
  }
  if (c.high < c.low) return fault(2, fields[2], "is below the low");
  if (c.high < std::max(c.open, c.close)) return fault(2, fields[2], "is below the open or close");
  if (c.low > std::min(c.open, c.close)) return fault(3, fields[3], "is above the open or close");
  return c;
}

} // namespace troupe
