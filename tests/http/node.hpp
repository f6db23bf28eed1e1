// A whole node but for what is behind the actors' interfaces: a server on a free port with actors
// that answer from constants. BTCUSDT and ETHUSDT are live, WARMUSD warms up, DEADUSD is gone and
// MUTEUSD answers a prediction only after a flush. Its accounts are real, on a journal in memory
// that can be shut and told to fail; its store keeps notes and nothing else. `alice.good` is a
// token of alice for an hour from noon.
#pragma once
#include "actors/account_news.hpp"
#include "actors/investing.hpp"
#include "actors/limiter.hpp"
#include "actors/memory_journal.hpp"
#include "actors/memory_users.hpp"
#include "actors/sessions.hpp"
#include "actors/users.hpp"
#include "client.hpp"
#include "gated_journal.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"
#include "http/tokens.hpp"
#include "http/user_publisher.hpp"

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
  /// `more`: routes beside the product's own. `adjust` may change what is behind them.
  explicit node(server_options options = {}, guard_limits guard = {},
                std::chrono::milliseconds money_limit = std::chrono::milliseconds{1900},
                std::vector<route> more = {}, frame_sink sink = {},
                const std::function<void(node&, gateway&)>& adjust = {});
  ~node();

  std::uint16_t port() const { return port_; }
  void publish(bulletin b);
  void release_mute();
  /// Lets pass what the journal was kept from.
  void open_gate();
  gateway make_gateway();
  void add_money(gateway& g);
  void add_users(gateway& g);

  node_config config;
  caf::actor_system system{config};
  std::shared_ptr<counters> counts;
  std::shared_ptr<journal_gate> gate = std::make_shared<journal_gate>();
  std::shared_ptr<journal_faults> faults = std::make_shared<journal_faults>();
  journal_actor journal; // behind the gate
  limiter_actor limiter;
  cache_actor cache; // empty at first
  accounts money;
  /// Its passwords are kept as they are, and the codes of second factors are the number of their
  /// step: what hashes and makes codes is the runtime's.
  std::shared_ptr<const tokens> signer =
      std::make_shared<const tokens>(std::string(32, 'a'), std::string(32, 'r'));
  std::atomic<int> ids{0};
  /// Of all that happens: microseconds since 1970. Moved by tests on their own nodes.
  std::shared_ptr<std::atomic<std::int64_t>> clock_us =
      std::make_shared<std::atomic<std::int64_t>>(std::int64_t{noon} * 1000);
  std::atomic<int> logged{0};
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
