// What a node learns with: the models it has, the trainer that makes more of them, the backtests
// that judge strategies by them. Symbols, which speak with them, are wired in node.cpp.
#pragma once
#include "actors/backtests.hpp"
#include "actors/log.hpp"
#include "actors/trainer.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// Who speaks and who is tried, of each symbol; what could not be loaded is told to `log`.
loaded_roster load_models(const std::string& folder, const std::vector<std::string>& symbols,
                          const log_sink& log);

class learning_part {
public:
  learning_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Spawns both. Returns what is wrong with the settings, for people, or nothing.
  std::string start(const settings& s, const store_actor& store, const loaded_roster& models);

  const trainer_actor& trainer() const { return trainer_; }
  const backtests_actor& backtests() const { return backtests_; }
  void stop();

private:
  std::string start_trainer(const settings& s, const store_actor& store,
                            const loaded_roster& models);
  void start_backtests(const settings& s, const store_actor& store);

  caf::actor_system& system_;
  log_sink log_;
  trainer_actor trainer_;
  backtests_actor backtests_;
};

} // namespace troupe
