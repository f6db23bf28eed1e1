// Makes a stored signal again from what it names: models, candles, terms. Agreement is to the bit
// of every field; what differs is named. Where models and candles are kept is the runtime's.
#pragma once
#include "messages/signal.hpp"
#include "models/forecast/model_set.hpp"

#include <string>
#include <vector>

namespace troupe {

struct rescored {
  std::string error;                    // why it cannot be made again; empty when it was
  signal made;                          // meaningful without an error
  std::vector<std::string> differences; // `field: stored X, made Y`; empty: they agree
  bool agrees() const { return error.empty() && differences.empty(); }
};

/// Open time from which stored candles are needed: a little before the first that fed the signal,
/// since that one may have been filled in after a short gap. Nothing to be needed: 0, bad terms.
utc_ms rescore_from(const signal& stored);

/// `candles`: all that are stored from rescore_from() to candles_to, ascending. `models`: those of
/// the signal's version.
rescored rescore(const signal& stored, const model_set_ptr& models,
                 const std::vector<candle>& candles);

} // namespace troupe
