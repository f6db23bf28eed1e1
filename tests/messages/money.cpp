// Money against tables, and against a decimal arithmetic on texts that shares nothing with it.
#include "messages/money.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <type_traits>

using namespace troupe;

static_assert(!std::is_constructible_v<money, double> && !std::is_constructible_v<money, float>);
static_assert(!std::is_convertible_v<double, money> && !std::is_assignable_v<money&, double>);
static_assert(!std::is_constructible_v<money, int>, "a bare number does not tell its unit");
static_assert(sizeof(money) == 16 && std::is_trivially_copyable_v<money>);

namespace {

std::string strict(std::string_view text) {
  const auto m = parse_amount(text);
  return m ? to_string(*m) : "none";
}

std::string lenient(std::string_view text) {
  const auto m = parse_reported_amount(text);
  return m ? to_string(*m) : "none";
}

const std::string nines = "999999999999.99999999";

// --- schoolbook decimals: a sign and a row of digits, counted from the right -------------------

/// a + b of digit texts without sign.
std::string plus(std::string a, std::string b) {
  if (a.size() < b.size()) std::swap(a, b);
  b.insert(0, a.size() - b.size(), '0');
  int carry = 0;
  for (auto i = a.size(); i-- > 0;) {
    const int d = (a[i] - '0') + (b[i] - '0') + carry;
    a[i] = static_cast<char>('0' + d % 10);
    carry = d / 10;
  }
  return carry ? "1" + a : a;
}

std::string times(const std::string& a, const std::string& b) {
  std::string sum = "0";
  for (char c : b) {
    sum += '0';
    for (int i = 0; i < c - '0'; ++i) sum = plus(sum, a);
  }
  return sum;
}

/// Drops the last `count` digits, half to even.
std::string rounded(std::string a, std::size_t count) {
  if (a.size() < count + 1) a.insert(0, count + 1 - a.size(), '0');
  const auto kept = a.substr(0, a.size() - count), dropped = a.substr(a.size() - count);
  const auto half = count ? "5" + std::string(count - 1, '0') : "";
  const bool odd = (kept.back() - '0') % 2 != 0;
  return count && (dropped > half || (dropped == half && odd)) ? plus(kept, "1") : kept;
}

/// Units as digits → the text money must print.
std::string shown(bool negative, std::string units) {
  if (units.size() < 9) units.insert(0, 9 - units.size(), '0');
  units.insert(units.size() - 8, ".");
  units.erase(0, std::min(units.find_first_not_of('0'), units.find('.') - 1));
  while (units.back() == '0' && units[units.size() - 3] != '.') units.pop_back();
  const bool zero = units.find_first_not_of("0.") == std::string::npos;
  return (negative && !zero ? "-" : "") + units;
}

std::string random_digits(std::mt19937_64& random, std::size_t most) {
  std::string out(1 + random() % most, '0');
  for (char& c : out) c = static_cast<char>('0' + random() % 10);
  // Ties and runs of nines are where rounding goes wrong: make them common.
  if (random() % 4 == 0)
    std::fill(out.begin() + static_cast<long>(random() % out.size()), out.end(),
              random() % 2 ? '9' : '0');
  if (random() % 4 == 0) out.back() = '5';
  return out;
}

money units_from(const std::string& digits, bool negative) {
  int128 value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return money::from_units(negative ? -value : value);
}

} // namespace

TEST(money, a_command_reads_plain_decimals_exactly) {
  const std::pair<const char*, const char*> rows[] = {
      {"0", "0.00"},
      {"-0", "0.00"},
      {"-0.00000000", "0.00"},
      {"1000", "1000.00"},
      {"1000.5", "1000.50"},
      {"0.1", "0.10"},
      {"0.12345678", "0.12345678"},
      {"0.00000001", "0.00000001"},
      {"-0.00000001", "-0.00000001"},
      {"12.10000000", "12.10"},
      {"12.12300000", "12.123"},
      {"999999999999.99999999", "999999999999.99999999"},
      {"-999999999999.99999999", "-999999999999.99999999"},
      {"92233720368.54775808", "92233720368.54775808"}};
  for (auto& [text, out] : rows) {
    EXPECT_EQ(strict(text), out) << text;
    EXPECT_EQ(lenient(text), out) << text;
  }
}

TEST(money, a_command_refuses_every_other_form) {
  for (auto text : {"",
                    " ",
                    "-",
                    "+1",
                    " 1",
                    "1 ",
                    "1.",
                    ".5",
                    "-.5",
                    "007",
                    "00",
                    "-01",
                    "1e2",
                    "1E2",
                    "1e-7",
                    "0e0",
                    "0.30000000000000004",
                    "0.123456789",
                    "1.000000000",
                    "1000000000000",
                    "-1000000000000",
                    "999999999999.999999999",
                    "123456789012345678901234567890",
                    "NaN",
                    "nan",
                    "Infinity",
                    "-inf",
                    "0x10",
                    "1,000",
                    "1_000",
                    "1.2.3",
                    "--1",
                    "1-",
                    "١",
                    "1\n",
                    "null"})
    EXPECT_EQ(strict(text), "none") << text;
  EXPECT_EQ(strict(std::string_view{"1\0", 2}), "none");
  EXPECT_EQ(strict(std::string(1'000'000, '9')), "none");
}

