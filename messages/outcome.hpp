// What became of predictions and signals, how well models do on it, and how a new version is tried
// beside the one that speaks. Plain values; who measures is models/outcomes, models/live_scores and
// models/trial.
#pragma once
#include "messages/signal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

/// What came after a prediction. Key as in its log: (symbol, horizon, candle_time, model_version).
struct prediction_outcome {
  symbol_name symbol;
  std::int32_t horizon = 0;
  utc_ms candle_time = 0;
  std::string model_version;
  double actual_high = 0, actual_low = 0; // prices, of the `horizon` candles after candle_time
  double mae = 0; // mean distance of the two medians (q50) from them, fraction of current_price
};

/// What came of the signal with that id.
struct settled_signal {
  std::string id;
  signal_outcome outcome;
};

/// A logged prediction whose outcome is not known yet: what is needed to tell it.
struct open_prediction {
  std::int32_t horizon = 0;
  utc_ms candle_time = 0;
  std::string model_version;
  double current_price = 0;
  double q50_high = 0, q50_low = 0; // fractions of current_price
};

/// The same of a signal.
struct open_signal {
  std::string id;
  utc_ms candle_time = 0;
  double entry = 0, sl = 0, tp = 0; // prices
  double rr_ratio = 0;
};

/// Asks a store for what is logged of a symbol from `from` on (candle times) and has no outcome.
struct get_open_rows {
  symbol_name symbol;
  utc_ms from = 0;
};
/// The oldest `max_open_rows` of each kind, ascending in time.
struct open_rows {
  std::vector<open_prediction> predictions;
  std::vector<open_signal> signals;
};
inline constexpr std::uint32_t max_open_rows = 20'000;

/// How one model did on what has come since its training. Figures bear the names of validation's.
struct model_scores {
  std::string name;        // as model_info::name
  std::string version;     // that was measured
  std::string state;       // "champion" or "challenger"
  utc_ms from = 0, to = 0; // candle times of the first and last prediction that was measured
  std::vector<std::pair<std::string, double>> figures;
};

enum class trial_state : std::uint8_t { running, promoted, rejected, kept, superseded };
/// "running", "promoted", "rejected" (worse), "kept" (no better in the time it had), "superseded"
/// (by a later version or by hand).
std::string_view to_string(trial_state s);
std::optional<trial_state> parse_trial_state(std::string_view text);

/// A version on trial beside the one that speaks, and the evidence. Differences are the champion's
/// loss less the challenger's on the same candles: above 0 the challenger is better.
struct trial_report {
  symbol_name symbol;
  std::string champion, challenger; // versions
  trial_state state = trial_state::running;
  utc_ms from = 0, to = 0;   // candle times of the first and last prediction that counts
  std::uint64_t candles = 0; // predictions' closes that were compared
  std::uint32_t days = 0;    // of them; blocks of the standard errors
  double range_loss = 0;     // the champion's: mean pinball loss of all levels over its HAR scale
  double range_difference = 0, range_error = 0; // mean, and standard error over days
  double tpsl_loss = 0;                         // the champion's Brier score
  double tpsl_difference = 0, tpsl_error = 0;
};

struct get_live_scores {};
/// A symbol's answer: champion's models before the challenger's; a trial only while one runs.
struct symbol_scores {
  symbol_name symbol;
  std::vector<model_scores> models;
  std::vector<trial_report> trials; // at most one
};

/// Said by a symbol to the trainer when its rule has decided; `report.state` says how.
struct trial_ended {
  trial_report report;
};

/// Asks the trainer for the trials of a symbol that have ended, newest first.
struct get_trials {
  symbol_name symbol;
};
/// Ended trials remembered of each symbol.
inline constexpr std::size_t max_remembered_trials = 20;

/// Makes a stored version the one that speaks, at once and whatever a trial says.
struct promote_version {
  symbol_name symbol;
  std::string version;
  utc_ms at = 0; // stamped where the request entered
};
/// Which versions of a symbol have a part. Empty: none.
struct model_roles {
  symbol_name symbol;
  std::string champion, challenger;
};

} // namespace troupe
