#include "models/forecast/ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace troupe {
namespace {

void expect_simplex(const member_weights& w) {
  EXPECT_TRUE(w.sound());
  EXPECT_NEAR(w.har + w.trees + w.network, 1, 1e-12);
  EXPECT_GE(std::min({w.har, w.trees, w.network}), 0);
}

/// Days of outcomes around a truth that swings by a fifth; what each member says of it is given.
template<class Says>
member_weights learn(int days, Says says) {
  weight_learner learner;
  std::mt19937 random(5);
  std::exponential_distribution<double> outcome(1);
  for (int i = 0; i < days * 288; ++i) {
    const double truth = 1 + .3 * std::sin(i / 500.);
    learner.add(says(truth), truth * outcome(random));
  }
  return learner.weights();
}

} // namespace

TEST(ensemble, starts_from_equal_weights_and_waits_for_a_day) {
  weight_learner learner;
  expect_simplex(learner.weights());
  for (int i = 0; i < 287; ++i) learner.add({2, 1}, 2);
  EXPECT_EQ(learner.weights(), (member_weights{1. / 3, 1. / 3, 1. / 3}));
  learner.add({2, 1}, 2);
  EXPECT_GT(learner.weights().trees, 1. / 3);
}

TEST(ensemble, who_scores_better_weighs_more) {
  const auto w = learn(200, [](double truth) { return member_corrections{truth, 1 / truth}; });
  expect_simplex(w);
  EXPECT_GT(w.trees, w.har);
  EXPECT_GT(w.har, w.network);
  EXPECT_GT(w.trees, .6);
  const auto other = learn(200, [](double truth) { return member_corrections{1 / truth, truth}; });
  EXPECT_NEAR(other.network, w.trees, 1e-12);
}

TEST(ensemble, equal_members_keep_equal_weights) {
  const auto same = learn(50, [](double truth) { return member_corrections{truth, truth}; });
  EXPECT_EQ(same.trees, same.network);
  const auto idle = learn(50, [](double) { return member_corrections{1, 1}; });
  EXPECT_NEAR(idle.har, 1. / 3, 1e-12);
  EXPECT_NEAR(idle.trees, 1. / 3, 1e-12);
}

TEST(ensemble, wild_rows_keep_the_weights_a_simplex) {
  weight_learner learner;
  for (int i = 0; i < 288 * 400; ++i) learner.add({i % 2 ? 5. : .2, 5}, i % 3 ? 20 : 0);
  expect_simplex(learner.weights());
}

TEST(ensemble, a_mixture_lies_among_its_members) {
  EXPECT_EQ(mix({0, 1, 0}, {1.7, .4}), 1.7);
  EXPECT_EQ(mix({1, 0, 0}, {1.7, .4}), 1);
  EXPECT_NEAR(mix({.25, .25, .5}, {2, 4}), 2.75, 1e-12);
}

TEST(ensemble, only_a_simplex_is_sound) {
  EXPECT_TRUE((member_weights{0, 1, 0}).sound());
  for (const auto& w : {member_weights{0, 1, 1}, member_weights{-.5, 1, .5},
                        member_weights{0, 0, 0}, member_weights{0, std::nan(""), 1}})
    EXPECT_FALSE(w.sound());
}

} // namespace troupe
