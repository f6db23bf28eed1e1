#include "http/feeds/polygon_words.hpp"

#include "http/feeds/market_json.hpp"
#include "models/market/asset.hpp"

#include <nlohmann/json.hpp>

#include <cctype>
#include <cmath>
#include <utility>

namespace troupe {

namespace {

using nlohmann::json;

constexpr int page_rows = 50'000; // of the minutes that it aggregates from

bool is_crypto(const symbol_name& s) { return asset_of(s).type == asset_type::crypto; }

std::string ticker(const symbol_name& s) { return (is_crypto(s) ? "X:" : "C:") + s; }

std::string stream_of(const symbol_name& s) {
  switch (asset_of(s).type) {
  case asset_type::crypto: return "crypto";
  case asset_type::forex:
  case asset_type::metal: return "forex";
  case asset_type::other: break;
  }
  return "";
}

std::string subscription(const std::vector<symbol_name>& symbols) {
  std::string params;
  for (auto& s : symbols) {
    const auto what = asset_of(s);
    const auto pair = std::string{what.base} + '-' + std::string{what.quote};
    const bool crypto = is_crypto(s);
    params += (params.empty() ? "" : ",") + std::string{crypto ? "XA." : "CA."} + pair;
    params += (crypto ? ",XQ." : ",C.") + pair;
  }
  return json{{"action", "subscribe"}, {"params", params}}.dump();
}

// `BTC-USD` and `EUR/USD` are BTCUSD and EURUSD here.
symbol_name symbol_in(const json& pair) {
  symbol_name out;
  if (!pair.is_string()) return out;
  for (const char c : pair.get_ref<const std::string&>())
    if (c != '-' && c != '/') out += c;
  return valid_symbol(out) ? out : symbol_name{};
}

void take_status(const json& event, stream_news& out) {
  const auto status = market_text(event, "status");
  if (status == "auth_success") {
    out.greeted = true;
  } else if (status == "success") {
    out.subscribed = true;
  } else if (status != "connected") {
    const auto text = market_text(event, "message");
    out.refused = text.empty() ? status : text;
    if (out.refused.empty()) out.refused = "refused without a reason";
  }
}

void take_aggregate(const json& event, stream_news& out) {
  stream_candle c;
  c.symbol = symbol_in(field_of(event, "pair"));
  const auto begin = market_time(field_of(event, "s")), end = market_time(field_of(event, "e"));
  const auto& volume = field_of(event, "v");
  c.bar = {begin,
           market_number(field_of(event, "o")),
           market_number(field_of(event, "h")),
           market_number(field_of(event, "l")),
           market_number(field_of(event, "c")),
           volume.is_null() ? 0 : market_number(volume)};
  c.length_ms = end - begin;
  c.closed = true;
  if (c.symbol.empty() || begin == 0 || end <= begin || std::isnan(c.bar.close)) {
    out.understood = false;
    return;
  }
  out.at = std::max(out.at, end);
  out.candles.push_back(std::move(c));
}

void take_quote(const json& event, std::string_view pair, std::string_view bid,
                std::string_view ask, stream_news& out) {
  quote q;
  q.symbol = symbol_in(field_of(event, pair));
  q.bid = market_number(field_of(event, bid));
  q.ask = market_number(field_of(event, ask));
  q.at = market_time(field_of(event, "t"));
  if (q.symbol.empty() || std::isnan(q.bid) || std::isnan(q.ask)) {
    out.understood = false;
    return;
  }
  out.at = std::max(out.at, q.at);
  out.quotes.push_back(std::move(q));
}

stream_news hear(std::string_view text) {
  stream_news out;
  const auto all = json::parse(text.begin(), text.end(), nullptr, false);
  if (!all.is_array()) {
    out.understood = false;
    return out;
  }
  for (auto& event : all) {
    const auto kind = market_text(event, "ev");
    if (kind == "status")
      take_status(event, out);
    else if (kind == "XA" || kind == "CA")
      take_aggregate(event, out);
    else if (kind == "XQ")
      take_quote(event, "pair", "bp", "ap", out);
    else if (kind == "C")
      take_quote(event, "p", "b", "a", out);
    else if (kind.empty())
      out.understood = false;
  }
  if (!out.understood) {
    out = {};
    out.understood = false;
  }
  return out;
}

outbound_request ask(const history_question& q, const std::string& api_key) {
  outbound_request r;
  r.path = "/v2/aggs/ticker/" + ticker(q.symbol) + "/range/5/minute/" + std::to_string(q.slots.from)
      + '/' + std::to_string(q.slots.to - 1)
      + "?adjusted=true&sort=asc&limit=" + std::to_string(page_rows);
  r.headers.push_back({"Authorization", "Bearer " + api_key});
  r.safe_to_repeat = true;
  return r;
}

history_page read(const outbound_response& r, const history_question& q) {
  history_page out;
  out.at = date_of(r);
  const auto all = json::parse(r.body, nullptr, false);
  if (r.status != 200) {
    auto text = market_text(all, "error");
    if (text.empty()) text = market_text(all, "message");
    out.why = "status " + std::to_string(r.status) + (text.empty() ? "" : ": " + text);
    return out;
  }
  const auto& results = field_of(all, "results");
  const auto& count = field_of(all, "resultsCount");
  // Without any candle there is no list.
  if (!results.is_array()
      && !(results.is_null() && (count.is_number() || all.contains("status")))) {
    out.why = "an answer that is no list of aggregates";
    return out;
  }
  utc_ms last = q.slots.from - 1;
  for (auto& row : results) {
    const auto& volume = field_of(row, "v");
    const candle c{market_time(field_of(row, "t")),   market_number(field_of(row, "o")),
                   market_number(field_of(row, "h")), market_number(field_of(row, "l")),
                   market_number(field_of(row, "c")), volume.is_null() ? 0 : market_number(volume)};
    if (c.open_time <= last) {
      out.why = "aggregates that are not in order";
      return out;
    }
    last = c.open_time;
    if (out.at == 0 || c.open_time + base_interval_ms <= out.at) out.candles.push_back(c);
  }
  out.more = field_of(all, "next_url").is_string();
  return out;
}

} // namespace

provider_words polygon_words(std::string api_key) {
  provider_words w;
  w.name = "polygon";
  w.stream_of = stream_of;
  w.path_of = [](const std::string& stream) { return "/" + stream; };
  w.greeting = json{{"action", "auth"}, {"params", api_key}}.dump();
  w.subscribe = subscription;
  w.one_connection = true; // a second one of a key ends the first
  w.hear = hear;
  w.ask = [api_key = std::move(api_key)](const history_question& q) { return ask(q, api_key); };
  w.read = read;
  return w;
}

} // namespace troupe
