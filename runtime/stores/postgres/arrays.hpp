// Columns of rows for PostgreSQL's unnest: one-dimensional arrays in its binary form, which neither
// side has to print or parse, so that a double stays the same to the bit. Nulls have no place here.
#pragma once
#include <pqxx/binarystring>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

namespace binary {

// Network byte order.
template<class Unsigned>
void append(std::string& out, Unsigned value) {
  char bytes[sizeof value];
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  out.append(bytes, sizeof value);
}

// The object identifiers of pg_type.
template<class T>
constexpr std::uint32_t type_of() {
  if (std::is_same_v<T, bool>) return 16;
  if (std::is_same_v<T, std::int64_t>) return 20;
  if (std::is_same_v<T, std::int32_t>) return 23;
  if (std::is_same_v<T, double>) return 701;
  return 25; // text
}

} // namespace binary

/// Of bool, std::int32_t, std::int64_t, double or std::string_view: `boolean[]`, `integer[]`,
/// `bigint[]`, `double precision[]`, `text[]`. Texts must be UTF-8 without a zero byte.
template<class T>
class pg_array {
public:
  void add(T value) {
    using binary::append;
    if constexpr (std::is_same_v<T, std::string_view>) {
      append(items_, static_cast<std::uint32_t>(value.size()));
      items_.append(value);
    } else if constexpr (std::is_same_v<T, double>) {
      append(items_, std::uint32_t{8});
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      append(items_, bits);
    } else {
      append(items_, static_cast<std::uint32_t>(sizeof value));
      append(items_, static_cast<std::make_unsigned_t<stored>>(value));
    }
    ++count_;
  }

  void clear() {
    items_.clear();
    count_ = 0;
  }

  std::size_t size() const { return count_; }

  /// As a parameter of a statement.
  pqxx::binarystring parameter() const {
    using binary::append;
    std::string out;
    out.reserve(20 + items_.size());
    append(out, std::uint32_t{count_ > 0 ? 1u : 0u}); // dimensions
    append(out, std::uint32_t{0});                    // no nulls
    append(out, binary::type_of<T>());
    if (count_ > 0) {
      append(out, static_cast<std::uint32_t>(count_));
      append(out, std::uint32_t{1}); // SQL counts from one
    }
    out += items_;
    return pqxx::binarystring{out.data(), out.size()};
  }

private:
  using stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t,
                                    std::conditional_t<std::is_integral_v<T>, T, std::uint8_t>>;
  std::string items_;
  std::size_t count_ = 0;
};

} // namespace troupe
