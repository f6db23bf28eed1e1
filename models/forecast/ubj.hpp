// The subset of UBJSON that XGBoost writes, as plain values. Reading is bounded by the bytes at
// hand: no announced length makes it allocate more than a small multiple of them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

struct ubj_value {
  enum class kind : std::uint8_t { null, integer, real, text, integers, reals, array, object };
  kind is = kind::null;
  std::int64_t integer = 0; // also true and false
  double real = 0;
  std::string text;
  std::vector<std::int64_t> integers; // typed arrays
  std::vector<float> reals;
  std::vector<ubj_value> items; // of an array, or of an object beside its keys
  std::vector<std::string> keys;

  /// The member of that name, or nullptr; also when this is no object.
  const ubj_value* find(std::string_view key) const;
};

/// Nothing when the bytes are damaged, unfinished, nested deeper than 16, or followed by others.
std::optional<ubj_value> read_ubj(std::string_view bytes);

} // namespace troupe
