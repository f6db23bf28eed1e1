// What a row of trades was worth, said so that luck can be told from skill: each mean with its
// standard error, by blocks of a day, since trades of one day hang together; beside it what random
// entries made. All in R, gross and net of costs. Writing it down is elsewhere.
#pragma once
#include "models/backtest/simulator.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// A mean over trades and how far it may be off by chance.
struct mean_r {
  double mean = 0, error = 0; // error: one standard error; 0 with fewer than two days of trades
};
/// `net`: after costs, else before. Trades of one UTC day of decision are one block.
mean_r mean_of(const std::vector<backtest_trade>& trades, bool net);

/// What as many random entries made; random_entries.hpp.
struct random_comparison {
  std::uint32_t runs = 0;
  double mean_gross_r = 0, mean_net_r = 0; // of the sums of the runs
  double deviation_net_r = 0;              // among the runs
  double better_than = 0; // share of the runs with a lower net sum, a tie counting half
};

struct month_figures {
  std::string month; // "2025-01", of the decision
  std::uint64_t trades = 0, wins = 0;
  double gross_r = 0, net_r = 0;
};

/// Sums after the trades that ended up to `time`.
struct curve_point {
  utc_ms time = 0;
  double gross_r = 0, net_r = 0;
};

struct backtest_report {
  symbol_name symbol;
  int horizon = 0;
  strategy rules;
  trading_costs costs;
  utc_ms from = 0, to = 0; // open times of the first and the last close judged
  std::uint64_t closes = 0, buys = 0, sells = 0, holds = 0, beyond = 0, before_gap = 0;

  std::uint64_t trades = 0, wins = 0; // a win: net result above 0
  std::uint64_t ended_tp = 0, ended_sl = 0, timed_out = 0, cut = 0;
  double gross_r = 0, net_r = 0, cost_r = 0; // sums
  mean_r gross, net;
  double win_rate = 0;
  std::optional<double> profit_factor; // net gains over net losses; none without a loss
  double max_drawdown_r = 0;           // deepest fall of the net curve under its highest point
  double sharpe = 0;   // net R by UTC day, idle ones too: mean / deviation · √365
  double exposure = 0; // share of the closes with a position open
  random_comparison random;
  std::vector<month_figures> by_month;
  std::vector<curve_point> curve; // one per trade, in the order of their ends

  std::string decision_hash; // of every signal of the period
  std::string result_hash;   // of those, every trade and every figure above
};

/// All but identity and comparison is worked out here. @pre closes is not empty
backtest_report report_of(const simulation& made, const scored_history& history);

/// Seals a report whose fields are all filled in: sets its result_hash.
void seal(backtest_report& report, const std::vector<backtest_trade>& trades);

/// At most `most` points of a curve: the last of each of as many equal stretches of trades.
std::vector<curve_point> thinned(const std::vector<curve_point>& curve, std::size_t most);

} // namespace troupe
