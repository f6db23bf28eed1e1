// Equity curves as a picture: an SVG that stands alone, made of text. Net of costs as a line, gross
// thin beside it; months along the bottom.
#pragma once
#include "models/backtest/report.hpp"

#include <string>
#include <vector>

namespace troupe {

/// One line pair per report, at most eight told apart by colour. `title` is escaped.
/// @pre reports is not empty and all are of one period
std::string curve_svg(const std::string& title, const std::vector<backtest_report>& reports);

} // namespace troupe
