// The type-id block and every `inspect`: what may cross from one actor to another.
#pragma once
#include "messages/candle.hpp"
#include "messages/errors.hpp"
#include "messages/forecast.hpp"
#include "messages/model.hpp"
#include "messages/node.hpp"
#include "messages/outcome_types.hpp"
#include "messages/signal.hpp"
#include "messages/store.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <memory>

namespace troupe {

/// Everything a symbol said at one close, shared by all who listen.
using bulletin_ptr = std::shared_ptr<const bulletin>;

struct model_set; // models/forecast/model_set.hpp: opaque to those who only pass it on

/// A new version for a symbol: from the next candle on it is the one that speaks.
struct model_published {
  std::shared_ptr<const model_set> models;
};

/// A version to be tried beside the one that speaks; null ends a trial without a verdict.
struct challenger_published {
  std::shared_ptr<const model_set> models;
};

/// Connects a symbol actor to a feed. `after`: open time of the newest candle it already has.
struct watch {
  symbol_name symbol;
  utc_ms after = 0;
  caf::strong_actor_ptr target; // a symbol_actor
};

/// Said by a symbol to the trainer once it has recovered: from here on it takes models.
struct symbol_started {
  symbol_name symbol;
  bool has_model = false;
  caf::strong_actor_ptr who; // a symbol_actor
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::bulletin_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::model_published)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::challenger_published)
CAF_ERROR_CODE_ENUM(troupe::errc, "troupe")

namespace troupe {

/// `std::optional` crosses as a flag and the value; printers show the value alone.
template<class F, class T>
typename F::result_type inspect_optional(F& f, std::optional<T>& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    std::uint8_t has = x ? 1 : 0;
    if (auto e = f(has)) return e;
    if constexpr (F::writes_state) {
      if (has)
        x.emplace();
      else
        x.reset();
    }
    return x ? f(*x) : caf::error{};
  } else {
    return x ? f(*x) : f(std::string{"none"});
  }
}

template<class F>
typename F::result_type inspect(F& f, candle& x) {
  return f(caf::meta::type_name("candle"), x.open_time, x.open, x.high, x.low, x.close, x.volume);
}

template<class F>
typename F::result_type inspect(F& f, candle_batch& x) {
  return f(caf::meta::type_name("candle_batch"), x.symbol, x.candles, x.received_ns);
}

template<class F>
typename F::result_type inspect(F& f, batch_applied& x) {
  return f(caf::meta::type_name("batch_applied"), x.symbol, x.last_time, x.applied, x.duplicates,
           x.rejected);
}

