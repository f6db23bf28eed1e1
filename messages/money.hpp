// Amounts and balances: a signed count of 1e-8 units in 128 bits, read exactly from text and
// written exactly to it. Nothing here rounds unasked or wraps, and no binary floating point comes
// near it: such a value cannot be turned into money, by construction or by assignment.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

class money {
public:
  /// Units in 1: eight decimal places.
  static constexpr std::int64_t scale = 100'000'000;

  constexpr money() = default;
  template<class T>
  money(T) = delete; // say from_units, whole or parse: a bare number does not tell its unit

  /// `count` × 1e-8. Whole-number types only.
  template<class T>
  static constexpr money from_units(T count) {
    static_assert(std::is_integral_v<T> || std::is_same_v<T, int128>, "units are counted");
    money out;
    out.units_ = count;
    return out;
  }

  /// `count` × 1.
  template<class T>
  static constexpr money whole(T count) {
    static_assert(std::is_integral_v<T> && sizeof(T) <= sizeof(std::int64_t), "wholes are counted");
    return from_units(static_cast<int128>(count) * scale);
  }

  /// ±999,999,999,999.99999999, the ends of NUMERIC(20,8).
  static constexpr money max();
  static constexpr money min();

  constexpr int128 units() const { return units_; }

  /// True when a NUMERIC(20,8) column holds it. Totals over many accounts may lie outside.
  constexpr bool in_range() const;

  constexpr bool is_zero() const { return units_ == 0; }
  constexpr bool is_negative() const { return units_ < 0; }
  constexpr bool is_positive() const { return units_ > 0; }

  friend constexpr bool operator==(money a, money b) { return a.units_ == b.units_; }
  friend constexpr bool operator!=(money a, money b) { return a.units_ != b.units_; }
  friend constexpr bool operator<(money a, money b) { return a.units_ < b.units_; }
  friend constexpr bool operator>(money a, money b) { return a.units_ > b.units_; }
  friend constexpr bool operator<=(money a, money b) { return a.units_ <= b.units_; }
  friend constexpr bool operator>=(money a, money b) { return a.units_ >= b.units_; }

private:
  int128 units_ = 0;
};

constexpr money money::max() {
  return from_units(static_cast<int128>(scale) * 1'000'000'000'000 - 1);
}
constexpr money money::min() { return from_units(-max().units_); }
constexpr bool money::in_range() const { return units_ >= min().units_ && units_ <= max().units_; }

/// Checked: none when 128 bits do not hold the result. In reach of in_range() they always do.
constexpr std::optional<money> add(money a, money b) {
  int128 out = 0;
  if (__builtin_add_overflow(a.units(), b.units(), &out)) return std::nullopt;
  return money::from_units(out);
}
constexpr std::optional<money> subtract(money a, money b) {
  int128 out = 0;
  if (__builtin_sub_overflow(a.units(), b.units(), &out)) return std::nullopt;
  return money::from_units(out);
}
constexpr std::optional<money> negate(money a) { return subtract(money{}, a); }

/// Price × quantity (a decimal of eight places too), rounded once, half to even. None when 128
/// bits do not hold the result.
std::optional<money> multiply(money price, money quantity);

/// amount × part ÷ whole, rounded once, half to even. None when `whole` is zero or 128 bits do not
/// hold the result; the product in between may be of any size.
std::optional<money> scaled(money amount, money part, money whole);

/// Text of a money command: `-?(0|[1-9][0-9]*)(\.[0-9]{1,8})?` within NUMERIC(20,8). Anything else
/// (an exponent, a ninth place, a sign plus, spaces) is none: errc::amount_invalid.
std::optional<money> parse_amount(std::string_view text);

/// Text of a webhook: any JSON number, exponents and more places included, rounded half to even to
/// eight places. The caller keeps the raw text. None: no JSON number, or out of range.
std::optional<money> parse_reported_amount(std::string_view text);

/// Exact: at least two places, no trailing zeros beyond them, never `-0`: "1000.00", "-0.00000001".
std::string to_string(money amount);

std::ostream& operator<<(std::ostream& out, money amount);

} // namespace troupe
