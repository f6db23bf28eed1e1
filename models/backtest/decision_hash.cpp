#include "models/backtest/decision_hash.hpp"

#include "models/fnv.hpp"

namespace troupe {

namespace {

std::uint64_t phase_number(std::string_view name) {
  std::uint64_t i = 0;
  for (const auto p : {amd_phase::none, amd_phase::accumulation, amd_phase::manipulation,
                       amd_phase::distribution}) {
    if (name == to_string(p)) return i;
    ++i;
  }
  return i;
}

} // namespace

void decision_hash::odds(const barrier_odds& o) {
  number(o.rr);
  number(o.p_tp);
  number(o.p_sl);
  number(o.p_timeout);
  number(o.mean_timeout_r);
  number(o.expected_net_r);
  number(o.standard_error_r);
}

void decision_hash::add(const signal& s) {
  ++count_;
  word(static_cast<std::uint64_t>(s.candle_time));
  word(static_cast<std::uint64_t>(s.horizon) << 8 | static_cast<std::uint64_t>(s.type) << 1
       | (s.considered_long ? 1U : 0U));
  for (const double x :
       {s.confidence, s.entry, s.sl, s.tp, s.rr_ratio, s.prob_tp_first, s.expected_net_r})
    number(x);
  for (const auto& o : s.odds) odds(o);
  number(s.predicted_high);
  number(s.predicted_low);
  word(phase_number(s.amd_phase));
}

void decision_hash::add(const scored_close& seen, int horizon, const judgement& said) {
  ++count_;
  word(static_cast<std::uint64_t>(seen.time));
  word(static_cast<std::uint64_t>(horizon) << 8 | static_cast<std::uint64_t>(said.type) << 1
       | (said.considered_long ? 1U : 0U));
  for (const double x : {said.confidence, said.entry, said.sl, said.tp, said.rr_ratio,
                         said.prob_tp_first, said.expected_net_r})
    number(x);
  if (said.usable)
    for (const auto& o : said.odds) odds(o);
  number(seen.close * (1 + seen.delta_high));
  number(seen.close * (1 - seen.delta_low));
  word(static_cast<std::uint64_t>(seen.phase));
}

std::string decision_hash::hex() const {
  return fnv1a{}.add_number(value_).add_number(count_).hex();
}

} // namespace troupe
