// Trades to learn the odds of TP and SL from: entries spread over the data, each with every stop
// the product uses, followed to their end. Fitting is in training_tpsl.cpp.
#pragma once
#include "models/forecast/barriers.hpp"
#include "models/forecast/dataset.hpp"
#include "models/forecast/tpsl_model.hpp"

#include <array>
#include <vector>

namespace troupe {

enum class stop_kind : std::uint8_t { sigma_6, sigma_18, sigma_36, sigma_72, atr };

struct tpsl_entry {
  std::uint32_t sample = 0; // index into dataset::samples
  stop_kind kind = stop_kind::atr;
  std::size_t bucket = 0; // of the stop
  double stop_in_sigma = 0;
  barrier_outcome outcome;
};

struct tpsl_rows {
  std::vector<tpsl_entry> all; // ascending in time, the stops of one entry side by side
  std::size_t stride = 1;      // candles between entries
  double per_fact = 1;         // rows that carry one independent fact: trades overlap

  /// First row of a fold; entries are not torn apart.
  std::size_t fold_begin(std::size_t fold, std::size_t folds) const;
};

/// At most about 6,000 entries whose whole time-out lies in the data without a gap.
tpsl_rows make_tpsl_rows(const dataset& data, bool long_side, int rr);

/// Rates by stop bucket; a bucket nobody traded takes those of all rows.
std::array<stop_statistics, stop_buckets> statistics(const tpsl_rows& rows);

} // namespace troupe