TEST(money, a_webhook_may_write_exponents_and_more_places) {
  const std::pair<std::string, std::string> rows[] = {
      {"0.30000000000000004", "0.30"},
      {"0.1e1", "1.00"},
      {"1e-7", "0.0000001"},
      {"1E+2", "100.00"},
      {"-1.5e3", "-1500.00"},
      {"1e11", "100000000000.00"},
      {"0.000000005", "0.00"},
      {"0.0000000050000000000000000000000000000000000000000001", "0.00000001"},
      {"0.000000015", "0.00000002"},
      {"0.000000025", "0.00000002"},
      {"-0.000000025", "-0.00000002"},
      {"-0.000000005", "0.00"},
      {"5e-9", "0.00"},
      {"5.1e-9", "0.00000001"},
      {"9e-10", "0.00"},
      {"1e-400", "0.00"},
      {"0e99999999999999999999999", "0.00"},
      {"1e-99999999999999999999999", "0.00"},
      {"999999999999.999999994", nines},
      {"99999999999999999999e-8", nines},
      {"0." + std::string(50, '0') + "1e51", "1.00"},
      {"1" + std::string(50, '0') + "e-50", "1.00"},
      {"0.99999999999", "1.00"}};
  for (auto& [text, out] : rows) EXPECT_EQ(lenient(text), out) << text;
}

TEST(money, a_webhook_still_refuses_what_is_no_number_or_too_large) {
  for (auto text : {"",
                    "+1",
                    " 1",
                    "1.",
                    ".5",
                    "007",
                    "1e",
                    "1e+",
                    "e5",
                    "1e1.5",
                    "1e5 ",
                    "NaN",
                    "Infinity",
                    "0x1",
                    "1e12",
                    "1e400",
                    "1e99999999999999999999999",
                    "--1",
                    "999999999999.999999995",
                    "-999999999999.9999999951",
                    "1000000000000"})
    EXPECT_EQ(lenient(text), "none") << text;
}

TEST(money, sums_are_checked_and_never_wrap) {
  const auto big = money::from_units(static_cast<int128>(~uint128{0} >> 1));
  const auto one = money::from_units(1);
  EXPECT_FALSE(add(big, one));
  EXPECT_FALSE(subtract(*negate(big), money::from_units(2)));
  EXPECT_FALSE(negate(*subtract(*negate(big), one)));
  EXPECT_EQ(*add(money::max(), money::min()), money{});
  EXPECT_TRUE(money::max().in_range());
  EXPECT_TRUE(money::min().in_range());
  EXPECT_FALSE(add(money::max(), one)->in_range());
  EXPECT_FALSE(subtract(money::min(), one)->in_range());
  EXPECT_EQ(to_string(*add(money::max(), one)), "1000000000000.00");
  EXPECT_EQ(to_string(big), "1701411834604692317316873037158.84105727");
  EXPECT_EQ(to_string(*subtract(*negate(big), one)), "-1701411834604692317316873037158.84105728");
}

TEST(money, price_times_quantity_rounds_once_half_to_even) {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"0.1", "0.1", "0.01"},
      {"43250.5", "0.00123456", "53.39533728"},
      {"0.00000001", "0.5", "0.00"},
      {"0.00000003", "0.5", "0.00000002"},
      {"0.00000001", "0.50000001", "0.00000001"},
      {"-0.00000003", "0.5", "-0.00000002"},
      {"-0.00000001", "-0.6", "0.00000001"},
      {"1.23456789", "1.23456789", "1.52415788"},
      {"999999.99999999", "999999.99999999", "999999999999.98"},
      {"0", "-5", "0.00"}};
  for (auto& [price, quantity, out] : rows) {
    const auto got = multiply(*parse_amount(price), *parse_amount(quantity));
    ASSERT_TRUE(got);
    EXPECT_EQ(to_string(*got), out) << price << " × " << quantity;
  }
  const auto square = multiply(money::max(), money::max());
  ASSERT_TRUE(square) << "a plain 128-bit product would have overflowed";
  EXPECT_EQ(to_string(*square), "999999999999999999980000.00");
  EXPECT_FALSE(multiply(*square, *square));
}

TEST(money, agrees_with_arithmetic_on_texts) {
  const std::uint64_t seed = 20260105;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    const auto a = random_digits(random, 20), b = random_digits(random, 20);
    const bool negative_a = random() % 2, negative_b = random() % 2;
    const auto x = units_from(a, negative_a), y = units_from(b, negative_b);
    ASSERT_EQ(to_string(x), shown(negative_a, a));
    ASSERT_EQ(*parse_amount(to_string(x)), x);
    ASSERT_EQ(to_string(*multiply(x, y)), shown(negative_a != negative_b, rounded(times(a, b), 8)));
    if (negative_a == negative_b) {
      ASSERT_EQ(to_string(*add(x, y)), shown(negative_a, plus(a, b)));
    }
  }
}

TEST(money, reads_any_spelling_of_a_number_as_arithmetic_on_texts_does) {
  std::mt19937_64 random{20260106};
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = "1" + random_digits(random, 30);
    const auto point = 1 + random() % (digits.size() - 1);
    const auto places = digits.size() - point;
    const int exponent = static_cast<int>(random() % 25) - 12;
    const auto text =
        "-" + digits.substr(0, point) + "." + digits.substr(point) + "e" + std::to_string(exponent);
    // Units are the digits × 10^(exponent - places + 8).
    const int shift = exponent - static_cast<int>(places) + 8;
    const auto units = shift >= 0 ? digits + std::string(static_cast<std::size_t>(shift), '0')
                                  : rounded(digits, static_cast<std::size_t>(-shift));
    const auto first = std::min(units.find_first_not_of('0'), units.size());
    ASSERT_EQ(lenient(text), units.size() - first > 20 ? "none" : shown(true, units)) << text;
  }
}
