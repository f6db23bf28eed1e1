#include "models/sha256_blocks.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace troupe {

namespace {

std::uint32_t rotated(std::uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

} // namespace

// Rounds as FIPS 180-4 writes them: short enough to compare with the standard by eye.
void compress_portably(sha256_state& state, const std::uint8_t* block, std::size_t count) {
  for (; count > 0; --count, block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i)
      w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16
          | std::uint32_t{block[4 * i + 2]} << 8 | std::uint32_t{block[4 * i + 3]};
    for (std::size_t i = 16; i < 64; ++i)
      w[i] = w[i - 16] + (rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ (w[i - 15] >> 3))
          + w[i - 7] + (rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ (w[i - 2] >> 10));
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
      const auto t1 = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g))
          + sha256_constants[i] + w[i];
      const auto t2 =
          (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
    }
    const sha256_state step{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += step[i];
  }
}

#if defined(__x86_64__)

namespace {

// Four rounds a turn. The instructions want the state as {a b e f} and {c d g h}, and the next four
// words of the schedule are made of the last sixteen.
__attribute__((target("sha,sse4.1,ssse3"))) void
compress_by_instructions(sha256_state& state, const std::uint8_t* block, std::size_t count) {
  const auto bytes_swapped = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  auto* const words = reinterpret_cast<__m128i*>(state.data());
  const auto cdab = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
  const auto efgh = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
  auto abef = _mm_alignr_epi8(cdab, efgh, 8);
  auto cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; count > 0; --count, block += 64) {
    const auto abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; ++i)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i)),
                              bytes_swapped);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) {
      const auto constants =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(sha256_constants.data() + 4 * i));
      const auto sum = _mm_add_epi32(w[i % 4], constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      if (i >= 12) continue;
      const auto &second = w[(i + 1) % 4], &third = w[(i + 2) % 4], &last = w[(i + 3) % 4];
      w[i % 4] = _mm_sha256msg2_epu32(
          _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], second), _mm_alignr_epi8(last, third, 4)),
          last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const auto feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

bool has_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0)
    return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

} // namespace

sha256_compressor compressor_of_the_processor() {
  return has_instructions() ? compress_by_instructions : nullptr;
}

#else

sha256_compressor compressor_of_the_processor() { return nullptr; }

#endif

} // namespace troupe
