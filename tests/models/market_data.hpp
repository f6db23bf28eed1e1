// Reads the real candles that lie beside the project, when they do. Never committed, so every test
// that wants them skips aloud without.
#pragma once
#include "messages/candle.hpp"

#include <string>
#include <vector>

namespace troupe::tests {

/// Path of a file of real data, whether or not it exists.
std::string data_path(const std::string& name);
bool has_data(const std::string& name);

/// Lines of a file, unpacked when its name ends in `.gz`.
std::vector<std::string> read_lines(const std::string& name);

/// Comma-separated numbers; an empty cell is NaN.
std::vector<double> cells(const std::string& line);

/// Candles of a kline file.
std::vector<candle> read_candles(const std::string& name);

} // namespace troupe::tests

/// Skips the running test aloud when the data is absent.
#define TROUPE_NEEDS_DATA(name)                                                                    \
  if (!troupe::tests::has_data(name)) GTEST_SKIP() << "SKIPPED: no " << (name) << " beside us"
