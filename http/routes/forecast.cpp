// Predictions, signals, indicators and candles of one symbol: what the ML engine answered.
#include "http/routes/forecast.hpp"

#include "http/codec_forecast.hpp"
#include "http/codec_request.hpp"
#include "http/shared_answers.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::size_t index_of(std::int32_t horizon) {
  return static_cast<std::size_t>(horizon_index(horizon));
}

void answer_cached(const std::shared_ptr<exchange>& held, std::string key, const caf::error& why) {
  answer_shared(held, std::move(key), why,
                [held](std::string body) { held->answer_json(marked_cached(std::move(body))); });
}

// Answers out of the newest candle's bodies, else asks the symbol.
void answer_prediction(exchange& ex, const symbol_name& symbol, std::int32_t horizon) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  auto& with = *ex.with;
  const auto index = index_of(horizon);
  if (auto& ready = with.channels.prediction_of(symbol, index)) {
    with.channels.count_prediction(symbol, index);
    bump(with.gate.counts->cache_hits);
    response r;
    r.shared = ready;
    return ex.answer(std::move(r));
  }
  bump(with.gate.counts->cache_misses);
  with.port.request<prediction>(*actor, actor_timeout, get_prediction{horizon},
                                [held = ex.share(), symbol, index](caf::expected<prediction> p) {
                                  if (!p)
                                    return answer_cached(
                                        held, prediction_key(symbol, horizons[index]), p.error());
                                  held->with->channels.count_prediction(symbol, index);
                                  std::string body;
                                  append_prediction(body, *p);
                                  held->answer_json(std::move(body));
                                });
}

void answer_signal(exchange& ex, const symbol_name& symbol, std::int32_t horizon,
                   signal_parts parts) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  auto& with = *ex.with;
  auto& ready = with.channels.signal_of(symbol, index_of(horizon));
  if (ready && parts.range && parts.tpsl) {
    bump(with.gate.counts->cache_hits);
    response r;
    r.shared = ready;
    return ex.answer(std::move(r));
  }
  bump(with.gate.counts->cache_misses);
  with.port.request<signal>(*actor, actor_timeout, get_signal{horizon},
                            [held = ex.share(), parts](caf::expected<signal> s) {
                              if (!s) return held->fail(s.error());
                              std::string body;
                              append_signal(body, *s, parts);
                              held->answer_json(std::move(body));
                            });
}

void answer_indicators(exchange& ex, const symbol_name& symbol, std::vector<std::string> only) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  ex.with->port.request<indicator_report>(
      *actor, actor_timeout, get_indicators{},
      [held = ex.share(), symbol, only = std::move(only)](caf::expected<indicator_report> r) {
        if (!r && !only.empty()) return held->fail(r.error());
        if (!r) return answer_cached(held, indicators_key(symbol), r.error());
        std::string body;
        append_indicators(body, *r, only);
        if (only.empty()) share_indicators(*held, symbol, body);
        held->answer_json(std::move(body));
      });
}

// Of one candle: a close in between must not mix two.
void answer_all_predictions(exchange& ex, const symbol_name& symbol) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  ex.with->port.request<std::vector<prediction>>(
      *actor, actor_timeout, get_predictions{},
      [held = ex.share(), symbol](caf::expected<std::vector<prediction>> all) {
        if (!all) return held->fail(all.error());
        std::string out = R"({"symbol":")" + symbol + R"(","predictions":{)";
        for (std::size_t i = 0; i < all->size(); ++i) {
          held->with->channels.count_prediction(symbol, i);
          if (i > 0) out += ',';
          out.append("\"").append(horizon_names[i]).append("\":");
          append_prediction(out, (*all)[i]);
        }
        held->answer_json(out += "}}");
      });
}

} // namespace

std::optional<std::vector<std::string>> read_indicator_names(exchange& ex) {
  std::vector<std::string> out;
  auto text = ex.query.get("indicators").value_or("");
  while (!text.empty()) {
    const auto end = text.find(',');
    const auto name = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!indicator_known(name)) {
      ex.fail(bad_field{"indicators", "unknown indicator"});
      return std::nullopt;
    }
    out.emplace_back(name);
  }
  return out;
}

void post_prediction(exchange& ex) {
  forecast_request want;
  if (auto bad = read_forecast_request(ex.in.body, want)) return ex.fail(*bad);
  answer_prediction(ex, want.symbol, want.horizon);
}

void post_signal(exchange& ex) {
  forecast_request want;
  if (auto bad = read_forecast_request(ex.in.body, want)) return ex.fail(*bad);
  answer_signal(ex, want.symbol, want.horizon, {want.include_range, want.include_tpsl});
}

