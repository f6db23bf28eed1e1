// The candles a command works on: of the files it is given, else of the store.
#pragma once
#include "messages/candle.hpp"
#include "runtime/settings.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace troupe {

using candles_by_symbol = std::map<symbol_name, std::shared_ptr<const std::vector<candle>>>;

struct work_candles {
  candles_by_symbol all;
  std::set<symbol_name> simulated; // whose candles were made up
};

/// The words of the command are kline files; without any, every symbol of the store, or the one of
/// --symbol. Returns "" or why there are none, for people.
std::string candles_to_work_on(const settings& s, work_candles& out);

} // namespace troupe
