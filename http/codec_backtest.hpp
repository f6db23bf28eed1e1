// JSON of backtests: what is ordered and what was found, for `POST /api/backtest` and `troupe
// backtest --format=json`.
#pragma once
#include "actors/backtests.hpp"
#include "http/exchange.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

struct backtest_report; // models/backtest/report.hpp

/// Points of the equity curve in one answer.
inline constexpr std::size_t max_curve_points = 500;

/// `{"symbol","horizon","strategy":{…},"from","to",…,"trades","net_r","win_rate",…}`; numbers of
/// money are R, `profit_factor` is null without a loss.
void append_backtest(std::string& out, const backtest_report& report);

/// Body of POST /api/backtest: `strategy` (a name, or an object of margin_r, standard_errors,
/// min_rr, always_in and a name), `symbol`; optional `start_date`, `end_date`, `horizon`, `blocks`,
/// `models`
/// (`walk_forward` or `serving`), `cost_bp`, `random_runs`, `seed`. Fills all but id and time.
std::optional<bad_field> read_backtest_order(std::string_view body, backtest_order& out);

} // namespace troupe
