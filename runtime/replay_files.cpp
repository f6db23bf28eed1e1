#include "runtime/replay_files.hpp"

#include "runtime/commands/import.hpp"
#include "runtime/kline_files.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace troupe {

namespace {

// Candles of several files, ascending, the first of two with one open time.
void put_in_order(std::vector<candle>& candles) {
  auto earlier = [](const candle& a, const candle& b) { return a.open_time < b.open_time; };
  if (!std::is_sorted(candles.begin(), candles.end(), earlier))
    std::stable_sort(candles.begin(), candles.end(), earlier);
  auto same = [](const candle& a, const candle& b) { return a.open_time == b.open_time; };
  candles.erase(std::unique(candles.begin(), candles.end(), same), candles.end());
}

} // namespace

std::string
read_replay_files(const std::vector<std::string>& entries,
                  std::map<symbol_name, std::shared_ptr<const std::vector<candle>>>& out) {
  if (entries.empty()) return "no kline file is given";
  std::map<symbol_name, std::vector<candle>> read;
  for (auto& entry : entries) {
    const auto equals = entry.find('=');
    const auto path = equals == std::string::npos ? entry : entry.substr(equals + 1);
    const auto symbol =
        equals == std::string::npos ? symbol_of_file(path).value_or("") : entry.substr(0, equals);
    if (!valid_symbol(symbol)) return path + ": whose candles? Say SYMBOL=" + path;
    auto& candles = read[symbol];
    auto result = read_klines(path, [&](const candle& c) { candles.push_back(c); });
    if (auto* failure = std::get_if<read_failure>(&result)) return failure->message;
    for (auto& bad : std::get<import_report>(result).first_bad_rows)
      std::fprintf(stderr, "%s: line %llu: %s\n", path.c_str(),
                   static_cast<unsigned long long>(bad.line), bad.reason.c_str());
  }
  for (auto& [symbol, candles] : read) {
    put_in_order(candles);
    out[symbol] = std::make_shared<const std::vector<candle>>(std::move(candles));
  }
  return "";
}

std::vector<std::string> file_entries(const std::vector<std::string>& files,
                                      const symbol_name& symbol) {
  auto out = files;
  if (!symbol.empty())
    for (auto& entry : out) entry.insert(0, symbol + "=");
  return out;
}

} // namespace troupe
