// Sums and products of any 128-bit amounts: the result is held against its definition with numbers
// of any length, never recomputed the way it was made.
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

/// Digits of base 2^32, the lowest first, without zeros at the end.
using big = std::vector<std::uint32_t>;

uint128 magnitude(int128 x) {
  return x < 0 ? ~static_cast<uint128>(x) + 1 : static_cast<uint128>(x);
}

void trim(big& x) {
  while (!x.empty() && x.back() == 0) x.pop_back();
}

big big_of(uint128 x) {
  big out;
  for (; x != 0; x >>= 32) out.push_back(static_cast<std::uint32_t>(x));
  return out;
}

big product(const big& a, const big& b) {
  big out(a.size() + b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t k = 0; k < b.size(); ++k) {
      carry += std::uint64_t{a[i]} * b[k] + out[i + k];
      out[i + k] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    out[i + b.size()] = static_cast<std::uint32_t>(carry);
  }
  trim(out);
  return out;
}

int compared(const big& a, const big& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (auto i = a.size(); i-- > 0;)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

/// |a - b|
big distance(big a, big b) {
  if (compared(a, b) < 0) std::swap(a, b);
  std::int64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    borrow += std::int64_t{a[i]} - (i < b.size() ? b[i] : 0);
    a[i] = static_cast<std::uint32_t>(borrow);
    borrow >>= 32;
  }
  trim(a);
  return a;
}

void check_scaled(money amount, money part, money whole) {
  const auto out = scaled(amount, part, whole);
  const auto w = big_of(magnitude(whole.units()));
  if (w.empty()) return claim(!out, "nothing is scaled by zero");
  const auto exact = product(big_of(magnitude(amount.units())), big_of(magnitude(part.units())));
  // The house's own bound, a little under 2^127.
  const auto bound = product(w, big_of((static_cast<uint128>(INT64_MAX) << 64) + 1));
  if (!out) return claim(compared(exact, bound) >= 0, "what 128 bits hold is answered");
  claim(compared(exact, bound) < 0, "what 128 bits do not hold is not answered");
  const auto units = magnitude(out->units());
  const auto off = product({2}, distance(exact, product(w, big_of(units))));
  const int side = compared(off, w);
  claim(side < 0 || (side == 0 && units % 2 == 0), "the nearest unit, of two the even one");
  const bool negative = (amount.is_negative() != part.is_negative()) != whole.is_negative();
  claim(units == 0 || out->is_negative() == negative, "the sign follows its factors");
}

void check_sums(money a, money b) {
  if (const auto sum = add(a, b)) {
    claim(subtract(*sum, b) == a, "what was added can be taken away");
    claim(add(b, a) == sum, "order does not matter to a sum");
  } else {
    claim(a.is_negative() == b.is_negative(), "only sums of one sign pass 128 bits");
  }
  const auto text = to_string(a);
  claim(!text.empty() && text.size() <= 48 && (text.front() == '-') == a.is_negative(),
        "every amount prints");
  claim(!a.in_range() || parse_amount(text) == a, "every amount in range reads back");
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  const auto a = money::from_units(in.wide()), b = money::from_units(in.wide());
  auto c = money::from_units(in.wide());
  check_sums(a, b);
  check_scaled(a, b, c);
  check_scaled(b, c, a);
  check_scaled(a, b, money::whole(1));
  claim(multiply(a, b) == scaled(a, b, money::whole(1)), "a product is scaled by one");
  claim(multiply(a, b) == multiply(b, a), "order does not matter to a product");
}

std::vector<std::string> made_seeds() {
  using namespace std::string_literals;
  const auto wide = [](int128 x) {
    const bool negative = x < 0;
    auto m = magnitude(x);
    std::string out(16, '\0');
    for (int i = 15; i >= 0; --i, m >>= 8) out[static_cast<std::size_t>(i)] = static_cast<char>(m);
    return static_cast<char>(15 | (negative ? 32 : 0)) + out;
  };
  const int128 most = static_cast<int128>(~uint128{0} >> 1), unit = money::scale;
  const std::vector<int128> edges{
      0,    1,         -1,       5,     unit, unit / 2, money::max().units(), money::min().units(),
      most, -most - 1, most / 2, 10'000};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (std::size_t k = 0; k < edges.size(); ++k)
      out.push_back(wide(edges[i]) + wide(edges[k]) + wide(edges[(i * 5 + k) % edges.size()]));
  return out;
}

} // namespace troupe::fuzz
