// Everything behind the routes: the actors they ask and the few facts of the node they tell.
// Filled in by the runtime before the server starts and not changed afterwards.
#pragma once
#include "actors/accounts.hpp"
#include "actors/backtests.hpp"
#include "actors/cluster/cluster_report.hpp"
#include "actors/counters.hpp"
#include "actors/dependency_board.hpp"
#include "actors/log.hpp"
#include "actors/observer.hpp"
#include "actors/quotes.hpp"
#include "actors/sync.hpp"
#include "http/identity.hpp"
#include "http/keys_in_flight.hpp"
#include "http/known_keys.hpp"
#include "messages/cache_protocol.hpp"
#include "messages/limit_protocol.hpp"
#include "messages/protocol.hpp"
#include "messages/session_protocol.hpp"
#include "messages/user_protocol.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe {

class sign_ins;

/// One line of `GET /health/detailed`. `status`: healthy, degraded or unhealthy.
struct health_check {
  std::string name, status;
  double latency_ms = 0;
};

struct gateway {
  std::unordered_map<symbol_name, symbol_actor> symbols;
  store_actor store;
  served_log_actor served; // never empty
  feed_actor feed;
  trainer_actor trainer;
  backtests_actor backtests;  // empty: no backtests are run
  sync_actor sync;            // of what is stored of the market; never empty
  spread_store_actor spreads; // never empty
  accounts money;             // never empty
  journal_actor journal;
  investing_actor investing; // never empty
  /// Keys of users' commands that are under way at this node; never null.
  std::shared_ptr<keys_in_flight> under_way = std::make_shared<keys_in_flight>();
  users_actor users;       // never empty
  sessions_actor sessions; // of connected users; null: nobody keeps them
  limiter_actor limiter;   // of what plans allow; never empty
  /// Whether the limiter counts for several nodes: then addresses are counted there too.
  bool shares_limits = false;
  cache_actor cache;     // what nodes share; empty: nothing is shared
  token_verifier verify; // of access tokens; empty: none is good
  /// Users' keys that were good lately; never null.
  std::shared_ptr<known_keys> keys = std::make_shared<known_keys>();
  /// By providers; null: none is offered.
  std::shared_ptr<troupe::sign_ins> sign_ins;
  std::shared_ptr<dependency_board> dependencies; // services outside; never null
  /// The observer's picture of the node. Null: nobody observes, and the details are empty.
  std::shared_ptr<const snapshot_board> observed;
  /// The inbound `X-API-Key`. Empty: nobody has a key, guarded routes answer 401.
  std::string api_key;
  /// The `X-API-Key` of an operator: opens `/admin` and all that the other opens. Empty: nobody
  /// has.
  std::string admin_key;
  /// Signs what arrives at /webhooks/ml-engine. Empty: every signature is wrong.
  std::string webhook_secret;
  /// How long a request about money may take, however many questions it asks: SPEC §6 promises the
  /// 503 within 2 s, and a time-out is noticed up to 50 ms late.
  std::chrono::milliseconds money_limit{1900};
  log_sink log;                     // may be empty
  std::shared_ptr<counters> counts; // never null
  /// Microseconds since 1970. Called on io threads; never empty.
  std::function<std::int64_t()> now_us;
  /// Prometheus text. Called on io threads: must not block for long.
  std::function<std::string()> metrics_text;
  /// Checks beyond the observer's, already made. Called on io threads; may be empty.
  std::function<std::vector<health_check>()> more_health;
  /// The cluster as this node sees it. Called on io threads; empty: the node runs alone.
  std::function<cluster_report()> cluster;
  std::vector<std::string> providers; // of `GET /health`: what computes forecasts
  int retry_after_s = 5;              // said with FEATURE_ERROR: about one candle of the feed

  std::vector<symbol_name> symbol_names() const {
    std::vector<symbol_name> out;
    for (auto& [name, handle] : symbols) out.push_back(name);
    return out;
  }
};

} // namespace troupe
