#include "models/timeframe_report.hpp"

#include "models/indicators.hpp"

namespace troupe {

std::optional<indicator_report> report_of(const symbol_name& symbol,
                                          const std::vector<candle>& candles) {
  indicators all;
  for (const auto& c : candles) all.push(c);
  if (!all.ready()) return std::nullopt;
  auto out = all.report();
  out.symbol = symbol;
  out.amd_phase = "none";
  return out;
}

} // namespace troupe
