// SHA-256 (FIPS 180-4) of bytes in memory, so that the models can chain events without a library.
// It guards integrity only; nothing secret goes through it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

using digest = std::array<std::uint8_t, 32>;

/// Of the two texts as if they were one.
digest sha256(std::string_view first, std::string_view second = {});

/// 64 lower-case hex digits.
std::string to_hex(const digest& d);

} // namespace troupe
