// From a forecast to a signal: expected net result after costs against a strategy's margin.
// Strategies are data (settings); this file knows no names of them.
#pragma once
#include "messages/signal.hpp"
#include "models/forecast/forecaster.hpp"

#include <array>
#include <string>
#include <string_view>

namespace troupe {

/// A filter over expected results. A trade is taken when expected_net_r > margin_r +
/// standard_errors × its standard error and rr >= min_rr; `always_in` takes the better side anyhow.
struct strategy {
  std::string name;
  double margin_r = 0;
  double standard_errors = 0;
  double min_rr = 0;
  bool always_in = false;
};

/// What a round trip costs: fee and slippage of both sides, in basis points of the price.
struct trading_costs {
  double round_trip_bp = 10; // 0.04 % taker + 0.01 % slippage a side
};

/// Everything the rules look at. Identity and provenance are filled in by the caller.
struct signal_inputs {
  candle last;
  int horizon = 0;
  double sigma = 0, atr_fraction = 0; // as feature_builder gives them
  const range_forecast* range = nullptr;
  std::string_view amd_phase;
};

/// Stop distance as a fraction of the price: σ·√horizon, never under 1.5 ATR.
double stop_fraction(double sigma, double atr_fraction, int horizon);

/// Gross odds of the four ways to enter: [0 long, 1 short][0 for RR 2, 1 for RR 3].
using odds_table = std::array<std::array<barrier_odds, 2>, 2>;

/// The numbers of a signal, without its words: what a backtest needs of every close.
struct judgement {
  signal_type type = signal_type::hold;
  bool usable = false; // there is a stop and the odds are finite; else a hold at the last close
  bool considered_long = true;
  double confidence = 1;
  double stop = 0;                  // distance as a fraction of the entry
  double entry = 0, sl = 0, tp = 0; // prices
  double rr_ratio = 0, prob_tp_first = 0, expected_net_r = 0;
  std::array<barrier_odds, 2> odds{}; // of the considered side, after costs
};

/// Judges both sides at both reward-to-risk ratios; costs are subtracted here. Reads the last
/// close, horizon, sigma and atr_fraction.
judgement judge(const strategy& rules, const trading_costs& costs, const signal_inputs& in,
                const odds_table& odds);

/// The same with its words: fills everything of the signal but id, symbol, and the provenance of
/// model and candles.
signal decide(const strategy& rules, const trading_costs& costs, const signal_inputs& in,
              const odds_table& odds);

} // namespace troupe
