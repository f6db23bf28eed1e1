// JSON of what a backtest found: for `POST /api/backtest` and `troupe backtest --format=json`.
#pragma once
#include "models/backtest/report.hpp"

#include <cstddef>
#include <string>

namespace troupe {

/// Points of the equity curve in one answer.
inline constexpr std::size_t max_curve_points = 500;

/// `{"symbol","horizon","strategy":{…},"from","to",…,"trades","net_r","win_rate",…}`; numbers of
/// money are R, `profit_factor` is null without a loss.
void append_backtest(std::string& out, const backtest_report& report);

} // namespace troupe
