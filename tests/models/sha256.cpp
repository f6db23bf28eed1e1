#include "models/sha256.hpp"
#include "models/sha256_blocks.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace troupe {

TEST(sha256, is_the_same_wherever_the_text_is_cut) {
  std::string text;
  for (int n = 0; n < 200; ++n) text += static_cast<char>(n * 7);
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto all = std::string_view{text}.substr(0, length);
    for (std::size_t cut = 0; cut <= length; ++cut)
      ASSERT_EQ(sha256(all.substr(0, cut), all.substr(cut)), sha256(all)) << length << ' ' << cut;
  }
}

TEST(sha256, the_processors_instructions_do_what_the_standard_says) {
  const auto own = compressor_of_the_processor();
  if (!own) GTEST_SKIP() << "this processor has none";
  std::mt19937 random{20261120};
  for (std::size_t blocks = 0; blocks < 40; ++blocks) {
    std::vector<std::uint8_t> bytes(64 * blocks + 1);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    sha256_state state;
    for (auto& word : state) word = static_cast<std::uint32_t>(random());
    auto expected = state;
    own(state, bytes.data() + 1, blocks); // at an odd address
    compress_portably(expected, bytes.data() + 1, blocks);
    ASSERT_EQ(state, expected) << blocks;
  }
}

TEST(sha256, the_standards_way_gives_the_standards_digest) {
  std::array<std::uint8_t, 64> block{'a', 'b', 'c', 0x80};
  block[63] = 24; // bits
  sha256_state state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  compress_portably(state, block.data(), 1);
  EXPECT_EQ(state,
            (sha256_state{0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c,
                          0xb410ff61, 0xf20015ad}));
}

} // namespace troupe
