#include "models/sha256.hpp"

#include "models/sha256_blocks.hpp"

#include <algorithm>
#include <cstring>

namespace troupe {

namespace {

constexpr std::size_t block_bytes = 64;

// Both give the same digests: which one it is shows in the time alone.
void compress(sha256_state& state, const std::uint8_t* blocks, std::size_t count) {
  static const auto best = [] {
    const auto own = compressor_of_the_processor();
    return own ? own : compress_portably;
  }();
  best(state, blocks, count);
}

class hasher {
public:
  void add(std::string_view bytes) {
    if (bytes.empty()) return; // its address may be none
    total_ += bytes.size();
    if (used_ > 0) {
      const auto n = std::min(bytes.size(), block_.size() - used_);
      std::memcpy(block_.data() + used_, bytes.data(), n);
      used_ += n;
      bytes.remove_prefix(n);
      if (used_ < block_.size()) return;
      compress(state_, block_.data(), 1);
    }
    const auto whole = bytes.size() / block_bytes;
    compress(state_, reinterpret_cast<const std::uint8_t*>(bytes.data()), whole);
    bytes.remove_prefix(whole * block_bytes);
    used_ = bytes.size();
    if (used_ > 0) std::memcpy(block_.data(), bytes.data(), used_);
  }

  digest finish() {
    const std::uint64_t bits = total_ * 8;
    block_[used_++] = 0x80;
    if (used_ > block_bytes - 8) {
      std::fill(block_.begin() + static_cast<std::ptrdiff_t>(used_), block_.end(), 0);
      compress(state_, block_.data(), 1);
      used_ = 0;
    }
    std::fill(block_.begin() + static_cast<std::ptrdiff_t>(used_), block_.end() - 8, 0);
    for (std::size_t i = 0; i < 8; ++i)
      block_[block_bytes - 8 + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    compress(state_, block_.data(), 1);
    digest out{};
    for (std::size_t i = 0; i < 32; ++i)
      out[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return out;
  }

private:
  sha256_state state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, block_bytes> block_{};
  std::size_t used_ = 0; // less than a block
  std::uint64_t total_ = 0;
};

} // namespace

digest sha256(std::string_view first, std::string_view second) {
  hasher h;
  h.add(first);
  h.add(second);
  return h.finish();
}

std::string to_hex(const digest& d) {
  std::string out;
  for (auto byte : d) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

} // namespace troupe
