// Amounts as text, against the same sums made on paper: with rows of digits and no number at all.
#include "messages/money.hpp"
#include "tests/fuzz/target.hpp"

#include <array>

namespace troupe::fuzz {

namespace {

struct digits_of_text {
  bool negative = false, has_exponent = false, negative_exponent = false;
  std::string digits; // whole and fraction
  std::size_t fraction = 0;
  std::string exponent;
};

// RFC 8259's number as a table: what follows what. -1: nothing.
enum place { start, minus, zero, whole, point, fraction, e, e_sign, e_digit, places };
constexpr int no = -1;
constexpr std::array<std::array<int, 6>, places> next{{
    // '0'     1-9       '.'    'e'  '+'     '-'
    {zero, whole, no, no, no, minus},           // start
    {zero, whole, no, no, no, no},              // minus
    {no, no, point, e, no, no},                 // zero
    {whole, whole, point, e, no, no},           // whole
    {fraction, fraction, no, no, no, no},       // point
    {fraction, fraction, no, e, no, no},        // fraction
    {e_digit, e_digit, no, no, e_sign, e_sign}, // e
    {e_digit, e_digit, no, no, no, no},         // e_sign
    {e_digit, e_digit, no, no, no, no},         // e_digit
}};

int class_of(char c) {
  if (c == '0') return 0;
  if (c > '0' && c <= '9') return 1;
  const auto i = std::string_view{".e+-E"}.find(c);
  return i == std::string_view::npos ? no : i == 4 ? 3 : static_cast<int>(i) + 2;
}

std::optional<digits_of_text> on_paper(std::string_view text) {
  digits_of_text out;
  int at = start;
  for (char c : text) {
    const int kind = class_of(c);
    at = kind == no ? no : next[static_cast<std::size_t>(at)][static_cast<std::size_t>(kind)];
    if (at == no) return std::nullopt;
    if (at == minus) out.negative = true;
    if (at == zero || at == whole || at == fraction) out.digits += c;
    if (at == fraction) ++out.fraction;
    if (at == e) out.has_exponent = true;
    if (at == e_sign) out.negative_exponent = c == '-';
    if (at == e_digit) out.exponent += c;
  }
  if (at != zero && at != whole && at != fraction && at != e_digit) return std::nullopt;
  return out;
}

std::string without_zeros(const std::string& digits) {
  const auto i = digits.find_first_not_of('0');
  return i == std::string::npos ? "" : digits.substr(i);
}

/// Adds one to a row of digits.
std::string counted_up(std::string digits) {
  auto i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i == 0) return '1' + digits;
  ++digits[i - 1];
  return digits;
}

/// |value| in units; none when it has more than 20 digits.
std::optional<std::string> units_on_paper(const digits_of_text& n) {
  auto digits = without_zeros(n.digits);
  if (digits.empty()) return "0";
  const auto exponent = without_zeros(n.exponent);
  if (exponent.size() > 6)
    return n.negative_exponent ? std::optional<std::string>{"0"} : std::nullopt;
  auto shift = exponent.empty() ? 0L : std::stol(exponent);
  if (n.negative_exponent) shift = -shift;
  shift += 8 - static_cast<long>(n.fraction);
  if (shift >= 0) {
    if (shift + static_cast<long>(digits.size()) > 20) return std::nullopt;
    return digits + std::string(static_cast<std::size_t>(shift), '0');
  }
  const auto cut = static_cast<std::size_t>(-shift);
  if (cut > digits.size()) return "0";
  auto kept = digits.substr(0, digits.size() - cut);
  const auto dropped = digits.substr(digits.size() - cut);
  const auto half = '5' + std::string(cut - 1, '0');
  const bool odd = !kept.empty() && (kept.back() - '0') % 2 == 1;
  if (dropped > half || (dropped == half && odd)) kept = counted_up(kept);
  if (kept.size() > 20) return std::nullopt;
  return kept.empty() ? "0" : kept;
}

std::string signed_digits(money x) {
  const bool negative = x.is_negative();
  std::string out;
  for (auto left = x.units(); left != 0; left /= 10)
    out.insert(out.begin(),
               static_cast<char>('0' + static_cast<int>(negative ? -(left % 10) : left % 10)));
  return (negative ? "-" : "") + (out.empty() ? "0" : out);
}

void print_and_read_back(money x) {
  const auto text = to_string(x);
  claim(parse_amount(text) == x, "a printed amount reads back as itself");
  const auto point = text.find('.');
  claim(point != std::string::npos && text.size() >= point + 3 && text.size() <= point + 9,
        "an amount is printed with two to eight places");
  claim(text.size() == point + 3 || text.back() != '0', "no zeros follow the second place");
  claim(text != "-0.00", "zero has no sign");
}

} // namespace

void try_bytes(std::string_view text) {
  const auto n = on_paper(text);
  std::optional<std::string> expected;
  if (n) expected = units_on_paper(*n);
  if (expected && n->negative && *expected != "0") expected = '-' + *expected;

  const auto reported = parse_reported_amount(text);
  claim(reported.has_value() == expected.has_value(), "a webhook takes each JSON number in range");
  if (reported) {
    claim(signed_digits(*reported) == *expected, "a webhook's amount is rounded half to even");
    print_and_read_back(*reported);
  }
  const auto amount = parse_amount(text);
  const bool plain = expected && !n->has_exponent && n->fraction <= 8;
  claim(amount.has_value() == plain, "a command takes plain decimals of eight places alone");
  if (amount) claim(*amount == *reported, "both readers read the same amount");
}

std::vector<std::string> made_seeds() { return {}; }

} // namespace troupe::fuzz
