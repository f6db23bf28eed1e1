// Looks after the parts of a node at fixed intervals and keeps one picture of them, which health
// and metrics read without asking anybody. Services outside are asked for their health here, so
// that one that nobody uses is known to be away; what came of it is on the dependency_board. It
// mends nothing.
#pragma once
#include "actors/outbound.hpp"
#include "messages/account_protocol.hpp"
#include "messages/journal_protocol.hpp"
#include "messages/protocol.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// How one part answered. `status`: "healthy", "degraded", "unhealthy".
struct part_health {
  std::string name;
  std::string status;
  double latency_ms = 0;
  std::string note;
};

/// The node as it was seen last.
struct node_snapshot {
  std::vector<part_health> parts; // a row per part that was asked: `symbol:BTCUSDT`, `database` …
  std::vector<symbol_status> symbols; // as each answered last; those that never did are missing
  std::vector<model_info> models;
  std::vector<symbol_scores> scores; // as each answered last, of the first max_scored_symbols
  store_status store;
  feed_status feed;
  std::optional<journal_status> journal;   // none: not asked, or no answer yet
  std::optional<accounts_status> accounts; // of all registries together
};

/// Symbols whose live scores are shown in metrics: each has about sixty figures.
inline constexpr std::size_t max_scored_symbols = 100;

/// Where the observer leaves its picture. Reading costs a reference count.
class snapshot_board {
public:
  std::shared_ptr<const node_snapshot> read() const;
  void put(std::shared_ptr<const node_snapshot> next);

private:
  mutable std::mutex guard_;
  std::shared_ptr<const node_snapshot> current_ = std::make_shared<node_snapshot>();
};

/// What is looked at.
struct observed_parts {
  store_actor store;
  feed_actor feed;
  trainer_actor trainer;
  std::vector<symbol_actor> symbols;
  journal_actor journal{};                // optional
  std::vector<accounts_actor> accounts{}; // the registries; may be empty
  std::vector<outbound_actor> services{}; // asked GET /health below their address
};

/// SPEC §3.5: the stores every 10 s, symbols and accounts every 30 s, models and feed every 60 s,
/// services outside every 5 min. What was not well is looked at again after the first of these
/// (services: their breaker says when).
inline constexpr auto observation_interval = std::chrono::seconds(10);
inline constexpr std::uint64_t own_parts_every = 3, data_every = 6, services_every = 30;

/// Looks at everything at once and then at intervals.
caf::actor spawn_observer(caf::actor_system& system, observed_parts parts,
                          std::shared_ptr<snapshot_board> board);

} // namespace troupe
