// Decimal text from and to units, and the one operation that rounds.
#include "messages/money.hpp"

#include <algorithm>
#include <limits>
#include <ostream>

namespace troupe {

namespace {

constexpr int places = 8;
constexpr std::int64_t max_digits = 20; // of NUMERIC(20,8), counted in units

bool digit(char c) { return c >= '0' && c <= '9'; }

/// A JSON number cut into its parts; views into the text.
struct number_text {
  bool negative = false;
  std::string_view whole, fraction;
  std::int64_t exponent = 0; // saturated far beyond what matters
  bool has_exponent = false;
};

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), digit);
  const auto out = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(out.size());
  return out;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

bool take_exponent(std::string_view& rest, number_text& out) {
  const bool negative = take(rest, '-');
  if (!negative) take(rest, '+');
  const auto digits = take_digits(rest);
  // Texts are far shorter than 1e15 characters, so a saturated exponent decides as the true one.
  constexpr std::int64_t enough = 1'000'000'000'000'000;
  for (char c : digits) out.exponent = std::min(enough, out.exponent * 10 + (c - '0'));
  if (negative) out.exponent = -out.exponent;
  out.has_exponent = true;
  return !digits.empty();
}

/// The grammar of RFC 8259 and nothing more.
std::optional<number_text> cut(std::string_view text) {
  number_text out;
  out.negative = take(text, '-');
  out.whole = take_digits(text);
  if (out.whole.empty() || (out.whole.size() > 1 && out.whole.front() == '0')) return std::nullopt;
  if (take(text, '.')) {
    out.fraction = take_digits(text);
    if (out.fraction.empty()) return std::nullopt;
  }
  if ((take(text, 'e') || take(text, 'E')) && !take_exponent(text, out)) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return out;
}

/// The digits of whole and fraction as one row without its leading zeros.
class digit_row {
public:
  explicit digit_row(const number_text& n) : number_{n} {
    size_ = static_cast<std::int64_t>(n.whole.size() + n.fraction.size());
    while (zeros_ < size_ && raw(zeros_) == '0') ++zeros_;
  }
  std::int64_t size() const { return size_ - zeros_; }
  int operator[](std::int64_t i) const { return i < size() ? raw(zeros_ + i) - '0' : 0; }
  bool all_zero_from(std::int64_t i) const {
    for (; i < size(); ++i)
      if ((*this)[i] != 0) return false;
    return true;
  }

private:
  char raw(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return at < number_.whole.size() ? number_.whole[at]
                                     : number_.fraction[at - number_.whole.size()];
  }
  const number_text& number_;
  std::int64_t size_ = 0, zeros_ = 0;
};

std::optional<money> units_of(const number_text& n) {
  const digit_row digits{n};
  if (digits.size() == 0) return money{};
  // So many of the digits (zeros appended) stand before the point when counted in units.
  const auto kept =
      digits.size() + n.exponent + places - static_cast<std::int64_t>(n.fraction.size());
  if (kept > max_digits) return std::nullopt;
  if (kept < 0) return money{}; // below a tenth of a unit
  int128 units = 0;
  for (std::int64_t i = 0; i < kept; ++i) units = units * 10 + digits[i];
  const int next = digits[kept];
  const bool exact_half = next == 5 && digits.all_zero_from(kept + 1);
  if (next > 5 || (next == 5 && (!exact_half || units % 2 != 0))) ++units;
  const auto out = money::from_units(n.negative ? -units : units);
  return out.in_range() ? std::optional{out} : std::nullopt;
}

uint128 magnitude(int128 value) {
  return value < 0 ? -static_cast<uint128>(value) : static_cast<uint128>(value);
}

struct wide { // of 256 bits
  uint128 high = 0, low = 0;
};

wide multiplied(uint128 a, uint128 b) {
  const uint128 mask = ~std::uint64_t{0};
  const uint128 a1 = a >> 64, a0 = a & mask, b1 = b >> 64, b0 = b & mask;
  const uint128 low = a0 * b0, middle = a1 * b0 + (low >> 64), cross = a0 * b1 + (middle & mask);
  return {a1 * b1 + (middle >> 64) + (cross >> 64), cross << 64 | (low & mask)};
}

struct division {
  uint128 quotient = 0, rest = 0;
};

/// None when the quotient needs more than 128 bits. @pre divisor > 0
std::optional<division> divided(wide x, uint128 divisor) {
  if (x.high == 0) return division{x.low / divisor, x.low % divisor};
  if (x.high >= divisor) return std::nullopt;
  division out{0, x.high};
  for (int bit = 127; bit >= 0; --bit) { // by hand, a binary place at a time: rare
    const bool carry = out.rest >> 127 != 0;
    out.rest = out.rest << 1 | (x.low >> bit & 1);
    if (!carry && out.rest < divisor) continue;
    out.rest -= divisor;
    out.quotient |= static_cast<uint128>(1) << bit;
  }
  return out;
}

} // namespace

std::optional<money> parse_amount(std::string_view text) {
  const auto n = cut(text);
  if (!n || n->has_exponent || n->fraction.size() > places) return std::nullopt;
  return units_of(*n);
}

std::optional<money> parse_reported_amount(std::string_view text) {
  const auto n = cut(text);
  return n ? units_of(*n) : std::nullopt;
}

std::optional<money> scaled(money amount, money part, money whole) {
  const uint128 w = magnitude(whole.units());
  if (w == 0) return std::nullopt;
  auto q = divided(multiplied(magnitude(amount.units()), magnitude(part.units())), w);
  // A little under 2^127: far beyond any range, and safe to round up and to negate.
  constexpr uint128 most = static_cast<uint128>(std::numeric_limits<std::int64_t>::max()) << 64;
  if (!q || q->quotient > most) return std::nullopt;
  const uint128 other = w - q->rest; // rest against half of w, without doubling it
  if (q->rest > other || (q->rest == other && q->quotient % 2 != 0)) ++q->quotient;
  const auto units = static_cast<int128>(q->quotient);
  const bool negative = (amount.is_negative() != part.is_negative()) != whole.is_negative();
  return money::from_units(negative ? -units : units);
}

std::optional<money> multiply(money price, money quantity) {
  return scaled(price, quantity, money::whole(1));
}

std::string to_string(money amount) {
  char buffer[48]; // 2^127 has 39 digits
  auto at = std::end(buffer);
  auto left = magnitude(amount.units());
  bool shown = false;
  for (int place = places; place > 0; --place, left /= 10) {
    const auto d = static_cast<int>(left % 10);
    shown = shown || d != 0 || place <= 2;
    if (shown) *--at = static_cast<char>('0' + d);
  }
  *--at = '.';
  do {
    *--at = static_cast<char>('0' + static_cast<int>(left % 10));
    left /= 10;
  } while (left != 0);
  if (amount.is_negative()) *--at = '-';
  return {at, std::end(buffer)};
}

std::ostream& operator<<(std::ostream& out, money amount) { return out << to_string(amount); }

} // namespace troupe
