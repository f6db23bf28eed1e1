// One line of a kline file: a candle that holds all it promises, or a message that can be shown.
#include "models/market/kline_line.hpp"
#include "tests/fuzz/target.hpp"

#include <charconv>
#include <cmath>

namespace troupe::fuzz {

namespace {

constexpr std::size_t longest_message = 200;

std::string shortest(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

void check_candle(const candle& c) {
  for (double price : {c.open, c.high, c.low, c.close})
    claim(std::isfinite(price) && price > 0, "prices are finite and above 0");
  claim(std::isfinite(c.volume) && c.volume >= 0, "a volume is finite and not negative");
  claim(c.low <= c.open && c.low <= c.close && c.open <= c.high && c.close <= c.high,
        "low and high enclose open and close");
  claim(c.open_time > 0 && c.open_time % base_interval_ms == 0, "a candle opens at five minutes");
  const auto line = std::to_string(c.open_time) + ',' + shortest(c.open) + ',' + shortest(c.high)
      + ',' + shortest(c.low) + ',' + shortest(c.close) + ',' + shortest(c.volume);
  const auto again = parse_kline(line);
  const auto* same = std::get_if<candle>(&again);
  claim(same && *same == c, "a printed candle reads back as itself");
  const auto quoted = parse_kline("\xEF\xBB\xBF \"" + line + "\",more,\xff\r");
  same = std::get_if<candle>(&quoted);
  claim(same && *same == c, "blanks, quotes and further columns change nothing");
}

} // namespace

void try_bytes(std::string_view bytes) {
  const auto line = parse_kline(bytes);
  if (const auto* c = std::get_if<candle>(&line)) check_candle(*c);
  const auto* error = std::get_if<kline_error>(&line);
  if (!error) return;
  claim(!error->reason.empty() && error->reason.size() < longest_message, "a message is short");
  for (char c : error->reason) claim(c >= ' ' && c <= '~', "a message is printable");
  claim(error->column >= 0 && error->column <= 6, "a message names a column that is read");
}

std::vector<std::string> made_seeds() { return {}; }

} // namespace troupe::fuzz
