// Choices made by the fuzzer's bytes, taken from their front. When they are used up every further
// choice is 0, so that any bytes tell a whole story.
#pragma once
#include "messages/money.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace troupe::fuzz {

class byte_source {
public:
  explicit byte_source(std::string_view bytes) : rest_{bytes} {}

  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto out = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }
  /// Of `size` bytes, little endian.
  std::uint64_t number(int size) {
    std::uint64_t out = 0;
    for (int i = 0; i < size; ++i) out |= std::uint64_t{byte()} << (8 * i);
    return out;
  }
  std::uint64_t below(std::uint64_t n) { return byte() % n; }
  /// At most `size` bytes.
  std::string_view take(std::size_t size) {
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return out;
  }
  /// Any 128 bits; small numbers need few bytes.
  int128 wide() {
    const auto shape = byte();
    uint128 out = 0;
    const int size = shape & 15;
    for (int i = 0; i <= size; ++i) out = out << 8 | byte();
    if (shape & 16) out <<= 8 * (15 - size);
    if (shape & 32) out = ~out + 1;
    return static_cast<int128>(out);
  }

private:
  std::string_view rest_;
};

} // namespace troupe::fuzz
