// The live providers of a node, as its settings name them: which words, which addresses, whom TLS
// believes. How a feed behaves is actors/feeds/live; this opens its sockets and closes them.
#pragma once
#include "actors/dependency_board.hpp"
#include "actors/feeds/live.hpp"
#include "actors/log.hpp"
#include "http/feeds/streams.hpp"
#include "http/outbound/client.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Whether `market.feed` is one of a provider.
bool is_live_feed(const std::string& name);

class live_market {
public:
  ~live_market() { stop(); }

  /// Without --market.symbols: those of the default that the provider has. Returns what is wrong,
  /// for people, or nothing.
  std::string read(settings& s);

  /// Spawns the feed. `quotes` hears its book. Its requests go through one door with the breaker of
  /// SPEC §6, whose state is posted to `board`. The same answer.
  std::string start(caf::actor_system& system, const settings& s,
                    std::shared_ptr<dependency_board> board,
                    std::function<void(const quote&)> quotes, const log_sink& log, feed_actor& out);

  /// Who asks for history, for the observer; null when no live feed runs.
  const outbound_actor& rest() const { return rest_; }

  /// Before the actor system, after the feed was told to end.
  void stop();

private:
  std::unique_ptr<outbound_client> client_;
  std::unique_ptr<stream_client> streams_;
  outbound_actor rest_;
};

} // namespace troupe
