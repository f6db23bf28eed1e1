// The figures of a backtest as a text table, and its trades as CSV.
#pragma once
#include "models/backtest/backtest.hpp"

#include <string>
#include <vector>

namespace troupe {

/// One row per strategy, each mean beside its standard error; months too when there is one
/// strategy.
std::string backtest_table(const std::vector<judged_strategy>& judged);

/// A header and one line per trade, times in UTC.
std::string trades_csv(const std::vector<judged_strategy>& judged);

} // namespace troupe
