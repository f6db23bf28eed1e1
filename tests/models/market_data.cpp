#include "tests/models/market_data.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>

namespace troupe::tests {

std::string data_path(const std::string& name) {
  return std::string{TROUPE_SOURCE_DIR "/../shared/data/"} + name;
}

bool has_data(const std::string& name) { return std::ifstream{data_path(name)}.good(); }

std::vector<std::string> read_lines(const std::string& name) {
  const bool packed = name.size() > 3 && name.compare(name.size() - 3, 3, ".gz") == 0;
  const std::string command = (packed ? "gzip -dc '" : "cat '") + data_path(name) + "'";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::vector<std::string> lines;
  std::array<char, 1024> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe)) {
    lines.emplace_back(buffer.data());
    if (!lines.back().empty() && lines.back().back() == '\n') lines.back().pop_back();
  }
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return lines;
}

std::vector<double> cells(const std::string& line) {
  std::vector<double> out;
  const char* p = line.c_str();
  for (;;) {
    char* end = nullptr;
    const double x = std::strtod(p, &end);
    out.push_back(end == p ? std::numeric_limits<double>::quiet_NaN() : x);
    p = end;
    if (*p != ',') return out;
    ++p;
  }
}

std::vector<candle> read_candles(const std::string& name) {
  std::vector<candle> out;
  for (const auto& line : read_lines(name)) {
    const auto c = cells(line);
    if (c.size() < 6) throw std::runtime_error("not a candle: " + line);
    out.push_back({static_cast<utc_ms>(c[0]), c[1], c[2], c[3], c[4], c[5]});
  }
  return out;
}

} // namespace troupe::tests
