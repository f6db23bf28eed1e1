#include "runtime/node.hpp"

#include "actors/observer.hpp"
#include "http/gateway.hpp"
#include "runtime/metrics.hpp"
#include "runtime/node_parts.hpp"
#include "runtime/strategies.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using namespace std::chrono_literals;

// How long a stop waits for all rows to be in the store.
constexpr auto last_write_timeout = 5s;

std::string make_folder(const std::string& path) {
  std::error_code ec;
  std::filesystem::create_directories(path, ec);
  return ec ? "cannot make the data folder " + path + ": " + ec.message() : "";
}

} // namespace

std::string node::parts::bind(const settings& s) {
  server_options options;
  options.address = s.text("http.address");
  options.port = static_cast<std::uint16_t>(s.integer("http.port"));
  options.io_threads = static_cast<std::size_t>(s.integer("http.threads"));
  options.max_connections = static_cast<std::size_t>(s.integer("http.max-connections"));
  options.max_body_bytes = static_cast<std::size_t>(s.integer("http.max-body-bytes"));
  options.cors_origins = s.list("http.cors-origins");
  options.trusted_proxies = s.list("http.trusted-proxies");
  http = std::make_unique<server>(system, options);
  const auto bound = http->bind();
  port = bound.port;
  return bound.error;
}

std::string node::parts::start_http() {
  gateway gate;
  for (auto& [name, handle] : symbols) gate.symbols.emplace(name, handle);
  gate.store = store;
  gate.served = served;
  gate.feed = prices.feed();
  gate.trainer = cluster ? trainer_actor{training} : learning.trainer();
  gate.backtests = learning.backtests();
  gate.sync = sync;
  gate.spreads = caf::actor_cast<spread_store_actor>(store);
  gate.money = money.all();
  gate.journal = money.journal();
  gate.investing = investing;
  gate.users = people.users();
  gate.limiter = shared.limiter();
  gate.shares_limits = shared.shares();
  gate.cache = shared.cache();
  gate.sessions = people.sessions();
  gate.verify = people.verifier();
  gate.sign_ins = providers.all();
  gate.dependencies = dependencies;
  gate.api_key = secrets.api_key;
  gate.admin_key = secrets.admin_key;
  gate.webhook_secret = secrets.webhook_secret;
  gate.counts = count;
  gate.now_us = wall_now_us;
  if (cluster) gate.cluster = [this] { return cluster.report(); };
  gate.metrics_text =
      make_metrics(count, board, dependencies, services.engine_outbox(), gate.cluster);
  gate.observed = board;
  gate.log = log;
  gate.providers = {"cpu"};
  gate.more_health = [this] {
    std::vector<health_check> out{shared.health()};
    if (cluster) out.push_back(cluster.health());
    return out;
  };
  auto started = http->start(std::move(gate));
  port = started.port;
  return started.error;
}

