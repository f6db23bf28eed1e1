// JSON of predictions, signals, indicators and candles with the field names of SPEC §3.1. Appended
// by hand: these are encoded for every candle and on the hot path.
#pragma once
#include "messages/signal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Band of the interval: q10 to q90 of the conformal quantiles, as prices.
inline constexpr double interval_coverage = 0.8;

void append_prediction(std::string& out, const prediction& p);

/// Parts of a signal that a client may leave out.
struct signal_parts {
  bool range = true; // price_range
  bool tpsl = true;  // tpsl, the odds per reward-to-risk ratio
};

void append_signal(std::string& out, const signal& s, signal_parts parts = {});

/// One signal of a log with its outcome, null until known; that of a hold is `hypothetical`: of the
/// trade it speaks of and advised against.
void append_stored_signal(std::string& out, const stored_signal& stored);

/// `GET /signals/history`: each signal with its outcome, null until known.
void append_signal_page(std::string& out, const signal_page& page);

/// `only`: names as in `?indicators=rsi,macd`; empty: all. Call indicator_known() before.
void append_indicators(std::string& out, const indicator_report& r,
                       const std::vector<std::string>& only = {});
bool indicator_known(std::string_view name);

void append_history(std::string& out, const symbol_name& symbol, timeframe tf,
                    const std::vector<candle>& candles);

} // namespace troupe
