// Backtests over HTTP: ordered, waited for a moment, else followed as a job.
#pragma once
#include "http/exchange.hpp"

#include <string_view>

namespace troupe {

/// How the ids of their jobs begin.
inline constexpr std::string_view backtest_job_prefix = "backtest-";

/// 200 with the result when it takes less than two seconds, else 202 with the job's id.
void post_backtest(exchange& ex);
/// `GET /jobs/:id` of such a job: the job with, once it is done, its `result`.
void get_backtest_job(exchange& ex);

} // namespace troupe
