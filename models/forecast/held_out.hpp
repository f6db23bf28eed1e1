// The part of a training that is held back: how a twin, fitted to the rows before it, forecast it.
// From that come the figures of a model, the seed of its bands and the weights of a mixture. What
// corrects the scale is none of its business.
#pragma once
#include "models/forecast/range_model.hpp"
#include "models/forecast/training.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// The rows of one horizon and side, in time order.
struct range_rows {
  const std::vector<sample>* samples;
  std::size_t h = 0, side = 0;
  std::vector<std::uint32_t> at; // whole ones, as indices into samples

  std::size_t size() const { return at.size(); }
  const sample& row(std::size_t i) const { return (*samples)[at[i]]; }
  double delta(std::size_t i) const { return static_cast<double>(row(i).delta[h][side]); }
  const har_row& har(std::size_t i) const { return row(i).har[h]; }
  std::size_t horizon() const { return static_cast<std::size_t>(horizons[h]); }
};

/// `index`: horizon index * 2 + side.
range_rows rows_of(const dataset& data, std::size_t index);

/// The first row held back: a quarter is, at least 30 days while that leaves the larger part to
/// learn from.
std::size_t first_held(std::size_t rows);

/// Scale and baselines by least squares.
struct linear_fit {
  har_model har;
  double atr_k = 0;
  double mean = 0; // of the target

  /// What the rest learns: outcome over HAR scale, cut where it is wild.
  float ratio(double delta, const har_row& scales) const;
};

/// From the rows before `end`; nothing when the market did not move.
std::optional<linear_fit> fit_linear(const range_rows& rows, std::size_t end);

/// How a range model's twin did on the rows from `first` on.
struct held_out {
  std::size_t first = 0;
  linear_fit linear;               // of the twin: from the rows before first, less the horizon
  std::vector<double> corrections; // its factor on the HAR scale, for each row held back
};

/// A range model that is not yet judged: its bands have no seeds.
struct fitted_range {
  std::size_t index = 0; // into model_set::ranges
  range_model model;
  held_out held;
};

/// Seeds the bands of `model` with the errors that were made, and returns its validation figures.
std::vector<std::pair<std::string, double>>
judge_held_out(const range_rows& rows, const held_out& held, range_model& model);

/// A mixture that learns its weights while it goes: each row with those that were known then.
/// `final_weights`: after the last. @pre both are of the same rows and the same linear fit
held_out mix_held_out(const range_rows& rows, const held_out& trees, const held_out& network,
                      member_weights& final_weights);

} // namespace troupe
