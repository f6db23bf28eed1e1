// What another node says to this one's gateway: any bytes are news that may be said, or nothing.
#include "http/relay.hpp"
#include "models/storable.hpp"
#include "tests/fuzz/target.hpp"

#include <cmath>

namespace troupe::fuzz {

namespace {

bulletin full_bulletin() {
  bulletin b;
  b.symbol = "BTCUSDT";
  b.last = {1767607200000, 100, 102, 99, 101, 5};
  for (auto h : horizons) {
    prediction p;
    p.symbol = b.symbol;
    p.horizon = h;
    p.candle_time = b.last.open_time;
    p.current_price = 101;
    p.model_version = "20260105T000000-abcdef12";
    b.predictions.push_back(p);
  }
  for (auto h : pushed_horizons) {
    signal s;
    s.id = "x";
    s.symbol = b.symbol;
    s.horizon = h;
    s.candle_time = s.candles_to = b.last.open_time;
    s.created_at = s.expires_at = b.last.open_time + base_interval_ms;
    s.odds = {{2, 0.3, 0.6, 0.1, 0.05, -0.07, 0.01}};
    s.reasons = {"because"};
    b.signals.push_back(s);
  }
  return b;
}

void try_bulletin(std::string_view bytes) {
  const auto told = bulletin_in({"bulletin:BTCUSDT", std::string{bytes}});
  if (!told) return;
  const auto& said = told->said;
  claim(said.symbol == "BTCUSDT", "what is told is of the symbol that is named");
  claim(said.signals.size() <= pushed_horizons.size() && said.predictions.size() <= horizons.size(),
        "no more is told than a candle brings");
  claim(why_unstorable(put_log{said.predictions, said.signals}).empty(),
        "what is told could be kept");
}

void try_price(std::string_view bytes) {
  const auto told = price_in({"price:BTCUSDT", std::string{bytes}});
  if (!told) return;
  claim(std::isfinite(told->now.price) && told->now.price > 0, "a price is one");
  claim(told->seq > 0 && told->seq < std::uint64_t{1} << 53, "a client can count the number");
  const auto again = price_in(relay_of(*told));
  claim(again && again->now.price == told->now.price && again->seq == told->seq,
        "a price can be told again");
}

} // namespace

void try_bytes(std::string_view bytes) {
  try_bulletin(bytes);
  try_price(bytes);
  const std::string topic{bytes.substr(0, 40)};
  claim(!bulletin_in({topic, {}}) && !price_in({topic, {}}), "without bytes nothing is told");
  const auto symbol = symbol_of({topic, {}});
  claim(symbol.empty() || valid_symbol(symbol), "news are of a symbol or of nobody");
}

std::vector<std::string> made_seeds() {
  auto empty = full_bulletin();
  empty.predictions.clear();
  empty.signals.clear();
  return {relay_of(full_bulletin(), 1).bytes, relay_of(empty, 1767607200000000).bytes,
          relay_of(full_bulletin(), 1767607200000000).bytes,
          relay_of(told_price{"BTCUSDT", {101, 5, 100.5, 101.5}, 7, 1767607200000000}).bytes,
          relay_of(told_price{"BTCUSDT", {101, 5, 0, 0}, 7, 1767607200000000}).bytes};
}

} // namespace troupe::fuzz