std::string node::parts::start(settings s) {
  auto error = prices.read(s);
  const auto names = s.list("market.symbols");
  if (error.empty()) error = bind(s);
  if (error.empty()) error = make_folder(s.text("data.dir"));
  if (error.empty()) error = take_secrets(s, secrets);
  if (error.empty()) error = open_store(s);
  if (error.empty()) error = shared.start(s, dependencies);
  if (error.empty()) error = cluster.open(s);
  // Before the node joins others, who may leave accounts to it at once.
  loaded_roster models;
  if (error.empty()) models = load_models(models_folder(s), names, log);
  if (error.empty()) error = money.start(s, cluster.identity(), cluster.changed());
  if (error.empty()) start_news();
  if (error.empty())
    error = people.start(s, secrets,
                         {news, shared.tries(), shared.cache(), static_cast<bool>(cluster)});
  if (error.empty()) error = start_market(s);
  if (error.empty()) error = providers.start(system, s, secrets, port, dependencies);
  if (error.empty()) services.start(system, s, money.journal(), dependencies, log, error);
  if (!error.empty()) return error;
  stop_timeout = std::chrono::milliseconds{s.integer("http.stop-timeout-ms")};
  count = std::make_shared<counters>(names);
  served = spawn_served_log(system, {store, count, log});
  error = start_learning(s, models);
  if (!error.empty()) return error;
  start_symbols(s, models);
  sync = spawn_sync(
      system, {names, s.text("market.feed"), store, prices.feed(), prices.lag(), wall_now_ms, log});
  investing_options for_users;
  for_users.money = money.all();
  for_users.journal = money.journal();
  for_users.users = people.users();
  investing = spawn_investing(system, std::move(for_users));
  error = start_http();
  if (!error.empty()) return error;
  if (cluster) cluster.connect(cluster_parts());
  observed_parts seen{store, prices.feed(), learning.trainer(), {}, {}, {}, {}};
  for (auto& [name, handle] : symbols) seen.symbols.push_back(handle);
  seen.journal = money.journal();
  seen.accounts = money.all().registries;
  seen.services = services.services();
  if (prices.provider()) seen.services.push_back(prices.provider());
  for (auto& service : providers.services()) seen.services.push_back(service);
  observer = spawn_observer(system, std::move(seen), board);
  apply_retention retention;
  retention.candle_days = static_cast<std::uint32_t>(s.integer("store.candle-days"));
  retention.prediction_days = static_cast<std::uint32_t>(s.integer("store.prediction-days"));
  retention.signal_days = static_cast<std::uint32_t>(s.integer("store.signal-days"));
  wall = spawn_wall(system, learning.trainer(), store, retention, log);
  return "";
}

// While this node still answers, whatever is asked of it is passed on to who takes over.
void node::parts::leave() {
  if (!cluster) return;
  cluster.leave();
  caf::scoped_actor self{system};
  if (hosted.host)
    self->request(hosted.host, last_write_timeout, leave_cluster{})
        .receive([](bool) {}, [](const caf::error&) {});
  money.leave();
}

// Sockets first, then who would still produce; symbols write what waits, the store ends last.
void node::parts::stop() {
  leave();
  if (http) http->stop(stop_timeout);
  auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(wall);
  end(observer);
  end(sync);
  prices.stop();
  end(spreads);
  learning.stop();
  {
    // All at once and with one end for all: a store that takes nothing must not hold a stop up.
    caf::scoped_actor self{system};
    std::vector<decltype(self->request(symbol_actor{}, last_write_timeout, caf::flush_atom_v))>
        asked;
    for (auto& [name, handle] : symbols)
      asked.push_back(self->request(handle, last_write_timeout, caf::flush_atom_v));
    if (served)
      self->request(served, last_write_timeout, caf::flush_atom_v)
          .receive([](std::uint64_t) {},
                   [&](const caf::error&) {
                     log(log_level::warn, "the last signals that were served could not be logged");
                   });
    std::size_t late = 0;
    for (auto& answer : asked)
      answer.receive([](std::uint64_t) {}, [&](const caf::error&) { ++late; });
    if (late > 0)
      log(log_level::warn, "rows of " + std::to_string(late) + " symbols could not be written");
  }
  end(hosted.host);
  end(training);
  for (auto& [name, handle] : symbols) end(handle);
  for (auto& p : publishing) end(p);
  end(served);
  end(shared_models);
  services.stop();
  end(investing);
  providers.stop();
  people.stop();
  end(news);
  end(telling);
  shared.stop();
  cluster.stop();
  money.stop();
  end(store);
  http.reset();
  symbols.clear();
  publishing.clear();
}

node::node(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

node::~node() { stop(); }

std::unique_ptr<node> node::start(const settings& s, log_sink log, std::string& error) {
  auto p = std::make_unique<parts>(s, std::move(log));
  error = p->start(s);
  if (!error.empty()) {
    p->stop();
    return nullptr;
  }
  return std::unique_ptr<node>{new node{std::move(p)}};
}

void node::stop() {
  if (parts_) parts_->stop();
}

std::uint16_t node::port() const { return parts_->port; }
const node_secrets& node::secrets() const { return parts_->secrets; }
const demo_user& node::demo() const { return parts_->people.demo(); }
const std::string& node::first_symbol() const { return parts_->symbols.begin()->first; }

} // namespace troupe
