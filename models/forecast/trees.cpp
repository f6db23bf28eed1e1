#include "models/forecast/trees.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace troupe {
namespace {

constexpr std::size_t deepest = 12, most_nodes = 1u << 20;

bool parse_float(const std::string& text, float& out) {
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && stop == end && std::isfinite(out);
}

/// The stored base is in units of the output; trees add up before the link.
bool base_margin(tree_ensemble::objective kind, const std::string& text, float& out) {
  float base = 0;
  if (!parse_float(text, base)) return false;
  if (kind == tree_ensemble::objective::gamma) {
    if (!(base > 0)) return false;
    out = std::log(base);
  } else {
    if (!(base > 0 && base < 1)) return false;
    out = -std::log(1.0f / base - 1.0f);
  }
  return std::isfinite(out);
}

bool same_lengths(const stored_tree& t) {
  const std::size_t n = t.condition.size();
  return n > 0 && n <= most_nodes && t.left.size() == n && t.right.size() == n
      && t.feature.size() == n && t.default_left.size() == n;
}

/// A node on its way from the stored arrays into the flat ones.
struct visit {
  std::size_t stored, flat, depth;
};

bool is_leaf(const stored_tree& tree, std::size_t i) {
  return tree.left[i] == -1 && tree.right[i] == -1;
}

/// Null when the node itself is sound.
const char* flaw_of_node(const stored_tree& tree, const visit& v, std::size_t features) {
  const auto n = static_cast<std::int64_t>(tree.condition.size());
  if (v.depth > deepest) return "too deep";
  if (!std::isfinite(tree.condition[v.stored])) return "a number is not finite";
  if (is_leaf(tree, v.stored)) return nullptr;
  for (const auto child : {tree.left[v.stored], tree.right[v.stored]})
    if (child <= 0 || child >= n) return "a child is out of range";
  const auto feature = tree.feature[v.stored];
  if (feature < 0 || feature >= static_cast<std::int64_t>(features))
    return "a split index is out of range";
  return nullptr;
}

} // namespace

std::optional<tree_ensemble> tree_ensemble::make(const stored_booster& from, std::size_t features,
                                                 std::string& error) {
  const auto fail = [&](std::string why) {
    error = std::move(why);
    return std::nullopt;
  };
  tree_ensemble out;
  if (from.booster != "gbtree") return fail("not a tree booster: " + from.booster);
  if (from.major != 1 || from.minor != 7) return fail("written by another version of the library");
  if (from.objective == "reg:gamma")
    out.kind_ = objective::gamma;
  else if (from.objective == "binary:logistic")
    out.kind_ = objective::logistic;
  else
    return fail("unknown objective " + from.objective);
  if (from.features != static_cast<std::int64_t>(features))
    return fail("made for " + std::to_string(from.features) + " features");
  if (!base_margin(out.kind_, from.base_score, out.base_))
    return fail("base score " + from.base_score + " is out of its domain");
  if (from.trees.empty()) return fail("no trees");
  out.features_ = features;
  for (std::size_t i = 0; i < from.trees.size(); ++i)
    if (!out.add_tree(from.trees[i], error))
      return fail("tree " + std::to_string(i) + ": " + error);
  return out;
}

