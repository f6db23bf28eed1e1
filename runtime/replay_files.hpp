// Kline files as the candles of symbols, whole, in memory: for the replay feed and for commands.
#pragma once
#include "messages/candle.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Each entry is `SYMBOL=path`, or a path whose name begins with its symbol. Several files of one
/// symbol follow each other in time, in whatever order they are named. Bad rows
/// are skipped and told to standard error with their line. Returns "" or why not.
std::string
read_replay_files(const std::vector<std::string>& entries,
                  std::map<symbol_name, std::shared_ptr<const std::vector<candle>>>& out);

/// The entries of a command: `symbol`, unless empty, goes for all files.
std::vector<std::string> file_entries(const std::vector<std::string>& files,
                                      const symbol_name& symbol);

} // namespace troupe
