// What providers of market data say, in streams and in answers: whatever the bytes, nothing is
// believed that is no candle's or quote's symbol, and pages are in order and within what was asked.
#include "http/feeds/binance_words.hpp"
#include "http/feeds/polygon_words.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

void try_words(const provider_words& w, std::string_view text) {
  const auto news = w.hear(text);
  for (auto& c : news.candles) claim(valid_symbol(c.symbol), "a candle has a symbol");
  for (auto& q : news.quotes) claim(valid_symbol(q.symbol), "a quote has a symbol");
  if (!news.understood)
    claim(news.candles.empty() && news.quotes.empty() && news.refused.empty(),
          "what is not understood says nothing");
  const history_question asked{"BTCUSD", {1720000200000, 1720086600000}};
  for (int status : {200, 429}) {
    outbound_response r;
    r.status = status;
    r.headers = {{"Date", std::string{text.substr(0, 29)}}};
    r.body = text;
    const auto page = w.read(r, asked);
    claim(status == 200 || !page.why.empty(), "an error is no page");
    auto last = asked.slots.from - 1;
    for (auto& c : page.candles) {
      claim(c.open_time > last, "a page is in order");
      last = c.open_time;
    }
  }
}

} // namespace

void try_bytes(std::string_view bytes) {
  static const auto binance = binance_words("key"), polygon = polygon_words("key");
  try_words(binance, bytes);
  try_words(polygon, bytes);
}

std::vector<std::string> made_seeds() { return {}; }

} // namespace troupe::fuzz
