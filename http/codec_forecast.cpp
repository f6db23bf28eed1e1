#include "http/codec_forecast.hpp"

#include "http/json_text.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

void append_price_pair(std::string& out, std::string_view name, double low, double high) {
  append_key(out, name);
  out += '[';
  append_number(out, low);
  out += ',';
  append_number(out, high);
  out += ']';
}

void append_horizon(std::string& out, std::int32_t horizon) {
  append_key(out, "horizon");
  append_integer(out, horizon);
}

std::string_view direction_of(signal_type t) {
  return t == signal_type::buy ? "\"LONG\"" : t == signal_type::sell ? "\"SHORT\"" : "null";
}

void append_odds(std::string& out, const std::vector<barrier_odds>& odds) {
  append_key(out, "tpsl");
  out += '[';
  for (auto& o : odds) {
    out += out.back() == '[' ? "{" : ",{";
    append_field(out, "rr", o.rr);
    append_field(out, "prob", o.p_tp);
    append_field(out, "prob_sl", o.p_sl);
    append_field(out, "prob_timeout", o.p_timeout);
    append_field(out, "expected_net_r", o.expected_net_r);
    append_field(out, "standard_error_r", o.standard_error_r);
    out += '}';
  }
  out += ']';
}

void append_provenance(std::string& out, const signal& s) {
  append_key(out, "provenance");
  out += '{';
  append_field(out, "model_version", s.model_version);
  append_field(out, "model_hash", s.model_hash);
  append_field(out, "feature_hash", s.feature_hash);
  append_key(out, "candles_from");
  append_time(out, s.candles_from);
  append_key(out, "candles_to");
  append_time(out, s.candles_to);
  out += '}';
}

void append_verdict(std::string& out, const signal& s) {
  append_key(out, "signal");
  out += '{';
  append_field(out, "type", to_string(s.type));
  append_key(out, "direction");
  out.append(direction_of(s.type));
  append_field(out, "confidence", s.confidence);
  out += '}';
}

void append_price_range(std::string& out, const signal& s) {
  append_key(out, "price_range");
  out += '{';
  append_field(out, "current", s.entry);
  append_field(out, "predicted_high", s.predicted_high);
  append_field(out, "predicted_low", s.predicted_low);
  out += '}';
}

void append_reasons(std::string& out, const signal& s) {
  append_key(out, "reasons");
  out += '[';
  for (auto& reason : s.reasons) {
    if (out.back() != '[') out += ',';
    append_string(out, reason);
  }
  out += ']';
}

// The members without braces, so that history can add the outcome.
void append_signal_members(std::string& out, const signal& s, signal_parts parts) {
  append_field(out, "id", s.id);
  append_field(out, "symbol", s.symbol);
  append_horizon(out, s.horizon);
  append_verdict(out, s);
  append_field(out, "considered", s.considered_long ? "LONG" : "SHORT");
  append_field(out, "entry", s.entry);
  append_field(out, "sl", s.sl);
  append_field(out, "tp", s.tp);
  append_field(out, "rr_ratio", s.rr_ratio);
  append_field(out, "prob_tp_first", s.prob_tp_first);
  append_field(out, "expected_net_r", s.expected_net_r);
  if (parts.tpsl) append_odds(out, s.odds);
  if (parts.range) append_price_range(out, s);
  append_field(out, "amd_phase", s.amd_phase);
  append_reasons(out, s);
  append_field(out, "strategy", s.strategy);
  append_provenance(out, s);
  append_key(out, "candle_time");
  append_time(out, s.candle_time);
  append_key(out, "timestamp");
  append_time(out, s.created_at);
  append_key(out, "expires_at");
  append_time(out, s.expires_at);
}

} // namespace

void append_prediction(std::string& out, const prediction& p) {
  const double price = p.current_price;
  const auto above = [&](double delta) { return price * (1 + delta); };
  const auto below = [&](double delta) { return price * (1 - delta); };
  out += '{';
  append_field(out, "symbol", p.symbol);
  append_horizon(out, p.horizon);
  append_field(out, "current_price", price);
  append_field(out, "predicted_high", above(p.delta_high));
  append_field(out, "predicted_low", below(p.delta_low));
  append_field(out, "delta_high", p.delta_high);
  append_field(out, "delta_low", p.delta_low);
  append_key(out, "interval");
  out += '{';
  append_price_pair(out, "high", above(p.high_quantiles[q10]), above(p.high_quantiles[q90]));
  append_price_pair(out, "low", below(p.low_quantiles[q90]), below(p.low_quantiles[q10]));
  append_field(out, "coverage", interval_coverage);
  out += '}';
  append_field(out, "confidence", p.confidence);
  append_field(out, "model_version", p.model_version);
  append_key(out, "candle_time");
  append_time(out, p.candle_time);
  out += '}';
}

