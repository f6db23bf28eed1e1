// What is said about trained models and the jobs that make them. The models themselves travel as
// shared, immutable `model_set`s (models/forecast/model_set.hpp).
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// One row of `GET /models/status`. `name`: `{symbol}-range-{horizon}-{high|low}` or
/// `{symbol}-tpsl-rr{2|3}-{long|short}`.
struct model_info {
  std::string name;
  std::string kind; // "range", "tpsl"
  symbol_name symbol;
  std::int32_t horizon = 0; // 0: serves all horizons (tpsl)
  std::string version;
  utc_ms trained_at = 0;
  std::uint64_t rows = 0;
  std::string state;  // "serving", "training"
  std::string source; // "market" or "simulated": what its candles were
  /// Validation figures by name (mae, skill, r2, r2_har, r2_atr, coverage_q80, auc, brier, …).
  std::vector<std::pair<std::string, double>> metrics;
};

struct get_models {
  symbol_name symbol; // empty: all
};

enum class job_state : std::uint8_t { queued, running, done, failed };
std::string_view to_string(job_state s);

/// A long piece of work and how far it is.
struct job {
  std::string id;
  std::string kind; // "train"
  symbol_name symbol;
  job_state state = job_state::queued;
  double progress = 0; // 0 to 1
  std::string step;    // what is being done, for people
  std::string error;   // when failed
  utc_ms created_at = 0, finished_at = 0;
};

/// Trains and publishes a new version; answered at once with the job. A symbol that is being
/// trained already answers with the job under way.
struct train {
  symbol_name symbol;
  std::vector<std::int32_t> horizons; // empty: all
  std::string job_id;                 // minted by the caller
  utc_ms at = 0;                      // stamped where the request entered
};

struct get_job {
  std::string id;
};

} // namespace troupe
