// The market of a node: which candles there are already, and the feed that brings more. Symbols,
// models and who hears them are wired in node.cpp.
#pragma once
#include "actors/log.hpp"
#include "actors/sync.hpp"
#include "messages/protocol.hpp"
#include "runtime/live_market.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// A first start has this much simulated history, so that models of a full year can follow.
inline constexpr utc_ms simulated_history_ms = 365 * day_ms;

class market {
public:
  market(caf::actor_system& system, log_sink log) : system_(system), log_(std::move(log)) {}

  /// Reads the files of a replay first: without --market.symbols they say what is traded, with it
  /// each symbol needs one. Judges the names. Returns what is wrong, for people, or nothing.
  std::string read(settings& s);

  /// Spawns the feed on what the store holds. Made-up candles and real ones never stand in one
  /// series. `quotes` hears the book of a feed that has one; the state of a provider is posted to
  /// `board`. The same answer.
  std::string start(const settings& s, const store_actor& store,
                    std::shared_ptr<dependency_board> board,
                    std::function<void(const quote&)> quotes);

  const feed_actor& feed() const { return feed_; }
  /// Open time up to which a replay is history that models may learn from; 0: no replay.
  utc_ms replay_from() const { return replay_from_; }
  /// The feed as one with a clock; null when it has none.
  lag_actor lag() const;
  /// The door to a live provider, for the observer; null when the feed is another.
  const outbound_actor& provider() const { return live_.rest(); }
  void stop();

private:
  std::vector<candle_span> stored_spans(const store_actor& store) const;
  std::string mixed(const settings& s, const std::vector<candle_span>& spans) const;
  std::string note(const settings& s, const store_actor& store, utc_ms& origin) const;

  caf::actor_system& system_;
  log_sink log_;
  feed_actor feed_;
  live_market live_;
  std::map<symbol_name, std::shared_ptr<const std::vector<candle>>> replayed_;
  utc_ms replay_from_ = 0;
};

} // namespace troupe
