// The leak alarm: nothing that is said at a close may depend on a candle after it. Two independent
// signs. Scoring a truncated history must give the same scores, to the bit, as scoring all of it;
// and scores that tell winners from losers too well know the future, since nothing honest does.
#pragma once
#include "models/backtest/simulator.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace troupe {

/// Whoever is suspected: scores closes of the candles it is given, and is given fewer than there
/// are. It may leave closes out at the beginning, as long as those it scores follow each other.
using history_scorer = std::function<scored_history(const std::vector<candle>& candles)>;

/// Beyond this area under the curve a score of TP before SL is an alarm; honest ones lie at .5.
inline constexpr double alarming_auc = .9;

struct leak_report {
  std::uint64_t cuts = 0, compared = 0; // truncated runs; closes scored twice
  std::optional<utc_ms> changed;        // the first close found that knew what came after it
  double auc_long = .5, auc_short = .5; // of p_tp at RR 2, closes spread over the history
  std::uint64_t judged = 0;             // trades behind those

  bool too_good() const { return auc_long > alarming_auc || auc_short > alarming_auc; }
  bool leaks() const { return changed.has_value() || too_good(); }
};

/// True when both say the same of the same close, bit for bit.
bool same_scores(const scored_close& a, const scored_close& b);

/// `whole` is what the scorer made of all candles. Cuts it at `cuts` places drawn from its closes
/// by `seed`, and measures what its scores are worth.
leak_report check_leaks(const history_scorer& scorer, const scored_history& whole, int horizon,
                        const std::vector<candle>& candles, std::uint64_t cuts, std::uint64_t seed);

} // namespace troupe
