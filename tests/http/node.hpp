// A whole node but for what is behind the actors' interfaces: a server on a free port with actors
// that answer from constants. BTCUSDT and ETHUSDT are live, WARMUSD warms up, DEADUSD is gone and
// MUTEUSD answers a prediction only after a flush.
#pragma once
#include "client.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <gtest/gtest.h>

namespace troupe::test {

inline constexpr utc_ms noon = 1767609000000;                     // 2026-01-05T10:30:00Z
inline constexpr std::int64_t node_now_us = noon * 1000 + 123456; // of every event

prediction sample_prediction(const symbol_name& symbol, std::int32_t horizon);
signal sample_signal(const symbol_name& symbol, std::int32_t horizon);
/// What a symbol says at one close: four predictions and the pushed signals.
bulletin sample_bulletin(const symbol_name& symbol);

struct node_config : caf::actor_system_config {
  node_config();
};

class node {
public:
  explicit node(server_options options = {}, guard_limits guard = {});
  ~node();

  std::uint16_t port() const { return port_; }
  void publish(bulletin b);
  void release_mute();
  gateway make_gateway();

  node_config config;
  caf::actor_system system{config};
  std::shared_ptr<counters> counts;
  std::shared_ptr<snapshot_board> observed = std::make_shared<snapshot_board>();
  std::shared_ptr<dependency_board> dependencies = std::make_shared<dependency_board>();
  std::vector<caf::actor> doomed; // told to exit at the end
  std::unique_ptr<server> web;
  std::vector<publisher_actor> publishers;

private:
  symbol_actor mute_;
  std::uint16_t port_ = 0;
};

} // namespace troupe::test
