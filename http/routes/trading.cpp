#include "http/routes/trading.hpp"

#include "http/codec_forecast.hpp"
#include "http/codec_frames.hpp"
#include "http/codec_request.hpp"
#include "http/codec_user.hpp"
#include "http/json_text.hpp"
#include "models/market/aggregator.hpp"
#include "models/market/asset.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace troupe {

namespace {

// What one page may cost the store; it bounds pages of long candles.
constexpr std::uint32_t max_base_rows = 50'000;

std::uint32_t base_slots(timeframe tf) {
  return static_cast<std::uint32_t>(length_ms(tf) / base_interval_ms);
}

// Milliseconds since 1970, or RFC 3339.
std::optional<utc_ms> parse_instant(std::string_view text) {
  if (const auto ms = parse_whole(text)) return static_cast<utc_ms>(*ms);
  return parse_timestamp(text);
}

struct candle_question {
  timeframe interval = timeframe::m5;
  std::optional<utc_ms> from, to;
  std::uint32_t limit = 0;
};

std::optional<bad_field> read_instant(const exchange& ex, std::string_view name,
                                      std::optional<utc_ms>& out) {
  const auto given = ex.query.get(name);
  if (!given) return std::nullopt;
  out = parse_instant(*given);
  if (out) return std::nullopt;
  return bad_field{std::string{name},
                   std::string{name} + " must be a time (RFC 3339) or milliseconds since 1970"};
}

std::optional<bad_field> read_candle_question(const exchange& ex, candle_question& out) {
  const auto tf = parse_timeframe(ex.query.get("tf").value_or("5m"));
  if (!tf) return bad_field{"tf", "tf must be 5m, 15m, 1h, 4h or 1d"};
  out.interval = *tf;
  if (auto bad = read_instant(ex, "from", out.from)) return bad;
  if (auto bad = read_instant(ex, "to", out.to)) return bad;
  if (out.from && out.to && *out.from > *out.to) return bad_field{"from", "from is after to"};
  const std::int64_t most = std::min(max_history_candles, max_base_rows / base_slots(*tf) - 1);
  std::int64_t limit = std::min<std::int64_t>(500, most);
  if (auto bad = read_number(ex.query, "limit", 1, most, limit)) return bad;
  out.limit = static_cast<std::uint32_t>(limit);
  return std::nullopt;
}

// Up to the next multiple.
utc_ms aligned(utc_ms at, utc_ms length) {
  constexpr utc_ms latest = std::numeric_limits<utc_ms>::max() / 2;
  return (std::min(at, latest) + length - 1) / length * length;
}

// The base candles that a page is made of: one more bucket than asked for, since the oldest may be
// cut.
get_candles base_question(const symbol_name& symbol, const candle_question& q) {
  const auto length = length_ms(q.interval);
  get_candles out{symbol, 0, std::numeric_limits<utc_ms>::max(), 0};
  if (q.from) out.from = aligned(*q.from, length);
  if (q.to) out.to = aligned(*q.to, length);
  const auto slots = base_slots(q.interval);
  out.limit = slots == 1 ? q.limit : slots * (q.limit + 1);
  return out;
}

void answer_candles(exchange& ex, timeframe tf, const std::vector<candle>& candles) {
  std::string body;
  append_history(body, ex.param("symbol"), tf, candles);
  answer_data(ex, body);
}

} // namespace

void get_trading_symbols(exchange& ex) {
  std::optional<asset_type> only;
  if (const auto given = ex.query.get("asset_type")) {
    only = parse_asset_type(*given);
    if (!only)
      return ex.fail(bad_field{"asset_type", "asset_type must be crypto, forex, metal or other"});
  }
  auto names = ex.with->gate.symbol_names();
  std::sort(names.begin(), names.end());
  std::string data = R"({"symbols":[)";
  for (const auto& name : names) {
    const auto what = asset_of(name);
    if (only && what.type != *only) continue;
    data += data.back() == '[' ? "{" : ",{";
    append_field(data, "symbol", name);
    append_field(data, "asset_type", to_string(what.type));
    append_field(data, "base", what.base);
    append_field(data, "quote", what.quote);
    data += '}';
  }
  answer_data(ex, data += "]}");
}

void get_trading_candles(exchange& ex) {
  candle_question want;
  if (auto bad = read_candle_question(ex, want)) return ex.fail(*bad);
  const auto* actor = ex.symbol(ex.param("symbol"));
  if (!actor) return;
  const auto reply = [held = ex.share(), want](caf::expected<std::vector<candle>> found) {
    if (!found) return held->fail(found.error());
    answer_candles(*held, want.interval, *found);
  };
  auto& port = ex.with->port;
  if (!want.from && !want.to)
    return port.request<std::vector<candle>>(*actor, actor_timeout,
                                             get_history{want.interval, want.limit}, reply);
  const auto question = base_question(ex.param("symbol"), want);
  if (want.interval == timeframe::m5)
    return port.request<std::vector<candle>>(ex.with->gate.store, actor_timeout, question, reply);
  port.request<std::vector<candle>>(
      ex.with->gate.store, actor_timeout, question,
      [held = ex.share(), want](caf::expected<std::vector<candle>> base) {
        if (!base) return held->fail(base.error());
        aggregator all{want.limit};
        for (const auto& c : *base) all.push(c);
        answer_candles(*held, want.interval, all.newest(want.interval, want.limit));
      });
}

void open_trading_stream(exchange& ex) {
  const auto& symbol = ex.param("symbol");
  if (!ex.symbol(symbol)) return;
  std::vector<std::string> channels{signals_channel(symbol), predictions_channel(symbol)};
  const auto prices = "ticker:" + symbol;
  if (ex.with->channels.knows_channel(prices)) channels.push_back(prices);
  ex.upgrade(std::move(channels));
}

} // namespace troupe
