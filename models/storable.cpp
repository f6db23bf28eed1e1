#include "models/storable.hpp"

#include "models/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace troupe {

namespace {

bool all_finite(std::initializer_list<double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

template<class Values>
bool all_finite_in(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

bool well_formed(const candle& c) {
  return c.open_time > 0 && c.open_time % base_interval_ms == 0
      && all_finite({c.open, c.high, c.low, c.close, c.volume}) && c.low > 0 && c.volume >= 0
      && c.low <= std::min(c.open, c.close) && c.high >= std::max(c.open, c.close);
}

// PostgreSQL keeps no other text.
bool plain(const std::string& text) {
  return text.find('\0') == std::string::npos && valid_utf8(text);
}

bool fits(const std::string& name) { return name.size() <= max_name_bytes && plain(name); }

std::string why_unstorable(const prediction& p) {
  if (!valid_symbol(p.symbol)) return "prediction: bad symbol";
  if (horizon_index(p.horizon) < 0) return "prediction: unknown horizon";
  if (p.candle_time <= 0) return "prediction: bad candle_time";
  if (!fits(p.model_version)) return "prediction: bad model_version";
  const bool finite = all_finite({p.current_price, p.delta_high, p.delta_low, p.confidence})
      && all_finite_in(p.high_quantiles) && all_finite_in(p.low_quantiles);
  return finite ? "" : "prediction: a value is not finite";
}

std::string why_unstorable(const prediction_outcome& o) {
  if (!valid_symbol(o.symbol)) return "outcome: bad symbol";
  if (horizon_index(o.horizon) < 0) return "outcome: unknown horizon";
  if (o.candle_time <= 0) return "outcome: bad candle_time";
  if (!fits(o.model_version)) return "outcome: bad model_version";
  return all_finite({o.actual_high, o.actual_low, o.mae}) ? "" : "outcome: a value is not finite";
}

bool finite(const signal& s) {
  return all_finite({s.confidence, s.entry, s.sl, s.tp, s.rr_ratio, s.prob_tp_first,
                     s.expected_net_r, s.predicted_high, s.predicted_low})
      && std::all_of(s.odds.begin(), s.odds.end(), [](const barrier_odds& o) {
           return all_finite({o.rr, o.p_tp, o.p_sl, o.p_timeout, o.mean_timeout_r, o.expected_net_r,
                              o.standard_error_r});
         });
}

std::string why_unstorable(const signal& s) {
  if (s.id.empty() || !fits(s.id)) return "signal: bad id";
  if (!valid_symbol(s.symbol)) return "signal: bad symbol";
  if (horizon_index(s.horizon) < 0) return "signal: unknown horizon";
  if (s.candle_time <= 0 || s.created_at <= 0) return "signal: bad time";
  if (s.type > signal_type::sell) return "signal: unknown type"; // a wire's enum is not checked
  if (!finite(s)) return "signal: a value is not finite";
  for (const auto* text :
       {&s.amd_phase, &s.strategy, &s.model_version, &s.model_hash, &s.feature_hash, &s.terms})
    if (!fits(*text)) return "signal: a text is too long or not UTF-8";
  std::size_t bytes = 0;
  for (const auto& reason : s.reasons) bytes += reason.size();
  if (s.odds.size() > max_signal_odds || s.reasons.size() > max_signal_reasons
      || bytes > max_text_bytes)
    return "signal: too many odds or reasons";
  return "";
}

} // namespace

std::string why_unstorable(const put_candles& request) {
  if (!valid_symbol(request.symbol)) return "candles: bad symbol";
  if (!fits(request.source)) return "candles: bad source";
  for (const auto& c : request.candles)
    if (!well_formed(c))
      return "candles: malformed candle at " + std::to_string(c.open_time) + " of "
          + request.symbol;
  return "";
}

std::string why_unstorable(const put_log& request) {
  for (const auto& p : request.predictions)
    if (auto why = why_unstorable(p); !why.empty()) return why;
  for (const auto& s : request.signals)
    if (auto why = why_unstorable(s); !why.empty()) return why;
  for (const auto& o : request.outcomes)
    if (auto why = why_unstorable(o); !why.empty()) return why;
  for (const auto& s : request.settled)
    if (s.id.empty() || !fits(s.id) || !fits(s.outcome.outcome)
        || !all_finite({s.outcome.pnl_r, s.outcome.pnl_percent}))
      return "settled signal: a field is empty, too long or not finite";
  for (const auto& s : request.served)
    if (s.user.empty() || !fits(s.user) || s.signal_id.empty() || !fits(s.signal_id)
        || !valid_symbol(s.symbol) || s.created_at <= 0 || s.at <= 0)
      return "served signal: a field is empty or too long";
  return "";
}

std::string why_unstorable(const put_note& request) {
  if (request.name.empty() || !fits(request.name)) return "note: bad name";
  if (request.text.size() > max_text_bytes) return "note: text too long";
  return plain(request.text) ? "" : "note: not UTF-8 text";
}

std::string why_unstorable(const swap_note& request) {
  auto why = why_unstorable(put_note{request.name, request.text});
  return why.empty() ? why_unstorable(put_note{request.name, request.was}) : why;
}

std::string why_unstorable(const put_spreads& request) {
  for (const auto& r : request.rows) {
    const bool numbers =
        std::isfinite(r.sum) && std::isfinite(r.max) && r.min >= 0 && r.min <= r.max && r.sum >= 0;
    if (!valid_symbol(r.symbol) || !numbers || r.count == 0 || r.from <= 0 || r.to < r.from)
      return "spreads: a malformed row";
  }
  return "";
}

} // namespace troupe
