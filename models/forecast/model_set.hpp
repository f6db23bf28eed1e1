// All models of one symbol at one version: immutable once made, shared by pointer. Files and their
// checks are in runtime/model_files; training in models/forecast/training.
#pragma once
#include "messages/model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct range_model;      // models/forecast/range_model.hpp
struct tpsl_model;       // models/forecast/tpsl_model.hpp
class recurrent_network; // models/forecast/recurrent.hpp

/// What corrects the HAR scale in the range models: nothing, boosted trees, a recurrent network, or
/// a mixture of all three. TP/SL models are trees in every kind.
enum class model_kind : std::uint8_t { har, xgboost, gru, ensemble };
std::string_view to_string(model_kind k);
std::optional<model_kind> model_kind_of(std::string_view text);

struct model_set {
  symbol_name symbol;
  model_kind kind = model_kind::xgboost;
  std::string version;      // `{trained_at as yyyymmddThhmmss}-{first 8 of model_hash}`
  std::string source;       // "market" or "simulated"
  std::string feature_hash; // of the features it was trained on
  std::string model_hash;   // 16+ hex digits over everything that influences an answer
  utc_ms trained_at = 0;
  utc_ms train_from = 0, train_to = 0; // open times of the first and last candle used for fitting
  std::uint64_t rows = 0;
  std::vector<std::shared_ptr<const range_model>> ranges; // [horizon index * 2 + range_side]
  std::shared_ptr<const recurrent_network> network;    // of all ranges; null where none looks at it
  std::vector<std::shared_ptr<const tpsl_model>> tpsl; // [side (long 0, short 1) * 2 + (rr - 2)]
  std::vector<model_info> infos;                       // one per model, with validation figures
};

using model_set_ptr = std::shared_ptr<const model_set>;

} // namespace troupe
