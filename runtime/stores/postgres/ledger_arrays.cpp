#include "runtime/stores/postgres/ledger_arrays.hpp"

namespace troupe {

namespace {

constexpr std::size_t header_bytes = 20; // dimensions, nulls, type, length, lower bound

} // namespace

template<class Unsigned>
void ledger_array::put(Unsigned value) {
  for (int shift = (static_cast<int>(sizeof value) - 1) * 8; shift >= 0; shift -= 8)
    bytes_.push_back(static_cast<char>(value >> shift & 0xff));
}

ledger_array::ledger_array(ledger_element type) : bytes_(header_bytes, '\0'), type_(type) {}

void ledger_array::add(std::int16_t value) {
  put(std::uint32_t{2});
  put(static_cast<std::uint16_t>(value));
  ++count_;
}

void ledger_array::add(std::int32_t value) {
  put(std::uint32_t{4});
  put(static_cast<std::uint32_t>(value));
  ++count_;
}

void ledger_array::add(std::int64_t value) {
  put(std::uint32_t{8});
  put(static_cast<std::uint64_t>(value));
  ++count_;
}

void ledger_array::add_bytes(std::string_view bytes) {
  put(static_cast<std::uint32_t>(bytes.size()));
  bytes_.append(bytes);
  ++count_;
}

// Digits of base 10000, the eight places being two of them; zeros in front are left out.
void ledger_array::add(money amount) {
  constexpr int most = 12;
  std::uint16_t digits[most];
  auto rest = static_cast<uint128>(amount.is_negative() ? -amount.units() : amount.units());
  int count = 0;
  for (; count < 2 || rest != 0; ++count, rest /= 10'000)
    digits[count] = static_cast<std::uint16_t>(rest % 10'000);
  while (count > 0 && digits[count - 1] == 0) --count;
  put(static_cast<std::uint32_t>(8 + 2 * count));
  put(static_cast<std::uint16_t>(count));
  put(static_cast<std::uint16_t>(count == 0 ? 0 : count - 3)); // weight of the first digit
  put(static_cast<std::uint16_t>(amount.is_negative() ? 0x4000 : 0));
  put(std::uint16_t{8});
  while (count > 0) put(digits[--count]);
  ++count_;
}

const std::string& ledger_array::bytes() {
  auto whole = std::move(bytes_);
  bytes_.clear();
  put(std::uint32_t{count_ == 0 ? 0u : 1u});
  put(std::uint32_t{0});
  put(static_cast<std::uint32_t>(type_));
  if (count_ > 0) {
    put(count_);
    put(std::uint32_t{1});
    whole.replace(0, header_bytes, bytes_);
    bytes_ = std::move(whole);
  }
  return bytes_;
}

std::string pg_int8(std::int64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff));
  return out;
}

money money_from_pg(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  int128 units = 0;
  int places = -1; // none seen
  for (const char c : text.substr(negative ? 1 : 0)) {
    if (c == '.') {
      places = 0;
    } else if (places < 8) {
      units = units * 10 + (c - '0');
      if (places >= 0) ++places;
    }
  }
  for (places = places < 0 ? 0 : places; places < 8; ++places) units *= 10;
  return money::from_units(negative ? -units : units);
}

} // namespace troupe
