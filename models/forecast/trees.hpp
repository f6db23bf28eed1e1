// Boosted trees, flattened and checked once, then walked without a branch. Bit-equal to XGBoost
// 1.7.4 on finite rows: the same float sums in the same order. Training is elsewhere; so are bytes.
#pragma once
#include "models/fnv.hpp"
#include "models/forecast/booster_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

class tree_ensemble {
public:
  enum class objective : std::uint8_t { gamma, logistic };

  /// Judges the structure: every child in range, every node reached once, split indices below
  /// `features`, all numbers finite, depth and sizes bounded, base score inside its domain.
  /// Nothing, and why in `error`, when it is not sound.
  static std::optional<tree_ensemble> make(const stored_booster& from, std::size_t features,
                                           std::string& error);

  /// Sum of the base and the leaves. A NaN takes each split's default side, as in the library.
  /// @pre `row` holds features() numbers
  float margin(const float* row) const;

  /// Mean (gamma) or probability (logistic), computed as the library does.
  float predict(const float* row) const;

  std::size_t features() const { return features_; }
  std::size_t trees() const { return roots_.size(); }
  objective kind() const { return kind_; }

  /// Adds everything that influences an answer.
  void hash_into(fnv1a& hash) const;

private:
  struct node {
    float threshold;    // +inf in a leaf, which so leads to itself
    std::uint32_t left; // the right child follows it
    std::uint16_t feature;
    bool default_left;
  };
  bool add_tree(const stored_tree& tree, std::string& error);
  void grow(std::size_t nodes);
  float margin_with_missing(const float* row) const;

  std::vector<node> nodes_;
  std::vector<float> values_; // of leaves, beside nodes_
  std::vector<std::uint32_t> roots_;
  std::vector<std::uint8_t> depths_;
  std::size_t features_ = 0;
  float base_ = 0;
  objective kind_ = objective::gamma;
};

} // namespace troupe
