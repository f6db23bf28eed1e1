// Runs backtests that are ordered while the node serves: one after the other on workers of their
// own priority, few at a time, few waiting. Remembers the results of the last ones. What a backtest
// is, is models/backtest; everything here stays within one node.
#pragma once
#include "messages/model.hpp"
#include "messages/protocol.hpp"
#include "models/forecast/model_set.hpp"
#include "models/signal_rules.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Backtests that wait for a worker; one more is refused with errc::busy.
inline constexpr std::size_t max_waiting_backtests = 8;
/// Ended ones that are remembered with their result.
inline constexpr std::size_t max_remembered_backtests = 50;
/// The longest history of one backtest.
inline constexpr std::uint32_t max_backtest_candles = 1100 * 288;
/// Bounds of what one may ask for.
inline constexpr std::int64_t max_backtest_blocks = 12, max_random_runs = 1000;

struct backtest_report; // models/backtest/report.hpp

struct backtest_order {
  std::string job_id; // minted by the caller: `backtest-…`
  utc_ms at = 0;      // stamped where the request entered
  symbol_name symbol;
  std::string strategy; // a name known to the node, unless there are rules
  std::optional<troupe::strategy> rules;
  int horizon = 18;
  utc_ms from = 0, to = 0; // 0: as history_options
  int blocks = 4;
  bool serving_models = false;   // in sample, by the stored models that speak; else walk forward
  std::optional<double> cost_bp; // none: the node's
  std::uint32_t random_runs = 100;
  std::uint64_t seed = 1;
};

/// Asks for a job; with `until_ended` the answer comes when it has ended.
struct backtest_question {
  std::string id;
  bool until_ended = false;
};

struct backtest_status {
  job what;                                      // kind "backtest"
  std::shared_ptr<const backtest_report> result; // once it is done
};

// They do not leave the process: a report may be long, and only its node keeps it.
using backtest_order_ptr = std::shared_ptr<const backtest_order>;
using backtest_question_ptr = std::shared_ptr<const backtest_question>;
using backtest_status_ptr = std::shared_ptr<const backtest_status>;

/// Errors: busy, not_found, validation_error with the field's name.
using backtests_actor =
    caf::typed_actor<caf::replies_to<backtest_order_ptr>::with<backtest_status_ptr>,
                     caf::replies_to<backtest_question_ptr>::with<backtest_status_ptr>>;

struct backtests_options {
  std::vector<strategy> strategies; // known by name
  trading_costs costs;
  std::uint32_t train_days = 365; // before each block
  std::uint32_t fill_limit = 3;
  std::uint32_t workers = 1; // running at the same time
  /// The stored models of a symbol that speak; null when there are none. Called on a worker's
  /// thread.
  std::function<model_set_ptr(const symbol_name&)> stored_models;
  bool detached = true; // workers on threads of their own; off only on a test's scheduler
};

/// When the actor ends, what is under way is stopped within a fit.
backtests_actor spawn_backtests(caf::actor_system& system, backtests_options options,
                                store_actor store);

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::backtest_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::backtest_question_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::backtest_status_ptr)
