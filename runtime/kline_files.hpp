// Reads the candles of a kline file from disk: plain, .gz or .zip, in bounded memory. What a row
// means and how rows are put in order is the models' (kline_line, kline_sorter).
#pragma once
#include "models/market/kline_sorter.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <variant>

namespace troupe {

/// One line for people: `path: why`.
struct read_failure {
  std::string message;
};

/// A longer line is a bad row. Binance's have about 150 bytes.
inline constexpr std::size_t max_kline_bytes = 4096;

/// Hands the file's candles to `on_candle`, ascending, each time once. Packed files are checked to
/// their last byte before the first candle is handed over. Fails when the file cannot be read, is
/// empty, truncated, damaged or encrypted, or holds no candle; bad rows among good ones are only
/// reported. Exceptions of `on_candle` pass through.
std::variant<import_report, read_failure>
read_klines(const std::filesystem::path& path, const std::function<void(const candle&)>& on_candle);

} // namespace troupe
