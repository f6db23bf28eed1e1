// The table of SPEC §3.1 to §3.3 and §3.5 as far as this node serves it.
#include "http/router.hpp"
#include "http/routes/account.hpp"
#include "http/routes/admin.hpp"
#include "http/routes/auth.hpp"
#include "http/routes/backtest.hpp"
#include "http/routes/forecast.hpp"
#include "http/routes/investment.hpp"
#include "http/routes/ml.hpp"
#include "http/routes/model.hpp"
#include "http/routes/node.hpp"
#include "http/routes/oauth.hpp"
#include "http/routes/session_admin.hpp"
#include "http/routes/sync.hpp"
#include "http/routes/trading.hpp"
#include "http/routes/usage.hpp"
#include "http/routes/user_admin.hpp"
#include "http/routes/watchlists.hpp"
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
  constexpr auto predicted = limit_class::predictions, signalled = limit_class::signals;
  constexpr auto indicated = limit_class::indicators;
  return {
      {post, "/predictions", key, counted, post_prediction, "High and low of the coming candles"},
      {post, "/signals", key, counted, post_signal, "A signal with everything that led to it"},
      {get, "/signals/history", key, counted, get_signal_log, "Past signals and their outcomes"},
      {get, "/indicators", key, counted, get_indicators_by_query,
       "Indicators after the last candle"},
      {get, "/models/status", key, counted, get_models_status, "All models and their versions"},
      {get, "/models/:name/metrics", key, counted, get_model_metrics, "How good a model is"},
      {post, "/models/:name/promote", admin, counted, post_promote,
       "Makes a stored version of a symbol speak"},
      {post, "/models/train", key, counted, post_train, "Trains a new version beside serving"},
      {get, "/jobs/:id", key, counted, get_job_state, "How far a job is"},
      {post, "/api/backtest", key, counted, post_backtest, "What a strategy would have done"},
      {get, "/sync/status", key, counted, get_sync_status_list,
       "Whether what is stored of the market is whole"},
      {post, "/sync/trigger", key, counted, post_sync, "Fills the gaps of a stored series"},
      {get, "/sync/history/:ticker_id", key, counted, get_sync_history, "One stored series"},
      {get, "/spreads/:ticker_id", key, counted, get_spread, "Spreads of a trading session"},
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
      {get, "/auth/oauth/:provider", none, counted, get_oauth, "Where to sign in by a provider"},
      {post, "/auth/oauth/:provider", none, counted, post_oauth, "Tokens for a provider's code"},
      {get, "/auth/oauth/:provider/callback", none, counted, get_oauth_callback,
       "The same for a browser that comes back"},
      {post, "/auth/oauth/:provider/link", user, counted, post_oauth_link,
       "Links an account there to the user"},
      {post, "/auth/password", user, counted, post_password, "Changes the password"},
      {post, "/auth/logout", user, counted, post_logout, "Ends the session"},
      {get, "/api/ml/usage", user, counted, get_plan_usage, "What is left of the plan's day", "*"},
      {get, "/auth/me", user, counted, get_me, "Who the token is", "*"},
      {post, "/auth/2fa/setup", user, counted, post_totp_setup, "A secret for an authenticator"},
      {post, "/auth/2fa/verify", user, counted, post_totp_proof, "Turns the second factor on"},
      {get, "/auth/api-keys", user, counted, get_key_list, "The user's keys for programs"},
      {post, "/auth/api-keys", user, counted, post_key, "Issues a key, shown once"},
      {del, "/auth/api-keys/:id", user, counted, delete_key, "Revokes a key"},
      {post, "/api/ml/predictions", user, predicted, post_user_prediction,
       "High and low of the coming candles, for users", "predictions"},
      {get, "/api/ml/predict/:symbol", user, predicted, get_user_predictions,
       "Predictions by horizon, for users", "predictions"},
      {post, "/api/ml/signals", user, signalled, post_user_signal, "A signal, for users",
       "signals"},
      {get, "/api/ml/signals/history", user, counted, get_user_signal_log,
       "Signals that the user was served, and their outcomes", "signals"},
      {get, "/api/ml/indicators/:symbol", user, indicated, get_user_indicators,
       "Indicators of a timeframe, for users", "market"},
      {get, "/ml/predictions/:symbol", user, predicted, get_short_prediction,
       "The prediction of a horizon", "predictions"},
      {get, "/ml/signals/:symbol", user, signalled, get_short_signals,
       "Signals of one horizon or all", "signals"},
      {get, "/ml/indicators/:symbol", user, indicated, get_short_indicators,
       "Indicators of a timeframe", "market"},
      {get, "/trading/symbols", user, counted, get_trading_symbols, "What can be traded", "market"},
      {get, "/trading/candles/:symbol", user, counted, get_trading_candles,
       "Closed candles of a range", "market"},
      {get, "/trading/stream/:symbol", user, counted, open_trading_stream,
       "WebSocket: one symbol's events, for users", "market"},
      {get, "/trading/watchlists", user, counted, get_watchlists, "The user's lists of symbols",
       "trading"},
      {post, "/trading/watchlists", user, counted, post_watchlist, "Makes a list", "trading"},
      {put, "/trading/watchlists/:id", user, counted, put_watchlist, "Renames or refills a list",
       "trading"},
      {del, "/trading/watchlists/:id", user, counted, delete_watchlist, "Deletes a list",
       "trading"},
      {get, "/investment/products", user, counted, get_product_list, "Products and their limits"},
      {get, "/investment/accounts", user, counted, get_investment_list, "The user's investments"},
      {post, "/investment/accounts", user, counted, post_investment,
       "Invests money of the user's wallet"},
      {get, "/investment/accounts/:id", user, counted, get_investment, "One investment"},
      {post, "/investment/accounts/:id/deposit", user, counted, post_investment_deposit,
       "Adds money of the wallet"},
      {post, "/investment/accounts/:id/withdraw", user, counted, post_investment_withdrawal,
       "Asks for money back into the wallet"},
      {post, "/investment/accounts/:id/pause", user, counted, post_investment_pause,
       "Stops trading and new money"},
      {post, "/investment/accounts/:id/resume", user, counted, post_investment_resume,
       "Undoes a pause"},
      {post, "/investment/accounts/:id/close", user, counted, post_investment_close,
       "Pays an investment into the wallet and ends it"},
      {get, "/investment/accounts/:id/performance", user, counted, get_investment_performance,
       "An investment's days"},
      {get, "/investment/accounts/:id/trades", user, counted, get_investment_trades,
       "An investment's trades"},
      {get, "/investment/accounts/:id/transactions", user, counted, get_investment_transactions,
       "An investment's money movements"},
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
      {get, "/admin/cluster", admin, counted, get_cluster,
       "Who owns which part of the accounts and symbols"},
      {get, "/admin/sessions", admin, counted, get_session_list, "Users connected to this node"},
      {get, "/admin/sessions/:id", admin, counted, get_one_session, "What one of them hears"},
      {get, "/admin/audit", admin, counted, get_audit_log, "Who did what, newest first"},
      {get, "/admin/withdrawals", admin, counted, get_withdrawal_list,
       "Withdrawals that have not ended"},
      {post, "/admin/withdrawals/:id/approve", admin, counted, post_withdrawal_approval,
       "Lets a withdrawal leave for its user's wallet"},
      {post, "/admin/withdrawals/:id/reject", admin, counted, post_withdrawal_rejection,
       "Frees what a withdrawal reserved"},
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
