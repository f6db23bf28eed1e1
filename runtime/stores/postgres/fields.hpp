// Values out of a result. libpqxx reads numbers through streams, which is slow and, for a double,
// not exact to the bit; these are both.
#pragma once
#include <pqxx/result>

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace troupe {

/// @throws std::runtime_error when the field is null or holds no such number
template<class Number>
Number number_in(const pqxx::field& f) {
  Number value{};
  const auto* const end = f.c_str() + f.size();
  const auto read = std::from_chars(f.c_str(), end, value);
  if (f.is_null() || read.ec != std::errc{} || read.ptr != end)
    throw std::runtime_error{std::string{"unreadable number in "} + f.name()};
  return value;
}

inline std::int64_t integer_in(const pqxx::field& f) { return number_in<std::int64_t>(f); }
inline double real_in(const pqxx::field& f) { return number_in<double>(f); }
inline std::string text_in(const pqxx::field& f) { return {f.c_str(), f.size()}; }

} // namespace troupe
