// Reads the trees out of a booster as XGBoost 1.7 writes it (UBJSON bytes), without the library,
// which crashes on damaged files. Nothing is trusted: every length is held against the bytes that
// are left. Whether the trees make sense is judged in trees.hpp; files and hashes are in runtime.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// One tree as parallel arrays, exactly as stored.
struct stored_tree {
  std::vector<std::int64_t> left, right, feature;
  std::vector<float> condition; // threshold of a split, value of a leaf
  std::vector<std::int64_t> default_left;
  std::int64_t deleted = 0; // nodes that stayed in the arrays without being reached
};

struct stored_booster {
  std::string booster;    // "gbtree"
  std::string objective;  // "reg:gamma", "binary:logistic"
  std::string base_score; // text, in units of the output
  std::int64_t features = 0, major = 0, minor = 0;
  std::vector<std::string> feature_names;
  std::vector<stored_tree> trees;
};

/// Nothing, and why in `error`, when the bytes are not such a booster.
std::optional<stored_booster> read_booster(std::string_view bytes, std::string& error);

} // namespace troupe
