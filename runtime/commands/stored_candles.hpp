// The candles a command works on: of the files it is given, else of the store.
#pragma once
#include "messages/candle.hpp"
#include "runtime/settings.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

using candles_by_symbol = std::map<symbol_name, std::shared_ptr<const std::vector<candle>>>;

/// The words of the command are kline files; without any, every symbol of the store, or the one of
/// --symbol. Returns "" or why there are none, for people.
std::string candles_to_work_on(const settings& s, candles_by_symbol& out);

} // namespace troupe
