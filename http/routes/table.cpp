// The table of SPEC §3.1, §3.3 and §3.5 as far as this node serves it.
#include "http/router.hpp"
#include "http/routes/account.hpp"
#include "http/routes/admin.hpp"
#include "http/routes/auth.hpp"
#include "http/routes/forecast.hpp"
#include "http/routes/model.hpp"
#include "http/routes/node.hpp"
#include "http/routes/session_admin.hpp"
#include "http/routes/user_admin.hpp"
#include "http/routes/webhook.hpp"
#include "http/socketio/live.hpp"

namespace troupe {

std::vector<route> all_routes() {
  constexpr auto get = method::get, post = method::post, put = method::put, del = method::del;
  constexpr auto none = guard_kind::none, key = guard_kind::api_key;
  constexpr auto admin = guard_kind::admin_key, user = guard_kind::user;
  constexpr auto socket = guard_kind::socket_key, local = guard_kind::api_key_unless_loopback;
  constexpr auto counted = limit_class::per_address, exempt = limit_class::exempt;
  constexpr auto sealed = limit_class::unless_signed;
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
      {post, "/api/v1/trading/accounts", key, counted, post_account, "Opens an account"},
      {post, "/api/v1/trading/accounts/:id/capital", key, counted, post_capital,
       "Deposits or withdraws"},
      {post, "/api/v1/trading/accounts/:id/pause", key, counted, post_pause, "Stops trading"},
      {post, "/api/v1/trading/accounts/:id/resume", key, counted, post_resume, "Undoes a pause"},
      {post, "/api/v1/trading/accounts/:id/close", key, counted, post_close,
       "Pays an account out and ends it"},
      {get, "/api/v1/trading/accounts/:id/status", key, counted, get_account_status,
       "An account, now or as of a time"},
      {get, "/api/v1/trading/accounts/:id/trades", key, counted, get_account_trades,
       "An account's trades"},
      {get, "/api/v1/trading/accounts/:id/performance", key, counted, get_account_performance,
       "An account's days"},
      {get, "/api/v1/agents/:agent_id/config", key, counted, get_agent_config,
       "A trading agent's settings"},
      {put, "/api/v1/agents/:agent_id/config", key, counted, put_agent_config,
       "Replaces a trading agent's settings"},
      {post, "/auth/register", none, counted, post_registration, "Makes a user and logs in"},
      {post, "/auth/login", none, counted, post_login, "Tokens for a password"},
      {post, "/auth/refresh", none, counted, post_refresh, "New tokens for a refresh token"},
      {post, "/auth/logout", user, counted, post_logout, "Ends the session"},
      {get, "/auth/me", user, counted, get_me, "Who the token is"},
      {post, "/auth/2fa/setup", user, counted, post_totp_setup, "A secret for an authenticator"},
      {post, "/auth/2fa/verify", user, counted, post_totp_proof, "Turns the second factor on"},
      {get, "/auth/api-keys", user, counted, get_key_list, "The user's keys for programs"},
      {post, "/auth/api-keys", user, counted, post_key, "Issues a key, shown once"},
      {del, "/auth/api-keys/:id", user, counted, delete_key, "Revokes a key"},
      {post, "/webhooks/ml-engine", none, sealed, post_engine_event,
       "Events of the ML engine, signed"},
      {get, "/admin/ledger/trial-balance", admin, counted, get_trial_balance_sheet,
       "The sums of all books"},
      {get, "/admin/accounts/:id", admin, counted, get_any_account,
       "Any account or wallet, now or as of a time"},
      {get, "/admin/accounts/:id/verify", admin, counted, get_account_proof,
       "Proves an account from its journal"},
      {post, "/admin/accounts/:id/breaker/reset", admin, counted, post_breaker_reset,
       "Closes an account's circuit breaker"},
      {get, "/admin/dead-letters", admin, counted, get_dead_letter_list,
       "Events that could not be applied"},
      {post, "/admin/dead-letters/:id/replay", admin, counted, post_letter_replay,
       "Applies such an event again"},
      {post, "/admin/wallets/:user_id/fund", admin, counted, post_wallet_funds,
       "Pays into a user's wallet"},
      {get, "/admin/users", admin, counted, get_user_list, "Users by e-mail"},
      {post, "/admin/users/:id/role", admin, counted, post_user_role,
       "Makes a user an admin or not"},
      {post, "/admin/users/:id/plan", admin, counted, post_user_plan, "Sets a user's plan"},
      {post, "/admin/users/:id/kyc", admin, counted, post_user_kyc, "Sets a user's KYC state"},
      {get, "/admin/sessions", admin, counted, get_session_list, "Users connected to this node"},
      {get, "/admin/sessions/:id", admin, counted, get_one_session, "What one of them hears"},
      {get, "/admin/audit", admin, counted, get_audit_log, "Who did what, newest first"},
      {post, "/admin/transfers", admin, counted, post_transfer, "Moves money between two accounts"},
      {get, "/api/v1/health", none, exempt, get_health, "As /health"},
      {get, "/api/stats", key, counted, get_stats, "Counters of the node"},
      {get, "/health", none, exempt, get_health, "Whether the node serves"},
      {get, "/health/live", none, exempt, get_live, "Whether the process answers"},
      {get, "/health/ready", none, exempt, get_ready, "Whether predictions can be made"},
      {get, "/health/detailed", key, counted, get_detailed_health, "Every part and its latency"},
      {get, "/metrics", local, counted, get_metrics, "Prometheus text"},
      {get, "/socket.io/", none, exempt, serve_socketio, "Socket.IO 5: handshake and polling"},
      {post, "/socket.io/", none, exempt, serve_socketio, "Socket.IO 5: polling"},
      {put, "/socket.io/", none, exempt, serve_socketio, "Refused in the words of Engine.IO"},
      {get, "/ws", socket, counted, open_plain_socket, "WebSocket: subscribe by message"},
      {get, "/ws/:symbol", socket, counted, open_socket, "WebSocket: one symbol's events"},
  };
}

} // namespace troupe
