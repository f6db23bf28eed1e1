// How outcomes, live scores and trials cross between actors. Part of types.hpp, which alone
// includes it.
#pragma once
#include "messages/outcome.hpp"

#include <caf/meta/type_name.hpp>

namespace troupe {

template<class F>
typename F::result_type inspect(F& f, prediction_outcome& x) {
  return f(caf::meta::type_name("prediction_outcome"), x.symbol, x.horizon, x.candle_time,
           x.model_version, x.actual_high, x.actual_low, x.mae);
}

template<class F>
typename F::result_type inspect(F& f, settled_signal& x) {
  return f(caf::meta::type_name("settled_signal"), x.id, x.outcome);
}

template<class F>
typename F::result_type inspect(F& f, open_prediction& x) {
  return f(caf::meta::type_name("open_prediction"), x.horizon, x.candle_time, x.model_version,
           x.current_price, x.q50_high, x.q50_low);
}

template<class F>
typename F::result_type inspect(F& f, open_signal& x) {
  return f(caf::meta::type_name("open_signal"), x.id, x.candle_time, x.entry, x.sl, x.tp,
           x.rr_ratio);
}

template<class F>
typename F::result_type inspect(F& f, get_open_rows& x) {
  return f(caf::meta::type_name("get_open_rows"), x.symbol, x.from);
}

template<class F>
typename F::result_type inspect(F& f, open_rows& x) {
  return f(caf::meta::type_name("open_rows"), x.predictions, x.signals);
}

template<class F>
typename F::result_type inspect(F& f, model_scores& x) {
  return f(caf::meta::type_name("model_scores"), x.name, x.version, x.state, x.from, x.to,
           x.figures);
}

template<class F>
typename F::result_type inspect(F& f, trial_report& x) {
  return f(caf::meta::type_name("trial_report"), x.symbol, x.champion, x.challenger, x.state,
           x.from, x.to, x.candles, x.days, x.range_loss, x.range_difference, x.range_error,
           x.tpsl_loss, x.tpsl_difference, x.tpsl_error);
}

template<class F>
typename F::result_type inspect(F& f, get_live_scores&) {
  return f(caf::meta::type_name("get_live_scores"));
}

template<class F>
typename F::result_type inspect(F& f, symbol_scores& x) {
  return f(caf::meta::type_name("symbol_scores"), x.symbol, x.models, x.trials);
}

template<class F>
typename F::result_type inspect(F& f, trial_ended& x) {
  return f(caf::meta::type_name("trial_ended"), x.report);
}

template<class F>
typename F::result_type inspect(F& f, get_trials& x) {
  return f(caf::meta::type_name("get_trials"), x.symbol);
}

template<class F>
typename F::result_type inspect(F& f, promote_version& x) {
  return f(caf::meta::type_name("promote_version"), x.symbol, x.version, x.at);
}

template<class F>
typename F::result_type inspect(F& f, model_roles& x) {
  return f(caf::meta::type_name("model_roles"), x.symbol, x.champion, x.challenger);
}

} // namespace troupe
