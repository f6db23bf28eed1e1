// A stored booster: its bytes are read whole or refused, and whatever trees are accepted answer any
// row at all.
#include "models/forecast/booster_bytes.hpp"
#include "models/forecast/trees.hpp"
#include "tests/fuzz/target.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace troupe::fuzz {

namespace {

constexpr std::size_t features = 3;

void answer_any_row(const tree_ensemble& trees) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                  most = std::numeric_limits<float>::max();
  for (const auto& row : {std::array<float, features>{0, 0, 0},
                          {-most, most, 1},
                          {nan, 0, nan},
                          {most, -most, nan}}) {
    const float p = trees.predict(row.data());
    claim(std::isnan(p) || p >= 0, "a mean or a probability is not negative");
    claim(trees.kind() == tree_ensemble::objective::gamma || std::isnan(p) || p <= 1,
          "a probability is at most 1");
  }
  fnv1a hash;
  trees.hash_into(hash);
}

// UBJSON as XGBoost writes it.
std::string big_endian(std::uint64_t x, int size) {
  std::string out;
  while (size-- > 0) out += static_cast<char>(x >> (8 * size) & 255);
  return out;
}
std::string length(std::size_t n) { return 'L' + big_endian(n, 8); }
std::string text(const std::string& s) { return 'S' + length(s.size()) + s; }
std::string member(const std::string& name, const std::string& value) {
  return length(name.size()) + name + value;
}
std::string integers(const std::vector<int>& xs, char type = 'l') {
  auto out = std::string{"[$"} + type + '#' + length(xs.size());
  for (int x : xs) out += big_endian(static_cast<std::uint32_t>(x), type == 'l' ? 4 : 1);
  return out;
}
std::string reals(const std::vector<float>& xs) {
  auto out = "[$d#" + length(xs.size());
  for (float x : xs) {
    std::uint32_t bits = 0;
    static_assert(sizeof bits == sizeof x);
    std::memcpy(&bits, &x, sizeof x);
    out += big_endian(bits, 4);
  }
  return out;
}

/// A tree of two splits; `left` and `feature` are the first one's.
std::string tree(int left = 1, int feature = 0) {
  return '{'
      + member("tree_param",
               '{' + member("num_nodes", text("5")) + member("num_deleted", text("0")) + '}')
      + member("left_children", integers({left, -1, 3, -1, -1}))
      + member("right_children", integers({2, -1, 4, -1, -1}))
      + member("split_indices", integers({feature, 0, 2, 0, 0}))
      + member("default_left", integers({1, 0, 0, 0, 0}, 'U'))
      + member("split_conditions", reals({.5f, -1, 2, .25f, 4})) + member("categories", "[]") + '}';
}

std::string booster(const std::string& objective, std::size_t trees,
                    const std::string& first = tree()) {
  std::string all = "[#" + length(trees) + first;
  for (std::size_t i = 1; i < trees; ++i) all += tree();
  const auto model = '{'
      + member("gbtree_model_param", '{' + member("num_trees", text(std::to_string(trees))) + '}')
      + member("trees", all) + '}';
  const auto learner = '{' + member("feature_names", '[' + text("a") + text("b") + text("c") + ']')
      + member("gradient_booster",
               '{' + member("name", text("gbtree")) + member("model", model) + '}')
      + member("objective", '{' + member("name", text(objective)) + '}')
      + member("learner_model_param",
               '{' + member("base_score", text("5E-1")) + member("num_feature", text("3")) + '}')
      + '}';
  return '{' + member("learner", learner)
      + member("version", "[#L" + big_endian(3, 8) + "i\1i\7i\4") + '}';
}

} // namespace

void try_bytes(std::string_view bytes) {
  std::string error;
  const auto stored = read_booster(bytes, error);
  claim(stored.has_value() == error.empty(), "what is refused is refused with a reason");
  if (!stored) return;
  const auto trees = tree_ensemble::make(*stored, features, error);
  claim(trees.has_value() == error.empty(), "what is refused is refused with a reason");
  if (!trees) return;
  claim(trees->trees() == stored->trees.size(), "each tree is kept");
  answer_any_row(*trees);
}

std::vector<std::string> made_seeds() {
  return {booster("reg:gamma", 1),
          booster("binary:logistic", 2),
          booster("reg:gamma", 9),
          booster("reg:gamma", 1, tree(5)),
          booster("reg:gamma", 1, tree(0)),
          booster("reg:gamma", 1, tree(1, 3)),
          "{}",
          "[[[[[[[[[[[[[[[[[[[[[[[["};
}

} // namespace troupe::fuzz