void append_signal(std::string& out, const signal& s, signal_parts parts) {
  out += '{';
  append_signal_members(out, s, parts);
  out += '}';
}

void append_stored_signal(std::string& out, const stored_signal& stored) {
  out += '{';
  append_signal_members(out, stored.what, {});
  append_key(out, "outcome");
  if (stored.outcome) {
    out += '{';
    append_field(out, "outcome", stored.outcome->outcome);
    append_field(out, "pnl_r", stored.outcome->pnl_r);
    append_field(out, "pnl_percent", stored.outcome->pnl_percent);
    append_key(out, "hypothetical");
    out += stored.what.type == signal_type::hold ? "true" : "false";
    out += '}';
  } else {
    out += "null";
  }
  if (stored.served_at > 0) {
    append_key(out, "served_at");
    append_time(out, stored.served_at);
  }
  out += '}';
}

void append_signal_page(std::string& out, const signal_page& page) {
  out += "{\"signals\":[";
  for (auto& stored : page.signals) {
    if (out.back() != '[') out += ',';
    append_stored_signal(out, stored);
  }
  out += "],\"total\":";
  append_integer(out, static_cast<std::int64_t>(page.total));
  out += ",\"limit\":";
  append_integer(out, page.limit);
  out += ",\"offset\":";
  append_integer(out, page.offset);
  out += '}';
}

namespace {

constexpr std::array<std::string_view, 9> indicator_names{
    "sma", "ema", "rsi", "macd", "atr", "bollinger", "volatility", "volume_ratio", "amd_phase"};

using named_values = std::initializer_list<std::pair<std::string_view, double>>;

void append_group(std::string& out, std::string_view name, named_values values) {
  append_key(out, name);
  out += '{';
  for (auto& [key, value] : values) append_field(out, key, value);
  out += '}';
}

void append_indicator(std::string& out, const indicator_report& r, std::string_view name) {
  if (name == "sma")
    append_group(out, name, {{"10", r.sma10}, {"20", r.sma20}, {"50", r.sma50}});
  else if (name == "ema")
    append_group(out, name, {{"12", r.ema12}, {"26", r.ema26}});
  else if (name == "macd")
    append_group(out, name,
                 {{"macd", r.macd}, {"signal", r.macd_signal}, {"histogram", r.macd_histogram}});
  else if (name == "bollinger")
    append_group(out, name,
                 {{"upper", r.bollinger_upper},
                  {"middle", r.bollinger_middle},
                  {"lower", r.bollinger_lower}});
  else if (name == "amd_phase")
    append_field(out, name, r.amd_phase);
  else
    append_field(out, name,
                 name == "rsi"              ? r.rsi
                     : name == "atr"        ? r.atr
                     : name == "volatility" ? r.volatility
                                            : r.volume_ratio);
}

} // namespace

bool indicator_known(std::string_view name) {
  return std::find(indicator_names.begin(), indicator_names.end(), name) != indicator_names.end();
}

void append_indicators(std::string& out, const indicator_report& r,
                       const std::vector<std::string>& only) {
  out += '{';
  append_field(out, "symbol", r.symbol);
  for (auto name : indicator_names)
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end())
      append_indicator(out, r, name);
  append_key(out, "candle_time");
  append_time(out, r.candle_time);
  out += '}';
}

void append_history(std::string& out, const symbol_name& symbol, timeframe tf,
                    const std::vector<candle>& candles) {
  out.reserve(out.size() + 64 + candles.size() * 160);
  out += '{';
  append_field(out, "symbol", symbol);
  append_field(out, "timeframe", to_string(tf));
  append_key(out, "candles");
  out += '[';
  for (auto& c : candles) {
    out += out.back() == '[' ? "{" : ",{";
    append_key(out, "timestamp");
    append_time(out, c.open_time);
    append_key(out, "open_time");
    append_integer(out, c.open_time);
    append_field(out, "open", c.open);
    append_field(out, "high", c.high);
    append_field(out, "low", c.low);
    append_field(out, "close", c.close);
    append_field(out, "volume", c.volume);
    out += '}';
  }
  out += "]}";
}

} // namespace troupe
