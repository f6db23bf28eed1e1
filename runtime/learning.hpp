// What a node learns with: the models it has, the trainer that makes more of them, the backtests
// that judge strategies by them. In a cluster the models are those of the store, brought into this
// node's folder when a symbol is taken. Symbols, which speak with them, are wired in node.cpp.
#pragma once
#include "actors/backtests.hpp"
#include "actors/log.hpp"
#include "actors/model_store.hpp"
#include "actors/trainer.hpp"
#include "runtime/settings.hpp"
#include "runtime/shared_models.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// Who speaks and who is tried, of each symbol; what could not be loaded is told to `log`.
loaded_roster load_models(const std::string& folder, const std::vector<std::string>& symbols,
                          const log_sink& log);

/// Of a node that shares its models. The second is called on any thread: the epoch under which a
/// symbol is this node's, 0 where it is not (symbol_board).
struct learning_sharing {
  model_store_actor store; // null: nothing is shared
  std::function<std::uint64_t(const symbol_name&)> epoch_of;
};

class learning_part {
public:
  learning_part(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Spawns both. Returns what is wrong with the settings, for people, or nothing.
  std::string start(const settings& s, const store_actor& store, const loaded_roster& models,
                    learning_sharing sharing = {});

  /// What a symbol that this node takes is to speak with: the store's, brought into the folder and
  /// told to the trainer. Waits for the store. Returns why it cannot, for people, or nothing.
  std::string load(const symbol_name& symbol, started_models& out) const;

  const trainer_actor& trainer() const { return trainer_; }
  const backtests_actor& backtests() const { return backtests_; }
  void stop();

private:
  struct sharing_state {
    sharing_state(const shared_models& m, std::function<std::uint64_t(const symbol_name&)> e)
        : models(m), epoch_of(std::move(e)) {}
    const shared_models models;
    const std::function<std::uint64_t(const symbol_name&)> epoch_of;
    std::mutex guard;
    std::map<symbol_name, started_models> started; // not told to the trainer yet
  };

  std::string start_trainer(const settings& s, const store_actor& store,
                            const loaded_roster& models);
  model_keeper make_keeper(const std::string& folder) const;
  void share(model_keeper& keeper, const std::string& folder) const;
  void start_backtests(const settings& s, const store_actor& store);

  caf::actor_system& system_;
  log_sink log_;
  std::string folder_;                    // of the models
  std::shared_ptr<sharing_state> shared_; // null: alone
  trainer_actor trainer_;
  backtests_actor backtests_;
};

} // namespace troupe
