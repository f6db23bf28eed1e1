// Runs the symbols of the shards that are this node's, and none else: starts one when its shard is
// taken, lets it write what is unwritten and ends it when the shard goes. Keeps a proxy for every
// symbol, which clients ask wherever it runs. How a symbol is made, and what it needs before, is
// the factory's.
#pragma once
#include "actors/cluster/symbol_board.hpp"
#include "actors/cluster/symbol_proxy.hpp"
#include "actors/log.hpp"
#include "messages/cluster_protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace troupe {

/// Told cluster views (watch_cluster) and ways to other nodes (watch_peers). `leave_cluster` is
/// answered with true once no symbol runs here; none starts afterwards. Ends with an exit message,
/// its proxies and symbols with it.
using symbol_host_actor =
    caf::typed_actor<caf::reacts_to<cluster_view_ptr>, caf::reacts_to<peer_changed>,
                     caf::replies_to<leave_cluster>::with<bool>,
                     caf::reacts_to<caf::tick_atom>>; // internal

struct symbol_host_options {
  std::vector<symbol_name> symbols;
  /// Makes a symbol_actor that recovers from what is stored, or null when it cannot now: then it is
  /// asked again after `retry_after`. The board says under which epoch. Called on the host's
  /// thread, one symbol at a time with messages between them: where `detached` it may block.
  std::function<symbol_actor(const symbol_name&)> make;
  std::shared_ptr<symbol_board> board;                   // never null
  caf::timespan write_timeout = std::chrono::seconds{2}; // for what a symbol has still to write
  caf::timespan retry_after = std::chrono::seconds{1};
  symbol_proxy_options proxy; // of each; its symbol and its lease are set here
  bool detached = true;
  log_sink log;
};

struct hosted_symbols {
  symbol_host_actor host;
  std::map<symbol_name, symbol_actor> proxies; // for the gateway
};

/// Throws std::invalid_argument without a factory or a board.
hosted_symbols spawn_symbol_host(caf::actor_system& system, symbol_host_options options);

} // namespace troupe
