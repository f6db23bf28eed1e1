#include "models/rescore.hpp"

#include "models/signal_terms.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace troupe {

namespace {

std::string text(const std::string& x) { return '"' + x + '"'; }
std::string text(std::int64_t x) { return std::to_string(x); }
std::string text(double x) {
  std::array<char, 40> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr};
}

// Collects what two signals do not have in common.
class comparison {
public:
  std::vector<std::string> differences;

  template<class T>
  void field(const std::string& name, const T& stored, const T& made) {
    if (!same(stored, made))
      differences.push_back(name + ": stored " + text(stored) + ", made " + text(made));
  }
  void number(const std::string& name, std::int64_t stored, std::int64_t made) {
    field(name, stored, made);
  }

private:
  static bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  static bool same(std::int64_t a, std::int64_t b) { return a == b; }
  static bool same(const std::string& a, const std::string& b) { return a == b; }
};

void compare_odds(const signal& stored, const signal& made, comparison& c) {
  c.number("odds", static_cast<std::int64_t>(stored.odds.size()),
           static_cast<std::int64_t>(made.odds.size()));
  if (stored.odds.size() != made.odds.size()) return;
  for (std::size_t i = 0; i < made.odds.size(); ++i) {
    const auto &a = stored.odds[i], &b = made.odds[i];
    const auto name = "odds[" + std::to_string(i) + "].";
    c.field(name + "rr", a.rr, b.rr);
    c.field(name + "p_tp", a.p_tp, b.p_tp);
    c.field(name + "p_sl", a.p_sl, b.p_sl);
    c.field(name + "p_timeout", a.p_timeout, b.p_timeout);
    c.field(name + "mean_timeout_r", a.mean_timeout_r, b.mean_timeout_r);
    c.field(name + "expected_net_r", a.expected_net_r, b.expected_net_r);
    c.field(name + "standard_error_r", a.standard_error_r, b.standard_error_r);
  }
}

std::vector<std::string> differences_of(const signal& stored, const signal& made) {
  comparison c;
  c.field("id", stored.id, made.id);
  c.field("symbol", stored.symbol, made.symbol);
  c.number("horizon", stored.horizon, made.horizon);
  c.number("candle_time", stored.candle_time, made.candle_time);
  c.number("created_at", stored.created_at, made.created_at);
  c.number("expires_at", stored.expires_at, made.expires_at);
  c.field("type", std::string{to_string(stored.type)}, std::string{to_string(made.type)});
  c.field("confidence", stored.confidence, made.confidence);
  c.field("entry", stored.entry, made.entry);
  c.field("sl", stored.sl, made.sl);
  c.field("tp", stored.tp, made.tp);
  c.field("rr_ratio", stored.rr_ratio, made.rr_ratio);
  c.field("prob_tp_first", stored.prob_tp_first, made.prob_tp_first);
  c.field("expected_net_r", stored.expected_net_r, made.expected_net_r);
  c.number("considered_long", stored.considered_long, made.considered_long);
  compare_odds(stored, made, c);
  c.field("predicted_high", stored.predicted_high, made.predicted_high);
  c.field("predicted_low", stored.predicted_low, made.predicted_low);
  c.field("amd_phase", stored.amd_phase, made.amd_phase);
  c.number("reasons", static_cast<std::int64_t>(stored.reasons.size()),
           static_cast<std::int64_t>(made.reasons.size()));
  if (stored.reasons.size() == made.reasons.size())
    for (std::size_t i = 0; i < made.reasons.size(); ++i)
      c.field("reasons[" + std::to_string(i) + "]", stored.reasons[i], made.reasons[i]);
  c.field("strategy", stored.strategy, made.strategy);
  c.field("model_version", stored.model_version, made.model_version);
  c.field("model_hash", stored.model_hash, made.model_hash);
  c.field("feature_hash", stored.feature_hash, made.feature_hash);
  c.field("terms", stored.terms, made.terms);
  c.number("candles_from", stored.candles_from, made.candles_from);
  c.number("candles_to", stored.candles_to, made.candles_to);
  return std::move(c.differences);
}

// The candles of the signal's windows, as its stream folded them.
std::vector<candle> window_of(const signal& stored, std::uint32_t fill_limit,
                              const std::vector<candle>& candles) {
  std::vector<candle> out;
  for (auto& c : admitted(candles, candle_gate{calendar_for(stored.symbol), fill_limit}))
    if (c.open_time >= stored.candles_from && c.open_time <= stored.candles_to) out.push_back(c);
  return out;
}

} // namespace

utc_ms rescore_from(const signal& stored) {
  const auto terms = parse_terms(stored.terms, stored.strategy);
  if (!terms) return 0;
  return stored.candles_from - (terms->fill_limit + utc_ms{1}) * base_interval_ms;
}

rescored rescore(const signal& stored, const model_set_ptr& models,
                 const std::vector<candle>& candles) {
  const auto failed = [](std::string why) { return rescored{std::move(why), {}, {}}; };
  const auto terms = parse_terms(stored.terms, stored.strategy);
  if (!terms) return failed("it was kept without its terms");
  const auto horizon = horizon_index(stored.horizon);
  if (horizon < 0) return failed("no such horizon");
  if (models->feature_hash != feature_hash())
    return failed("its features are not those that this program computes");
  const auto window = window_of(stored, terms->fill_limit, candles);
  if (window.empty() || window.front().open_time != stored.candles_from)
    return failed("the first of its candles, " + to_iso8601(stored.candles_from)
                  + ", is no longer stored");
  if (window.back().open_time != stored.candles_to)
    return failed("its last candle, " + to_iso8601(stored.candles_to) + ", is not stored");
  symbol_stream stream{stored.symbol, *terms};
  stream.use(models);
  for (const auto& c : window) stream.take(c);
  if (!stream.can_predict())
    return failed("candles of its windows are missing: the stream is still warming up");
  rescored out;
  out.made = stream.make_signal(static_cast<std::size_t>(horizon));
  out.differences = differences_of(stored, out.made);
  return out;
}

} // namespace troupe
