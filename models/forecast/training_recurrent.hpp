// How the recurrent network learns: Adam on windows drawn at random, a gamma loss on outcome over
// HAR scale for all horizons and sides at once, and a stop when the newest rows no longer gain.
// Deterministic by its seed. Which rows it may see is decided in training_network.
#pragma once
#include "models/forecast/dataset.hpp"
#include "models/forecast/recurrent.hpp"
#include "models/forecast/training.hpp"

#include <cstdint>
#include <vector>

namespace troupe {

/// Labels of one row: outcome over HAR scale, [horizon index * 2 + side]; below 0: not to be used.
using network_labels = std::array<float, network_outputs>;

/// Rows to learn from, one for each sample of a dataset, in time order.
struct network_rows {
  const dataset* data = nullptr;
  std::vector<window_step> steps;        // of every candle
  std::vector<network_context> contexts; // of every sample
  std::vector<network_labels> labels;    // of every sample

  network_window window(std::size_t sample) const;
};

/// Rows of all samples with steps and contexts; labels are all unusable.
network_rows rows_for_network(const dataset& data);

struct network_options {
  std::uint64_t seed = 7;
  int most_rounds = 60;
  int patience = 8; // rounds without a better loss on the watched rows before it stops
  std::size_t windows_a_round = 24576; // drawn with replacement; neighbours overlap all but wholly
  std::size_t windows_a_step = 64;
  std::size_t watched_stride = 3; // of neighbouring watched rows one is as good as all
  float rate = 1e-3f;
};

struct fitted_network {
  std::shared_ptr<const recurrent_network> network;
  int rounds = 0;  // that are in it
  double gain = 0; // loss on the watched rows against that of an untouched HAR scale
};

/// Learns from the samples in [0, train_end) and watches those in [watched_from, watched_end).
/// Null when there is not one usable label in either.
fitted_network fit_network(const network_rows& rows, std::size_t train_end,
                           std::size_t watched_from, std::size_t watched_end,
                           const network_options& options, const fit_progress& progress = {});

} // namespace troupe
