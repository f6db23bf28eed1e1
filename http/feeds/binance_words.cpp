#include "http/feeds/binance_words.hpp"

#include "http/feeds/market_json.hpp"
#include "models/market/asset.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

namespace troupe {

namespace {

using nlohmann::json;

constexpr std::size_t page_rows = 1000; // the most it gives, for a weight of 2

// Rows are [open time, open, high, low, close, volume, close time, …].
constexpr std::size_t row_fields = 7;

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string subscription(const std::vector<symbol_name>& symbols) {
  auto params = json::array();
  for (auto& s : symbols) {
    params.push_back(lower(s) + "@kline_5m");
    params.push_back(lower(s) + "@bookTicker");
  }
  return json{{"method", "SUBSCRIBE"}, {"params", params}, {"id", 1}}.dump();
}

bool is_symbol(const json& value) {
  return value.is_string() && valid_symbol(value.get<std::string>());
}

void take_kline(const json& event, stream_news& out) {
  const auto& k = field_of(event, "k");
  const auto& closed = field_of(k, "x");
  if (!is_symbol(field_of(k, "s")) || market_text(k, "i") != "5m" || !closed.is_boolean()) {
    out.understood = false;
    return;
  }
  stream_candle c;
  c.symbol = k["s"].get<std::string>();
  c.bar = {market_time(field_of(k, "t")),   market_number(field_of(k, "o")),
           market_number(field_of(k, "h")), market_number(field_of(k, "l")),
           market_number(field_of(k, "c")), market_number(field_of(k, "v"))};
  c.closed = closed.get<bool>();
  out.at = market_time(field_of(event, "E"));
  out.candles.push_back(std::move(c));
}

void take_book(const json& event, stream_news& out) {
  quote q;
  q.symbol = event["s"].get<std::string>();
  q.bid = market_number(field_of(event, "b"));
  q.ask = market_number(field_of(event, "a"));
  if (std::isnan(q.bid) || std::isnan(q.ask))
    out.understood = false;
  else
    out.quotes.push_back(std::move(q));
}

std::string refusal(const json& said) {
  const auto text = market_text(said, "msg");
  return text.empty() ? "refused without a reason" : text;
}

stream_news hear(std::string_view text) {
  stream_news out;
  const auto all = json::parse(text.begin(), text.end(), nullptr, false);
  const auto& wrapped = field_of(all, "data");
  const auto& event = wrapped.is_object() ? wrapped : all;
  const auto kind = market_text(event, "e");
  if (kind == "kline")
    take_kline(event, out);
  else if (kind == "serverShutdown")
    out.ending = true;
  else if (field_of(event, "u").is_number() && is_symbol(field_of(event, "s")))
    take_book(event, out);
  else if (field_of(all, "error").is_object())
    out.refused = refusal(all["error"]);
  else if (field_of(all, "code").is_number())
    out.refused = refusal(all);
  else if (all.is_object() && all.contains("result"))
    out.subscribed = true;
  else
    out.understood = !kind.empty(); // an event we did not ask for is none of our business
  return out;
}

outbound_request ask(const history_question& q, const std::string& api_key) {
  outbound_request r;
  r.path = "/api/v3/klines?symbol=" + q.symbol
      + "&interval=5m&startTime=" + std::to_string(q.slots.from)
      + "&endTime=" + std::to_string(q.slots.to - 1) + "&limit=" + std::to_string(page_rows);
  if (!api_key.empty()) r.headers.push_back({"X-MBX-APIKEY", api_key});
  r.safe_to_repeat = true;
  return r;
}

history_page read(const outbound_response& r, const history_question& q) {
  history_page out;
  out.at = date_of(r);
  const auto all = json::parse(r.body, nullptr, false);
  if (r.status != 200) {
    const auto text = market_text(all, "msg");
    out.why = "status " + std::to_string(r.status) + (text.empty() ? "" : ": " + text);
    return out;
  }
  if (!all.is_array()) {
    out.why = "an answer that is no list of klines";
    return out;
  }
  utc_ms last = q.slots.from - 1;
  for (auto& row : all) {
    if (!row.is_array() || row.size() < row_fields) {
      out.why = "a row that is no kline";
      return out;
    }
    const candle c{market_time(row[0]),   market_number(row[1]), market_number(row[2]),
                   market_number(row[3]), market_number(row[4]), market_number(row[5])};
    if (c.open_time <= last) {
      out.why = "klines that are not in order";
      return out;
    }
    last = c.open_time;
    // The newest row may be of a candle that is still open.
    if (out.at == 0 || c.open_time + base_interval_ms <= out.at) out.candles.push_back(c);
  }
  out.more = all.size() >= page_rows;
  return out;
}

} // namespace

provider_words binance_words(std::string api_key) {
  provider_words w;
  w.name = "binance";
  w.stream_of = [](const symbol_name& s) {
    return asset_of(s).type == asset_type::crypto ? std::string{"market"} : std::string{};
  };
  w.path_of = [](const std::string&) { return "/stream"; };
  w.subscribe = subscription;
  w.hear = hear;
  w.ask = [api_key = std::move(api_key)](const history_question& q) { return ask(q, api_key); };
  w.read = read;
  return w;
}

} // namespace troupe
