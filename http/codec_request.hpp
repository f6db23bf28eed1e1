// Reads the JSON bodies of requests strictly: malformed text, a wrong type or a value out of range
// is named, unknown fields are ignored. Answers are written by the other codecs.
#pragma once
#include "http/exchange.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Body of POST /predictions and /signals, and of the same under /api/ml. Of a flag's two spellings
/// (`include_range`, `includeRange`) the second counts where both are given.
struct forecast_request {
  symbol_name symbol; // may still be unknown
  std::int32_t horizon = 0;
  bool include_range = true, include_tpsl = true;
};
std::optional<bad_field> read_forecast_request(std::string_view body, forecast_request& out);

/// Body of POST /models/train.
struct train_request {
  symbol_name symbol;
  std::vector<std::int32_t> horizons; // ascending, each once; empty: all
};
std::optional<bad_field> read_train_request(std::string_view body, train_request& out);

/// `{"version":"20260105T100000-0a1b2c3d"}`.
std::optional<bad_field> read_promote_request(std::string_view body, std::string& version);

/// A whole number from 0 to 2^53 and nothing else.
std::optional<std::uint64_t> parse_whole(std::string_view text);

/// A whole number from a query within [low, high]; `out` keeps its value when the field is absent.
std::optional<bad_field> read_number(const query_fields& query, std::string_view name,
                                     std::int64_t low, std::int64_t high, std::int64_t& out);

} // namespace troupe
