// The services outside that a node speaks to of its own accord: today the external ML engine
// (ML_ENGINE_URL), which is told of accounts through the outbox. Without its address nothing is
// started, and no cursor is kept: set later, the engine learns of everything from the beginning.
#pragma once
#include "actors/dependency_board.hpp"
#include "actors/engine_courier.hpp"
#include "actors/log.hpp"
#include "http/outbound/client.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {

class outside {
public:
  outside() = default;
  ~outside();
  outside(const outside&) = delete;
  outside& operator=(const outside&) = delete;

  /// Starts what the settings name; once. `error`: one line for people that names the setting at
  /// fault, and nothing runs; else empty. The state of each service is posted to `board`.
  void start(caf::actor_system& system, const settings& s, const journal_actor& journal,
             std::shared_ptr<dependency_board> board, const log_sink& log, std::string& error);

  /// Before the journal ends, and before the actor system. What is under way is told again at the
  /// next start.
  void stop();

  /// How the engine's outbox does; null when there is no engine.
  std::shared_ptr<const courier_figures> engine_outbox() const { return figures_; }

  /// Who speaks to each service, for the observer.
  std::vector<outbound_actor> services() const;

private:
  std::unique_ptr<outbound_client> client_;
  outbound_actor engine_;
  engine_courier_actor courier_;
  std::shared_ptr<courier_figures> figures_;
};

} // namespace troupe
