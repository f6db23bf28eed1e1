// Fits one boosted model: the only door to the XGBoost library, which nothing else of the house
// links against. In: rows and labels; out: the library's own bytes. Which rows, and what they mean,
// is decided in training.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Rows of equal length, one after the other, and a label for each.
struct labelled_rows {
  std::size_t columns = 0;
  std::vector<float> values, labels;
  std::size_t rows() const { return labels.size(); }
  void reserve(std::size_t n) {
    values.reserve(n * columns);
    labels.reserve(n);
  }
};

/// The closed list of parameters: the library would silently accept any misspelt one.
struct booster_parameters {
  std::string objective; // "reg:gamma" (labels > 0) or "binary:logistic" (labels 0 or 1)
  int depth = 4;
  double eta = .05;
  double subsample = .7, colsample = .7;
  double min_child_weight = 100;
  double lambda = 5;
  int most_rounds = 400;
  int patience = 40; // rounds without a better loss on the watched rows before it stops
  std::uint32_t seed = 7;
};

struct fitted_booster {
  std::string bytes; // UBJSON, cut at the best round
  int rounds = 0;
  std::string error; // not empty: nothing else counts
};

/// Trains with one thread. With `watched` rows it stops when their loss no longer falls and keeps
/// the best round; without, it makes `most_rounds`.
fitted_booster fit_booster(const booster_parameters& parameters, const labelled_rows& train,
                           const labelled_rows& watched,
                           const std::vector<std::string_view>& feature_names);

/// What the library itself makes of these bytes and rows: the oracle of the tests.
/// Empty, and why in `error`, when it refuses them.
std::vector<float> library_predict(std::string_view bytes, const labelled_rows& rows,
                                   std::string& error);

} // namespace troupe
