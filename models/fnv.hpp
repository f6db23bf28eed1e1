// FNV-1a in 64 bits: names contents so that a change is seen, the same on every machine. Not a
// defence against an adversary; files are guarded by SHA-256 in runtime.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

class fnv1a {
public:
  fnv1a& add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return *this;
  }
  /// The bytes of a number as they lie in memory (little endian on every supported machine).
  template<class T>
  fnv1a& add_number(T x) {
    static_assert(std::is_arithmetic_v<T>);
    char bytes[sizeof(T)];
    std::memcpy(bytes, &x, sizeof(T));
    return add({bytes, sizeof(T)});
  }
  std::uint64_t value() const { return value_; }

  /// 16 lower-case hex digits.
  std::string hex() const {
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i)
      text[i] = "0123456789abcdef"[(value_ >> (60 - 4 * i)) & 15];
    return text;
  }

private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

} // namespace troupe
