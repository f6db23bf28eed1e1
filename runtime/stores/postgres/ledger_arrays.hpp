// Arrays in PostgreSQL's binary format, grown element by element: a batch of hundreds of rows is a
// dozen parameters of one statement. Which array is which parameter is not known here.
#pragma once
#include "messages/money.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Element types, by their object ids in pg_type.
enum class ledger_element : std::uint32_t {
  bytea = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  numeric = 1700
};

/// One-dimensional, from 1, without nulls. Each `add` must be of the array's element type.
class ledger_array {
public:
  explicit ledger_array(ledger_element type);

  void add(std::int16_t value);
  void add(std::int32_t value);
  void add(std::int64_t value);
  void add_bytes(std::string_view bytes); // text or bytea
  void add(money amount);                 // numeric, 8 places

  std::uint32_t size() const { return count_; }
  /// What a parameter in binary format takes.
  const std::string& bytes();

private:
  template<class Unsigned>
  void put(Unsigned value); // most significant byte first
  std::string bytes_;
  std::uint32_t count_ = 0;
  ledger_element type_;
};

/// A single int8 parameter in binary format.
std::string pg_int8(std::int64_t value);

/// The number that a numeric column, or a sum of such, was written as: exact for up to 8 places.
/// @pre text is PostgreSQL's own
money money_from_pg(std::string_view text);

} // namespace troupe
