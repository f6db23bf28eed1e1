#include "models/forecast/ubj.hpp"

#include <cstring>

namespace troupe {
namespace {

constexpr int deepest = 16;
// A booster of ours holds some ten thousand; a value takes far more memory than its byte.
constexpr std::size_t most_values = 400'000;

/// Throws nothing; after a failure every further read fails too.
class reader {
public:
  explicit reader(std::string_view bytes) : left_(bytes) {}

  bool value(ubj_value& out, int depth) {
    char marker = 0;
    return depth <= deepest && take(marker) && value_of(marker, out, depth);
  }
  bool at_end() const { return left_.empty(); }

private:
  using kind = ubj_value::kind;

  bool take(char& c) {
    if (left_.empty()) return false;
    c = left_.front();
    left_.remove_prefix(1);
    return true;
  }

  /// Big endian, `size` bytes.
  bool take_bits(std::size_t size, std::uint64_t& out) {
    if (left_.size() < size) return false;
    out = 0;
    for (std::size_t i = 0; i < size; ++i) out = out << 8 | static_cast<unsigned char>(left_[i]);
    left_.remove_prefix(size);
    return true;
  }

  static std::size_t integer_size(char marker) {
    switch (marker) {
    case 'i':
    case 'U': return 1;
    case 'I': return 2;
    case 'l': return 4;
    case 'L': return 8;
    default: return 0;
    }
  }

  bool integer(char marker, std::int64_t& out) {
    const std::size_t size = integer_size(marker);
    std::uint64_t bits = 0;
    if (size == 0 || !take_bits(size, bits)) return false;
    if (marker == 'i') out = static_cast<std::int8_t>(bits);
    if (marker == 'U') out = static_cast<std::uint8_t>(bits);
    if (marker == 'I') out = static_cast<std::int16_t>(bits);
    if (marker == 'l') out = static_cast<std::int32_t>(bits);
    if (marker == 'L') out = static_cast<std::int64_t>(bits);
    return true;
  }

  bool real32(float& out) {
    std::uint64_t bits = 0;
    if (!take_bits(4, bits)) return false;
    const auto word = static_cast<std::uint32_t>(bits);
    std::memcpy(&out, &word, 4);
    return true;
  }

  /// A count of things of which each takes at least `size` of the bytes left.
  bool length(std::size_t size, std::size_t& out) {
    char marker = 0;
    std::int64_t n = 0;
    if (!take(marker) || !integer(marker, n) || n < 0) return false;
    out = static_cast<std::size_t>(n);
    return out <= left_.size() / size;
  }

  bool text(std::string& out) {
    std::size_t n = 0;
    if (!length(1, n)) return false;
    out.assign(left_.substr(0, n));
    left_.remove_prefix(n);
    return true;
  }

  bool value_of(char marker, ubj_value& out, int depth) {
    if (++values_ > most_values) return false;
    switch (marker) {
    case 'Z': return true;
    case 'T':
    case 'F':
      out.is = kind::integer;
      out.integer = marker == 'T';
      return true;
    case 'S': out.is = kind::text; return text(out.text);
    case 'd': {
      out.is = kind::real;
      float x = 0;
      if (!real32(x)) return false;
      out.real = static_cast<double>(x);
      return true;
    }
    case '[': return array(out, depth);
    case '{': return object(out, depth);
    default: out.is = kind::integer; return integer(marker, out.integer);
    }
  }

  bool array(ubj_value& out, int depth) {
    if (!left_.empty() && left_.front() == '$') return typed_array(out);
    out.is = kind::array;
    char marker = 0;
    if (left_.empty()) return false;
    if (left_.front() != '#') { // ends with a bracket
      while (take(marker) && marker != ']') {
        out.items.emplace_back();
        if (depth == deepest || !value_of(marker, out.items.back(), depth + 1)) return false;
      }
      return marker == ']';
    }
    left_.remove_prefix(1);
    std::size_t n = 0;
    if (!length(1, n)) return false;
    for (std::size_t i = 0; i < n; ++i) {
      out.items.emplace_back();
      if (!value(out.items.back(), depth + 1)) return false;
    }
    return true;
  }

  bool typed_array(ubj_value& out) {
    char type = 0, hash = 0;
    left_.remove_prefix(1);
    if (!take(type) || !take(hash) || hash != '#') return false;
    const std::size_t size = type == 'd' ? 4 : integer_size(type);
    std::size_t n = 0;
    if (size == 0 || !length(size, n)) return false;
    if (type == 'd') {
      out.is = kind::reals;
      out.reals.resize(n);
      for (auto& x : out.reals)
        if (!real32(x)) return false;
      return true;
    }
    out.is = kind::integers;
    out.integers.resize(n);
    for (auto& x : out.integers)
      if (!integer(type, x)) return false;
    return true;
  }

  bool object(ubj_value& out, int depth) {
    out.is = kind::object;
    while (!left_.empty() && left_.front() != '}') {
      out.keys.emplace_back();
      out.items.emplace_back();
      if (!text(out.keys.back()) || !value(out.items.back(), depth + 1)) return false;
    }
    char brace = 0;
    return take(brace);
  }

  std::string_view left_;
  std::size_t values_ = 0;
};

} // namespace

const ubj_value* ubj_value::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key) return &items[i];
  return nullptr;
}

std::optional<ubj_value> read_ubj(std::string_view bytes) {
  ubj_value root;
  reader in(bytes);
  if (!in.value(root, 0) || !in.at_end()) return std::nullopt;
  return root;
}

} // namespace troupe