void get_symbol_predictions(exchange& ex) {
  const auto name = ex.query.get("horizon").value_or("all");
  if (name == "all") return answer_all_predictions(ex, ex.param("symbol"));
  const auto found = std::find(horizon_names.begin(), horizon_names.end(), name);
  if (found == horizon_names.end())
    return ex.fail(
        bad_field{"horizon", "horizon must be all, scalping, intraday, swing or position"});
  answer_prediction(ex, ex.param("symbol"),
                    horizons[static_cast<std::size_t>(found - horizon_names.begin())]);
}

void get_symbol_signal(exchange& ex) {
  const auto tf = ex.query.get("timeframe").value_or("5m");
  // The shortest horizon that the timeframe can tell something about.
  const std::int32_t horizon = tf == "5m" ? 6 : tf == "15m" ? 18 : tf == "1h" ? 36 : 0;
  if (horizon == 0) return ex.fail(bad_field{"timeframe", "timeframe must be 5m, 15m or 1h"});
  answer_signal(ex, ex.param("symbol"), horizon, {});
}

void get_indicators_by_query(exchange& ex) {
  const auto symbol = ex.query.get("symbol");
  if (!symbol) return ex.fail(bad_field{"symbol", "symbol is missing"});
  answer_indicators(ex, symbol_name{*symbol}, {});
}

void get_symbol_indicators(exchange& ex) {
  auto only = read_indicator_names(ex);
  if (!only) return;
  answer_indicators(ex, ex.param("symbol"), std::move(*only));
}

void get_symbol_history(exchange& ex) {
  std::int64_t limit = 500;
  if (auto bad = read_number(ex.query, "limit", 1, max_history_candles, limit))
    return ex.fail(*bad);
  const auto tf = parse_timeframe(ex.query.get("timeframe").value_or("5m"));
  if (!tf) return ex.fail(bad_field{"timeframe", "timeframe must be 5m, 15m, 1h, 4h or 1d"});
  const auto& symbol = ex.param("symbol");
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  ex.with->port.request<std::vector<candle>>(
      *actor, actor_timeout, get_history{*tf, static_cast<std::uint32_t>(limit)},
      [held = ex.share(), symbol, tf = *tf](caf::expected<std::vector<candle>> candles) {
        if (!candles) return held->fail(candles.error());
        std::string body;
        append_history(body, symbol, tf, *candles);
        held->answer_json(std::move(body));
      });
}

std::optional<get_signals> read_signal_question(exchange& ex) {
  get_signals want;
  const auto refuse = [&](const bad_field& bad) {
    ex.fail(bad);
    return std::nullopt;
  };
  std::int64_t horizon = 0, limit = 50, offset = 0;
  if (auto bad = read_number(ex.query, "horizon", 1, 1000, horizon)) return refuse(*bad);
  if (horizon != 0 && horizon_index(static_cast<int>(horizon)) < 0)
    return refuse({"horizon", "horizon must be 6, 18, 36 or 72"});
  if (auto bad = read_number(ex.query, "limit", 1, 500, limit)) return refuse(*bad);
  if (auto bad = read_number(ex.query, "offset", 0, 1'000'000'000, offset)) return refuse(*bad);
  if (const auto type = ex.query.get("type")) {
    want.type = parse_signal_type(*type);
    if (!want.type) return refuse({"type", "type must be buy, sell or hold"});
  }
  if (const auto symbol = ex.query.get("symbol")) {
    want.symbol = *symbol;
    if (!ex.symbol(want.symbol)) return std::nullopt;
  }
  want.horizon = static_cast<std::int32_t>(horizon);
  want.limit = static_cast<std::uint32_t>(limit);
  want.offset = static_cast<std::uint32_t>(offset);
  return want;
}

void get_signal_log(exchange& ex) {
  const auto want = read_signal_question(ex);
  if (!want) return;
  ex.with->port.request<signal_page>(ex.with->gate.store, actor_timeout, *want,
                                     [held = ex.share()](caf::expected<signal_page> page) {
                                       if (!page) return held->fail(page.error());
                                       std::string body;
                                       append_signal_page(body, *page);
                                       held->answer_json(std::move(body));
                                     });
}

void open_socket(exchange& ex) {
  const auto& symbol = ex.param("symbol");
  if (!ex.symbol(symbol)) return;
  ex.upgrade({"signals:" + symbol, "predictions:" + symbol});
}

void open_plain_socket(exchange& ex) { ex.upgrade({}); }

} // namespace troupe
