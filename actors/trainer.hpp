// Trains models beside serving: takes candles from the store, spreads the fits over detached
// workers, has the result kept and read back by the edge, and publishes it to its symbol or has it
// tried there (model_roster). What is fitted, and how it is judged, is models/forecast.
#pragma once
#include "actors/log.hpp"
#include "messages/protocol.hpp"
#include "models/forecast/model_set.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

struct trained_models; // models/forecast/training.hpp

/// Jobs remembered for `GET /jobs/:id`; past it the oldest finished ones are forgotten.
inline constexpr std::size_t max_remembered_jobs = 200;
/// Jobs that may wait; one more is refused with errc::busy.
inline constexpr std::size_t max_waiting_jobs = 2500;

struct trainer_options {
  std::uint32_t days = 365;         // of candles to learn from
  std::uint32_t quick_days = 90;    // of a first model, so that a first start is short
  std::int32_t nightly_minute = -1; // of the UTC day; -1: never
  std::uint32_t workers = 2;
  /// Of models: nightly trainings take one after the other in turn, all others the first.
  std::vector<model_kind> kinds{model_kind::xgboost};
  int network_rounds = 60;          // as training_options says
  std::vector<symbol_name> symbols; // that may be trained
  std::string source = "market";    // of the stored candles: "market" or "simulated"
  std::uint64_t seed = 1;           // of the simulated days of a symbol without history
  std::uint32_t fill_limit = 3;     // as the live gate fills short gaps
  bool trials = true;               // a later version is tried before it speaks
  /// Whether a symbol is this node's, so that it trains and promotes: of others it answers busy.
  /// Called on the trainer's thread; empty: all are.
  std::function<bool(const symbol_name&)> mine;
  bool detached = true; // workers on threads of their own; off only on a test's scheduler
};

/// What a symbol started with; null: none.
struct started_models {
  model_set_ptr champion, challenger;
};

/// The edge that keeps models. All but `started_with` are called on a worker's thread; the last
/// three may be empty.
struct model_keeper {
  /// Keeps what was trained and hands back what a later start would load; null with a reason.
  std::function<model_set_ptr(const trained_models&, std::string& error)> keep;
  /// What was kept as this version, to be completed by a partial training; null with a reason.
  std::function<std::shared_ptr<const trained_models>(const model_set&, std::string& error)> recall;
  /// A version that was kept, to speak again; null with a reason.
  std::function<model_set_ptr(const symbol_name&, const std::string& version, std::string& error)>
      load;
  /// Writes down who speaks and who is tried, for a later start; "" or why it cannot.
  std::function<std::string(const model_roles&)> name_roles;
  /// What a symbol that says it has started was started with, if others than this trainer may have
  /// made it; nothing: what the trainer knows. Called on the trainer's thread.
  std::function<std::optional<started_models>(const symbol_name&)> started_with;
};

/// Models as they were loaded at start, each at most one a symbol.
struct loaded_roster {
  std::vector<model_set_ptr> champions, challengers;
};

trainer_actor spawn_trainer(caf::actor_system& system, trainer_options options, store_actor store,
                            model_keeper keeper, loaded_roster loaded, log_sink log);

} // namespace troupe
