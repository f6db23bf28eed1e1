// The terms of a signal: the numbers of its strategy, its costs and how its candles were filled,
// as one line kept with it. With the models and the candles that a signal names, everything is
// there to make it again. Settings may have changed since, so they are not asked.
#pragma once
#include "models/symbol_stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// `margin_r=0.2 standard_errors=1 min_rr=2 always_in=0 cost_bp=10 fill_limit=3 made_up=0`, each
/// number the shortest that reads back the same. At most about 150 bytes.
std::string terms_of(const stream_options& options);

/// What such a line says; the strategy's name is `name`. Nothing when it is not such a line, whole.
std::optional<stream_options> parse_terms(std::string_view line, std::string name);

} // namespace troupe