template<class F>
typename F::result_type inspect(F& f, get_candles& x) {
  return f(caf::meta::type_name("get_candles"), x.symbol, x.from, x.to, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, get_history& x) {
  return f(caf::meta::type_name("get_history"), x.interval, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, prediction& x) {
  return f(caf::meta::type_name("prediction"), x.symbol, x.horizon, x.candle_time, x.current_price,
           x.delta_high, x.delta_low, x.high_quantiles, x.low_quantiles, x.confidence,
           x.model_version);
}

template<class F>
typename F::result_type inspect(F& f, get_prediction& x) {
  return f(caf::meta::type_name("get_prediction"), x.horizon);
}

template<class F>
typename F::result_type inspect(F& f, get_predictions&) {
  return f(caf::meta::type_name("get_predictions"));
}

template<class F>
typename F::result_type inspect(F& f, indicator_report& x) {
  return f(caf::meta::type_name("indicator_report"), x.symbol, x.candle_time, x.sma10, x.sma20,
           x.sma50, x.ema12, x.ema26, x.rsi, x.macd, x.macd_signal, x.macd_histogram, x.atr,
           x.bollinger_upper, x.bollinger_middle, x.bollinger_lower, x.volatility, x.volume_ratio,
           x.amd_phase);
}

template<class F>
typename F::result_type inspect(F& f, get_indicators&) {
  return f(caf::meta::type_name("get_indicators"));
}

template<class F>
typename F::result_type inspect(F& f, barrier_odds& x) {
  return f(caf::meta::type_name("barrier_odds"), x.rr, x.p_tp, x.p_sl, x.p_timeout,
           x.mean_timeout_r, x.expected_net_r, x.standard_error_r);
}

template<class F>
typename F::result_type inspect(F& f, signal& x) {
  return f(caf::meta::type_name("signal"), x.id, x.symbol, x.horizon, x.candle_time, x.created_at,
           x.expires_at, x.type, x.confidence, x.entry, x.sl, x.tp, x.rr_ratio, x.prob_tp_first,
           x.expected_net_r, x.considered_long, x.odds, x.predicted_high, x.predicted_low,
           x.amd_phase, x.reasons, x.strategy, x.model_version, x.model_hash, x.feature_hash,
           x.terms, x.candles_from, x.candles_to);
}

template<class F>
typename F::result_type inspect(F& f, signal_outcome& x) {
  return f(caf::meta::type_name("signal_outcome"), x.outcome, x.pnl_r, x.pnl_percent);
}

template<class F>
typename F::result_type inspect(F& f, get_signal& x) {
  return f(caf::meta::type_name("get_signal"), x.horizon);
}

template<class F>
typename F::result_type inspect(F& f, signal_page& x) {
  return f(caf::meta::type_name("signal_page"), x.signals, x.total, x.limit, x.offset);
}

template<class F>
typename F::result_type inspect(F& f, model_info& x) {
  return f(caf::meta::type_name("model_info"), x.name, x.kind, x.symbol, x.horizon, x.version,
           x.trained_at, x.rows, x.state, x.source, x.metrics);
}

template<class F>
typename F::result_type inspect(F& f, get_models& x) {
  return f(caf::meta::type_name("get_models"), x.symbol);
}

template<class F>
typename F::result_type inspect(F& f, job& x) {
  return f(caf::meta::type_name("job"), x.id, x.kind, x.symbol, x.state, x.progress, x.step,
           x.error, x.created_at, x.finished_at);
}

template<class F>
typename F::result_type inspect(F& f, train& x) {
  return f(caf::meta::type_name("train"), x.symbol, x.horizons, x.job_id, x.at);
}

template<class F>
typename F::result_type inspect(F& f, get_job& x) {
  return f(caf::meta::type_name("get_job"), x.id);
}

template<class F>
typename F::result_type inspect(F& f, put_candles& x) {
  return f(caf::meta::type_name("put_candles"), x.symbol, x.source, x.candles);
}

template<class F>
typename F::result_type inspect(F& f, served_signal& x) {
  return f(caf::meta::type_name("served_signal"), x.user, x.signal_id, x.symbol, x.created_at,
           x.at);
}

template<class F>
typename F::result_type inspect(F& f, put_log& x) {
  return f(caf::meta::type_name("put_log"), x.predictions, x.signals, x.served, x.outcomes,
           x.settled);
}

template<class F>
typename F::result_type inspect(F& f, put_receipt& x) {
  return f(caf::meta::type_name("put_receipt"), x.added, x.repeated);
}

template<class F>
typename F::result_type inspect(F& f, candle_span& x) {
  return f(caf::meta::type_name("candle_span"), x.symbol, x.first, x.last, x.rows, x.gaps,
           x.source);
}

template<class F>
typename F::result_type inspect(F& f, get_spans&) {
  return f(caf::meta::type_name("get_spans"));
}

template<class F>
typename F::result_type inspect(F& f, apply_retention& x) {
  return f(caf::meta::type_name("apply_retention"), x.now, x.candle_days, x.prediction_days,
           x.signal_days, x.symbol);
}

template<class F>
typename F::result_type inspect(F& f, put_note& x) {
  return f(caf::meta::type_name("put_note"), x.name, x.text);
}

template<class F>
typename F::result_type inspect(F& f, swap_note& x) {
  return f(caf::meta::type_name("swap_note"), x.name, x.was, x.text);
}

template<class F>
typename F::result_type inspect(F& f, get_note& x) {
  return f(caf::meta::type_name("get_note"), x.name);
}

template<class F>
typename F::result_type inspect(F& f, store_status& x) {
  return f(caf::meta::type_name("store_status"), x.kind, x.location, x.queued_rows, x.written_rows,
           x.commits, x.last_commit_ms, x.failing);
}

template<class F>
typename F::result_type inspect(F& f, get_store_status&) {
  return f(caf::meta::type_name("get_store_status"));
}

template<class F>
typename F::result_type inspect(F& f, symbol_status& x) {
  return f(caf::meta::type_name("symbol_status"), x.symbol, x.ready, x.warmup_left, x.has_model,
           x.model_version, x.model_source, x.last_candle, x.candles, x.duplicates, x.late,
           x.invalid, x.gaps, x.filled, x.resets, x.unstored_rows, x.dropped_rows);
}

template<class F>
typename F::result_type inspect(F& f, get_symbol_status&) {
  return f(caf::meta::type_name("get_symbol_status"));
}

template<class F>
typename F::result_type inspect(F& f, feed_status& x) {
  return f(caf::meta::type_name("feed_status"), x.name, x.state, x.candles, x.last_candle, x.note);
}

template<class F>
typename F::result_type inspect(F& f, get_feed_status&) {
  return f(caf::meta::type_name("get_feed_status"));
}

template<class F>
typename F::result_type inspect(F& f, wall_clock& x) {
  return f(caf::meta::type_name("wall_clock"), x.now);
}

template<class F>
typename F::result_type inspect(F& f, watch& x) {
  return f(caf::meta::type_name("watch"), x.symbol, x.after, x.target);
}

template<class F>
typename F::result_type inspect(F& f, symbol_started& x) {
  return f(caf::meta::type_name("symbol_started"), x.symbol, x.has_model, x.who);
}

template<class F>
typename F::result_type inspect(F& f, stored_signal& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    if (auto e = f(x.what, x.served_at)) return e;
    return inspect_optional(f, x.outcome);
  } else {
    return f(caf::meta::type_name("stored_signal"), x.what);
  }
}

template<class F>
typename F::result_type inspect(F& f, get_signals& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    if (auto e = f(x.symbol, x.horizon, x.limit, x.offset, x.served_to, x.id)) return e;
    return inspect_optional(f, x.type);
  } else {
    return f(caf::meta::type_name("get_signals"), x.symbol, x.horizon, x.limit, x.offset,
             x.served_to, x.id);
  }
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe, first_custom_type_id)
CAF_ADD_TYPE_ID(troupe, (troupe::candle))
CAF_ADD_TYPE_ID(troupe, (troupe::candle_batch))
CAF_ADD_TYPE_ID(troupe, (troupe::batch_applied))
CAF_ADD_TYPE_ID(troupe, (troupe::get_candles))
CAF_ADD_TYPE_ID(troupe, (troupe::get_history))
CAF_ADD_TYPE_ID(troupe, (troupe::prediction))
CAF_ADD_TYPE_ID(troupe, (troupe::get_prediction))
CAF_ADD_TYPE_ID(troupe, (troupe::get_predictions))
CAF_ADD_TYPE_ID(troupe, (troupe::indicator_report))
CAF_ADD_TYPE_ID(troupe, (troupe::get_indicators))
CAF_ADD_TYPE_ID(troupe, (troupe::barrier_odds))
CAF_ADD_TYPE_ID(troupe, (troupe::signal))
CAF_ADD_TYPE_ID(troupe, (troupe::signal_outcome))
CAF_ADD_TYPE_ID(troupe, (troupe::get_signal))
CAF_ADD_TYPE_ID(troupe, (troupe::signal_page))
CAF_ADD_TYPE_ID(troupe, (troupe::model_info))
CAF_ADD_TYPE_ID(troupe, (troupe::get_models))
CAF_ADD_TYPE_ID(troupe, (troupe::job))
CAF_ADD_TYPE_ID(troupe, (troupe::train))
CAF_ADD_TYPE_ID(troupe, (troupe::get_job))
CAF_ADD_TYPE_ID(troupe, (troupe::put_candles))
CAF_ADD_TYPE_ID(troupe, (troupe::put_log))
CAF_ADD_TYPE_ID(troupe, (troupe::put_receipt))
CAF_ADD_TYPE_ID(troupe, (troupe::candle_span))
CAF_ADD_TYPE_ID(troupe, (troupe::get_spans))
CAF_ADD_TYPE_ID(troupe, (troupe::apply_retention))
CAF_ADD_TYPE_ID(troupe, (troupe::put_note))
CAF_ADD_TYPE_ID(troupe, (troupe::swap_note))
CAF_ADD_TYPE_ID(troupe, (troupe::served_signal))
CAF_ADD_TYPE_ID(troupe, (troupe::get_note))
CAF_ADD_TYPE_ID(troupe, (troupe::store_status))
CAF_ADD_TYPE_ID(troupe, (troupe::get_store_status))
CAF_ADD_TYPE_ID(troupe, (troupe::symbol_status))
CAF_ADD_TYPE_ID(troupe, (troupe::get_symbol_status))
CAF_ADD_TYPE_ID(troupe, (troupe::feed_status))
CAF_ADD_TYPE_ID(troupe, (troupe::get_feed_status))
CAF_ADD_TYPE_ID(troupe, (troupe::wall_clock))
CAF_ADD_TYPE_ID(troupe, (troupe::watch))
CAF_ADD_TYPE_ID(troupe, (troupe::symbol_started))
CAF_ADD_TYPE_ID(troupe, (troupe::stored_signal))
CAF_ADD_TYPE_ID(troupe, (troupe::get_signals))
CAF_ADD_TYPE_ID(troupe, (troupe::prediction_outcome))
CAF_ADD_TYPE_ID(troupe, (troupe::settled_signal))
CAF_ADD_TYPE_ID(troupe, (troupe::open_prediction))
CAF_ADD_TYPE_ID(troupe, (troupe::open_signal))
CAF_ADD_TYPE_ID(troupe, (troupe::get_open_rows))
CAF_ADD_TYPE_ID(troupe, (troupe::open_rows))
CAF_ADD_TYPE_ID(troupe, (troupe::model_scores))
CAF_ADD_TYPE_ID(troupe, (troupe::trial_report))
CAF_ADD_TYPE_ID(troupe, (troupe::get_live_scores))
CAF_ADD_TYPE_ID(troupe, (troupe::symbol_scores))
CAF_ADD_TYPE_ID(troupe, (troupe::trial_ended))
CAF_ADD_TYPE_ID(troupe, (troupe::get_trials))
CAF_ADD_TYPE_ID(troupe, (troupe::promote_version))
CAF_ADD_TYPE_ID(troupe, (troupe::model_roles))
CAF_ADD_TYPE_ID(troupe, (troupe::trial_state))
CAF_ADD_TYPE_ID(troupe, (troupe::timeframe))
CAF_ADD_TYPE_ID(troupe, (troupe::signal_type))
CAF_ADD_TYPE_ID(troupe, (troupe::job_state))
CAF_ADD_TYPE_ID(troupe, (troupe::errc))
CAF_END_TYPE_ID_BLOCK(troupe)
