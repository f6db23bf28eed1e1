// node::parts: the store, the market and the symbols of a node, alone or one of many.
#include "actors/account_news.hpp"
#include "actors/spread_recorder.hpp"
#include "actors/symbol.hpp"
#include "http/user_publisher.hpp"
#include "models/forecast/model_set.hpp"
#include "runtime/market_store.hpp"
#include "runtime/node_parts.hpp"
#include "runtime/stores/postgres/models.hpp"
#include "runtime/strategies.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <utility>

namespace troupe {

namespace {

using namespace std::chrono_literals;

// Several publishers, so that encoding a market-wide burst uses both cores.
constexpr std::size_t publishers = 2;
// Of a symbol that was another node's: what that one may have kept without saying of it.
constexpr std::uint32_t late_candles = 288;

} // namespace

std::string node::parts::open_store(const settings& s) {
  auto opened = open_market_store(
      system, s, [sink = log](const std::string& text) { sink(log_level::warn, text); });
  store = opened.handle;
  return opened.error;
}

bool node::parts::holds_lease() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::nanoseconds{money.shared().until->until_ns()} > now;
}

const publisher_actor node::parts::publisher_for(const symbol_name& symbol) const {
  return caf::actor_cast<publisher_actor>(publishing[publisher_of(symbol, publishers)]);
}

// The quotes of a feed with a book go to the symbol's publisher and to who keeps spreads.
std::string node::parts::start_market(const settings& s) {
  publisher_options options;
  options.ports = http->ports();
  options.now = wall_now_us;
  options.sink = shared.sink();
  if (cluster) {
    symbol_places = std::make_shared<symbol_board>([this] { return holds_lease(); });
    options.epoch_of = [places = symbol_places](const symbol_name& symbol) {
      return places->epoch_of(symbol);
    };
    options.relay = [this](relayed_news what) { cluster.tell(std::move(what)); };
    options.figures = std::make_shared<relay_figures>();
  }
  publishing = spawn_relaying_publishers(system, publishers, options);
  spreads = spawn_spread_recorder(system, caf::actor_cast<spread_store_actor>(store), log);
  const auto quotes = [publishing = publishing, recorder = spreads](const quote& q) {
    caf::anon_send(publishing[publisher_of(q.symbol, publishers)], q);
    caf::anon_send(recorder, q);
  };
  return prices.start(s, store, dependencies, quotes);
}

// In a cluster the models are those of the store, and each node trains for its own symbols.
std::string node::parts::start_learning(const settings& s, const loaded_roster& models) {
  if (!cluster) return learning.start(s, store, models);
  auto opened = spawn_postgres_models(system, s.text("store.url"));
  if (!opened.error.empty()) return opened.error;
  shared_models = opened.handle;
  const auto error =
      learning.start(s, store, {}, {shared_models, [places = symbol_places](const auto& symbol) {
                                      return places->epoch_of(symbol);
                                    }});
  if (error.empty()) training = spawn_trainer_door(system, learning.trainer());
  return error;
}

symbol_options node::parts::options_of_symbols(const settings& s) const {
  symbol_options options;
  options.source = s.text("market.feed");
  options.stream.rules = strategy_named(s, s.text("signals.strategy"));
  options.stream.costs.round_trip_bp = s.number("signals.cost-bp");
  options.stream.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  options.stream.trials = trial_rule_of(s);
  options.stream.made_up = options.source == "simulated";
  if (prices.replay_from() > 0) options.backfill_to = prices.replay_from();
  options.backfill_candles = static_cast<std::uint32_t>(simulated_history_ms / base_interval_ms);
  if (is_live_feed(options.source)) {
    options.backfill_candles =
        static_cast<std::uint32_t>(s.integer("market.history-days") * day_ms / base_interval_ms);
    options.backfill_again = true;
    options.backfill_timeout = 1h; // a year of many symbols, a thousand candles at a time
  }
  return options;
}

void node::parts::start_symbols(const settings& s, const loaded_roster& models) {
  auto options = options_of_symbols(s);
  if (cluster) return host_symbols(s, std::move(options));
  for (auto& name : s.list("market.symbols")) {
    started_models of_one;
    for (auto& set : models.champions)
      if (set->symbol == name) of_one.champion = set;
    for (auto& set : models.challengers)
      if (set->symbol == name) of_one.challenger = set;
    options.symbol = name;
    symbols[name] = make_symbol(options, of_one);
  }
}

// A symbol begins where it is owned, with the models that it had elsewhere.
void node::parts::host_symbols(const settings& s, symbol_options options) {
  options.late_candles = late_candles;
  symbol_host_options host;
  host.symbols = s.list("market.symbols");
  host.make = [this, options](const symbol_name& name) -> symbol_actor {
    started_models found;
    if (const auto why = learning.load(name, found); !why.empty()) {
      log(log_level::warn, "models of " + name + ": " + why);
      return {};
    }
    auto of_one = options;
    of_one.symbol = name;
    return make_symbol(std::move(of_one), found);
  };
  host.board = symbol_places;
  host.log = log;
  hosted = spawn_symbol_host(system, std::move(host));
  symbols = hosted.proxies;
}

symbol_actor node::parts::make_symbol(symbol_options options, const started_models& models) {
  options.models = models.champion;
  options.challenger = models.challenger;
  symbol_peers peers{prices.feed(),      store, publisher_for(options.symbol),
                     learning.trainer(), count, log};
  return spawn_symbol(system, std::move(options), std::move(peers));
}

// What becomes of accounts, on its way to the sockets of their users. Other services hear it from
// the node that owns the account.
void node::parts::start_news() {
  std::function<bool(const account_id&)> owns;
  if (cluster)
    owns = [this](const account_id& id) { return money.shared().board->owns(id) && holds_lease(); };
  telling = spawn_user_publisher(system, http->ports(), wall_now_us, shared.sink(), owns);
  account_news_options options;
  options.journal = money.journal();
  options.money = money.all();
  options.to = telling;
  options.everyone = shared.shares(); // whoever listens to Redis
  options.owns = owns;
  news = spawn_account_news(system, std::move(options));
}

cluster_part::parts node::parts::cluster_parts() const {
  const auto trainer = learning.trainer();
  return {
      money.shared(),
      people.relay(),
      hosted.host,
      training,
      [places = symbol_places, trainer](const remote_call& call) {
        return answerer_of(call, *places, trainer);
      },
      [publishing = publishing](relayed_news& what) { hear_relayed(publishing, std::move(what)); }};
}

} // namespace troupe
