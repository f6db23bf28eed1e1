// What a running node is made of, and the pieces of its start and stop. The order is in node.cpp;
// what has to do with the market, in node_market.cpp.
#pragma once
#include "actors/cluster/trainer_door.hpp"
#include "actors/investing.hpp"
#include "actors/served_log.hpp"
#include "actors/symbol.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/cluster/cluster_part.hpp"
#include "runtime/learning.hpp"
#include "runtime/market.hpp"
#include "runtime/money.hpp"
#include "runtime/node.hpp"
#include "runtime/outside.hpp"
#include "runtime/secrets.hpp"
#include "runtime/sharing.hpp"
#include "runtime/sign_ins.hpp"
#include "runtime/users.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

struct node::parts {
  parts(const settings& s, log_sink sink)
      : config(static_cast<std::size_t>(s.integer("actors.threads")),
               !s.text("cluster.address").empty()),
        system(config), log(sink), cluster(system, sink), prices(system, sink), money(system, sink),
        people(system, sink), shared(system, sink), learning(system, std::move(sink)) {}

  std::string start(settings s);
  void leave();
  void stop();

  actor_config config;
  caf::actor_system system;
  log_sink log;
  node_secrets secrets;
  std::uint16_t port = 0;
  std::chrono::milliseconds stop_timeout{0};
  std::shared_ptr<counters> count;
  std::shared_ptr<snapshot_board> board = std::make_shared<snapshot_board>();
  std::unique_ptr<server> http;
  cluster_part cluster;
  market prices;
  money_part money;
  users_part people;
  sharing_part shared;
  learning_part learning;
  std::shared_ptr<dependency_board> dependencies = std::make_shared<dependency_board>();
  outside services;
  sign_in_part providers;
  store_actor store;
  served_log_actor served;
  std::map<symbol_name, symbol_actor> symbols; // in a cluster: the way to each, wherever it runs
  hosted_symbols hosted;                       // in a cluster
  std::shared_ptr<symbol_board> symbol_places; // in a cluster
  model_store_actor shared_models;             // in a cluster
  trainer_door_actor training;                 // in a cluster: the way to each symbol's trainer
  std::vector<relaying_publisher> publishing;
  quote_taker spreads;
  sync_actor sync;
  investing_actor investing;
  account_news_taker telling; // users, of their accounts
  account_news_actor news;
  caf::actor observer, wall;

private:
  symbol_options options_of_symbols(const settings& s) const;
  std::string start_learning(const settings& s, const loaded_roster& models);
  void host_symbols(const settings& s, symbol_options options);
  const publisher_actor publisher_for(const symbol_name& symbol) const;
  bool holds_lease() const;
  cluster_part::parts cluster_parts() const;
  std::string open_store(const settings& s);
  std::string start_market(const settings& s);
  symbol_actor make_symbol(symbol_options options, const started_models& models);
  void start_symbols(const settings& s, const loaded_roster& models);
  std::string bind(const settings& s);
  void start_news();
  std::string start_http();
};

} // namespace troupe
