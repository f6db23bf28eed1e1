// The table of SPEC §3.1 and §3.5 as far as this node serves it.
#include "http/router.hpp"
#include "http/routes/forecast.hpp"
#include "http/routes/model.hpp"
#include "http/routes/node.hpp"

namespace troupe {

std::vector<route> all_routes() {
  constexpr auto get = method::get, post = method::post;
  constexpr auto none = guard_kind::none, key = guard_kind::api_key;
  constexpr auto socket = guard_kind::socket_key, local = guard_kind::api_key_unless_loopback;
  constexpr auto counted = limit_class::per_address, exempt = limit_class::exempt;
  return {
      {post, "/predictions", key, counted, post_prediction, "High and low of the coming candles"},
      {post, "/signals", key, counted, post_signal, "A signal with everything that led to it"},
      {get, "/signals/history", key, counted, get_signal_log, "Past signals and their outcomes"},
      {get, "/indicators", key, counted, get_indicators_by_query,
       "Indicators after the last candle"},
      {get, "/models/status", key, counted, get_models_status, "All models and their versions"},
      {get, "/models/:name/metrics", key, counted, get_model_metrics, "How good a model is"},
      {post, "/models/train", key, counted, post_train, "Trains a new version beside serving"},
      {get, "/jobs/:id", key, counted, get_job_state, "How far a job is"},
      {get, "/api/predict/:symbol", key, counted, get_symbol_predictions, "Predictions by horizon"},
      {get, "/api/signals/:symbol", key, counted, get_symbol_signal, "The signal of a timeframe"},
      {get, "/api/indicators/:symbol", key, counted, get_symbol_indicators, "Chosen indicators"},
      {get, "/api/history/:symbol", key, counted, get_symbol_history, "Closed candles"},
      {get, "/api/v1/health", none, exempt, get_health, "As /health"},
      {get, "/api/stats", key, counted, get_stats, "Counters of the node"},
      {get, "/health", none, exempt, get_health, "Whether the node serves"},
      {get, "/health/live", none, exempt, get_live, "Whether the process answers"},
      {get, "/health/ready", none, exempt, get_ready, "Whether predictions can be made"},
      {get, "/health/detailed", key, counted, get_detailed_health, "Every part and its latency"},
      {get, "/metrics", local, counted, get_metrics, "Prometheus text"},
      {get, "/ws", socket, counted, open_plain_socket, "WebSocket: subscribe by message"},
      {get, "/ws/:symbol", socket, counted, open_socket, "WebSocket: one symbol's events"},
  };
}

} // namespace troupe