bool tree_ensemble::add_tree(const stored_tree& tree, std::string& error) {
  const auto fail = [&](const char* why) {
    error = why;
    return false;
  };
  if (!same_lengths(tree)) return fail("arrays of different lengths");
  const std::size_t n = tree.condition.size(), root = nodes_.size();
  if (root + n > most_nodes) return fail("too many nodes");
  std::vector<visit> open{{0, root, 0}};
  std::vector<bool> seen(n);
  std::size_t reached = 0, depth = 0;
  grow(root + 1);
  for (; !open.empty(); ++reached) {
    const visit v = open.back();
    open.pop_back();
    if (seen[v.stored]) return fail("a node is reached twice");
    seen[v.stored] = true;
    depth = std::max(depth, v.depth);
    if (const char* why = flaw_of_node(tree, v, features_)) return fail(why);
    if (is_leaf(tree, v.stored)) {
      nodes_[v.flat] = {std::numeric_limits<float>::infinity(), static_cast<std::uint32_t>(v.flat),
                        0, true};
      values_[v.flat] = tree.condition[v.stored];
      continue;
    }
    const std::size_t left = nodes_.size();
    grow(left + 2);
    nodes_[v.flat] = {tree.condition[v.stored], static_cast<std::uint32_t>(left),
                      static_cast<std::uint16_t>(tree.feature[v.stored]),
                      tree.default_left[v.stored] != 0};
    open.push_back({static_cast<std::size_t>(tree.right[v.stored]), left + 1, v.depth + 1});
    open.push_back({static_cast<std::size_t>(tree.left[v.stored]), left, v.depth + 1});
  }
  if (static_cast<std::int64_t>(reached) + tree.deleted != static_cast<std::int64_t>(n))
    return fail("a node is not reached");
  roots_.push_back(static_cast<std::uint32_t>(root));
  depths_.push_back(static_cast<std::uint8_t>(depth));
  return true;
}

void tree_ensemble::grow(std::size_t nodes) {
  nodes_.resize(nodes);
  values_.resize(nodes);
}

float tree_ensemble::margin(const float* row) const {
  for (std::size_t i = 0; i < features_; ++i)
    if (!std::isfinite(row[i])) return margin_with_missing(row);
  // Eight trees at a time, so that their loads need not wait for each other; a leaf leads to
  // itself, so all walk as deep as the deepest. The leaves are then added in the library's order.
  constexpr std::size_t lanes = 8;
  float sum = base_;
  std::size_t tree = 0;
  for (; tree + lanes <= roots_.size(); tree += lanes) {
    std::array<std::uint32_t, lanes> at{};
    std::uint8_t depth = 0;
    for (std::size_t k = 0; k < lanes; ++k) {
      at[k] = roots_[tree + k];
      depth = std::max(depth, depths_[tree + k]);
    }
    for (std::uint8_t d = 0; d < depth; ++d)
      for (auto& i : at) {
        const node& n = nodes_[i];
        i = n.left + static_cast<std::uint32_t>(!(row[n.feature] < n.threshold));
      }
    for (const auto i : at) sum += values_[i];
  }
  for (; tree < roots_.size(); ++tree) {
    std::uint32_t i = roots_[tree];
    for (std::uint8_t d = 0; d < depths_[tree]; ++d) {
      const node& n = nodes_[i];
      i = n.left + static_cast<std::uint32_t>(!(row[n.feature] < n.threshold));
    }
    sum += values_[i];
  }
  return sum;
}

float tree_ensemble::margin_with_missing(const float* row) const {
  float sum = base_;
  for (const auto root : roots_) {
    std::uint32_t i = root;
    while (nodes_[i].left != i) {
      const node& n = nodes_[i];
      const float x = row[n.feature];
      i = n.left + static_cast<std::uint32_t>(std::isnan(x) ? !n.default_left : !(x < n.threshold));
    }
    sum += values_[i];
  }
  return sum;
}

float tree_ensemble::predict(const float* row) const {
  const float m = margin(row);
  if (kind_ == objective::gamma) return std::exp(m);
  // The library's sigmoid: the argument is capped against overflow.
  const float denominator = std::exp(std::min(-m, 88.7f)) + 1.0f + 1e-16f;
  return 1.0f / denominator;
}

void tree_ensemble::hash_into(fnv1a& hash) const {
  hash.add_number(static_cast<std::uint8_t>(kind_)).add_number(base_);
  hash.add_number(static_cast<std::uint64_t>(features_));
  for (const auto root : roots_) hash.add_number(root);
  for (const auto& n : nodes_)
    hash.add_number(n.threshold)
        .add_number(n.left)
        .add_number(n.feature)
        .add_number(static_cast<std::uint8_t>(n.default_left));
  for (const float v : values_) hash.add_number(v);
}

} // namespace troupe
