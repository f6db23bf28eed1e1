#include "models/forecast/trees.hpp"

#include "models/features.hpp"
#include "models/forecast/booster.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace troupe {
namespace {

const std::vector<std::string_view> names(feature_names.begin(), feature_names.end());

labelled_rows random_rows(std::size_t n, bool gamma, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  labelled_rows out;
  out.columns = feature_count;
  for (std::size_t i = 0; i < n; ++i) {
    float drive = 0;
    for (std::size_t f = 0; f < feature_count; ++f) {
      out.values.push_back(normal(random));
      if (f < 4) drive += out.values.back() * (f % 2 ? .4f : -.3f);
    }
    const float noisy = drive + normal(random);
    out.labels.push_back(gamma ? std::exp(noisy) : static_cast<float>(noisy > 0));
  }
  return out;
}

fitted_booster fitted(const char* objective) {
  booster_parameters p;
  p.objective = objective;
  p.min_child_weight = 5;
  p.most_rounds = 61; // no multiple of the lanes of the walk
  const bool gamma = p.objective == "reg:gamma";
  return fit_booster(p, random_rows(8000, gamma, 1), {}, names);
}

tree_ensemble ensemble(const std::string& bytes) {
  std::string error;
  const auto stored = read_booster(bytes, error);
  EXPECT_TRUE(stored) << error;
  const auto trees = tree_ensemble::make(*stored, feature_count, error);
  EXPECT_TRUE(trees) << error;
  return *trees;
}

void expect_bit_equal(const char* objective, labelled_rows rows) {
  const auto made = fitted(objective);
  ASSERT_EQ(made.error, "");
  const auto trees = ensemble(made.bytes);
  std::string error;
  const auto expected = library_predict(made.bytes, rows, error);
  ASSERT_EQ(expected.size(), rows.rows()) << error;
  std::size_t different = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const float mine = trees.predict(&rows.values[i * feature_count]);
    different += std::memcmp(&mine, &expected[i], sizeof mine) != 0;
  }
  EXPECT_EQ(different, 0u);
}

stored_booster stored() {
  std::string error;
  return *read_booster(fitted("reg:gamma").bytes, error);
}

std::string refusal(const stored_booster& b) {
  std::string error;
  return tree_ensemble::make(b, feature_count, error) ? "" : error;
}

} // namespace

TEST(trees, gamma_answers_are_bit_equal_to_the_library) {
  expect_bit_equal("reg:gamma", random_rows(100000, true, 2));
}

TEST(trees, logistic_answers_are_bit_equal_to_the_library) {
  expect_bit_equal("binary:logistic", random_rows(100000, false, 3));
}

TEST(trees, a_missing_value_takes_the_librarys_side) {
  auto rows = random_rows(5000, true, 4);
  for (std::size_t i = 0; i < rows.values.size(); i += 7)
    rows.values[i] = std::numeric_limits<float>::quiet_NaN();
  expect_bit_equal("reg:gamma", rows);
}

TEST(trees, damaged_structures_are_refused_by_name) {
  const auto good = stored();
  ASSERT_EQ(refusal(good), "");
  auto bad = good;
  bad.trees[3].left[0] = 999999;
  EXPECT_EQ(refusal(bad), "tree 3: a child is out of range");
  bad = good;
  bad.trees[3].left[0] = 0;
  EXPECT_EQ(refusal(bad), "tree 3: a child is out of range");
  bad = good;
  bad.trees[3].right[1] = bad.trees[3].left[0];
  EXPECT_EQ(refusal(bad), "tree 3: a node is reached twice");
  bad = good;
  bad.trees[0].feature[0] = 9999;
  EXPECT_EQ(refusal(bad), "tree 0: a split index is out of range");
  bad = good;
  bad.trees[5].condition.back() = std::nanf("");
  EXPECT_EQ(refusal(bad), "tree 5: a number is not finite");
  bad = good;
  bad.trees[5].left.pop_back();
  EXPECT_EQ(refusal(bad), "tree 5: arrays of different lengths");
  bad = good;
  bad.trees[2].left[0] = bad.trees[2].right[0] = -1;
  EXPECT_EQ(refusal(bad), "tree 2: a node is not reached");
}

TEST(trees, a_head_of_another_kind_is_refused) {
  const auto good = stored();
  auto bad = good;
  bad.features = 3;
  EXPECT_EQ(refusal(bad), "made for 3 features");
  bad = good;
  bad.base_score = "abc";
  EXPECT_EQ(refusal(bad), "base score abc is out of its domain");
  bad = good;
  bad.base_score = "0";
  EXPECT_EQ(refusal(bad), "base score 0 is out of its domain");
  bad = good;
  bad.objective = "reg:squarederror";
  EXPECT_EQ(refusal(bad), "unknown objective reg:squarederror");
  bad = good;
  bad.major = 9;
  EXPECT_EQ(refusal(bad), "written by another version of the library");
  bad = good;
  bad.trees.clear();
  EXPECT_EQ(refusal(bad), "no trees");
}

TEST(booster_bytes, every_truncation_is_refused) {
  const auto bytes = fitted("reg:gamma").bytes;
  std::string error;
  for (std::size_t n = 0; n < bytes.size(); n += 97)
    EXPECT_FALSE(read_booster(std::string_view(bytes).substr(0, n), error)) << n;
  EXPECT_FALSE(read_booster(bytes + "x", error));
  EXPECT_FALSE(read_booster("{\"learner\":{}}", error));
}

TEST(booster_bytes, an_announced_length_allocates_nothing_by_itself) {
  using namespace std::string_literals;
  std::string error;
  for (const auto* head : {"[#L\x7f", "[$d#L\x7f", "[$Z#L\x7f", "SL\x7f", "{L\x7f"})
    EXPECT_FALSE(read_booster(head + "\xff\xff\xff\xff\xff\xff\xff"s, error));
  EXPECT_FALSE(read_booster(std::string(100000, '['), error));
}

} // namespace troupe
