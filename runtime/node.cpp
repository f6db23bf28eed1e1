#include "runtime/node.hpp"

#include "actors/feeds/replay.hpp"
#include "actors/feeds/simulated.hpp"
#include "actors/observer.hpp"
#include "actors/symbol.hpp"
#include "actors/trainer.hpp"
#include "http/gateway.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"
#include "models/forecast/model_set.hpp"
#include "models/market/calendar.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/demo_key.hpp"
#include "runtime/metrics.hpp"
#include "runtime/model_files.hpp"
#include "runtime/replay_files.hpp"
#include "runtime/stores/sqlite_store.hpp"
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

// Several publishers, so that encoding a market-wide burst uses both cores.
constexpr std::size_t publishers = 2;
// A first start has this much simulated history, so that models of a full year can follow.
constexpr utc_ms simulated_history_ms = 365 * day_ms;
// How long a stop waits for one symbol's rows to be in the store.
constexpr auto last_write_timeout = 5s;

std::string wrong_symbol(const std::vector<std::string>& symbols) {
  for (auto& s : symbols) {
    if (!valid_symbol(s)) return "market.symbols: " + s + " is no symbol (3 to 20 of A-Z0-9)";
    if (std::count(symbols.begin(), symbols.end(), s) > 1)
      return "market.symbols: " + s + " is named twice";
  }
  return "";
}

bool on_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.rfind("127.", 0) == 0;
}

// Minute of the UTC day; -1 for never, -2 for nonsense.
int minute_of(const std::string& text) {
  if (text == "never") return -1;
  const bool shaped = text.size() == 5 && text[2] == ':'
      && text.find_first_not_of("0123456789:") == std::string::npos;
  if (!shaped) return -2;
  const int hour = std::stoi(text.substr(0, 2)), minute = std::stoi(text.substr(3));
  return hour < 24 && minute < 60 ? hour * 60 + minute : -2;
}

} // namespace

struct node::parts {
  parts(const settings& s, log_sink sink)
      : config(static_cast<std::size_t>(s.integer("actors.threads"))), system(config),
        log(std::move(sink)) {}

  std::string start(const settings& s);
  void stop();

  actor_config config;
  caf::actor_system system;
  log_sink log;
  std::string api_key;
  bool demo = false;
  std::uint16_t port = 0;
  std::chrono::milliseconds stop_timeout{0};
  std::shared_ptr<counters> count;
  std::shared_ptr<snapshot_board> board = std::make_shared<snapshot_board>();
  std::unique_ptr<server> http;
  store_actor store;
  feed_actor feed;
  trainer_actor trainer;
  std::map<symbol_name, symbol_actor> symbols;
  std::vector<publisher_actor> publishing;
  caf::actor observer, wall;

private:
  std::string take_key(const settings& s);
  std::string open_store(const settings& s);
  std::string start_feed(const settings& s);
  std::vector<candle_span> stored_spans();
  std::string mixed_markets(const settings& s);
  std::vector<model_set_ptr> load_models(const std::string& folder,
                                         const std::vector<std::string>& names) const;
  std::string start_trainer(const settings& s, const std::vector<model_set_ptr>& serving);
  void start_symbols(const settings& s, const std::vector<model_set_ptr>& serving);
  std::string start_http();
};

std::string node::parts::take_key(const settings& s) {
  api_key = s.text("http.api-key");
  demo = api_key.empty() && on_loopback(s.text("http.address"));
  if (!api_key.empty()) return "";
  if (!demo)
    return "ML_ENGINE_API_KEY is missing: beyond loopback the engine API needs a key (or give "
           "--http.api-key)";
  std::string error;
  api_key = demo_api_key(s.text("data.dir"), error);
  return error;
}

std::string node::parts::open_store(const settings& s) {
  std::error_code ec;
  std::filesystem::create_directories(s.text("data.dir"), ec);
  if (ec) return "cannot make the data folder " + s.text("data.dir") + ": " + ec.message();
  sqlite_store_options options;
  options.report = [sink = log](const std::string& text) { sink(log_level::warn, text); };
  auto opened = spawn_sqlite_store(system, s.text("data.dir") + "/store.sqlite3", options);
  store = opened.handle;
  return opened.error;
}

std::vector<candle_span> node::parts::stored_spans() {
  std::vector<candle_span> out;
  caf::scoped_actor self{system};
  self->request(store, 60s, get_spans{})
      .receive([&](std::vector<candle_span>& spans) { out = std::move(spans); },
               [&](const caf::error& e) { log(log_level::error, system.render(e)); });
  return out;
}

// Made-up candles and real ones never stand in one series.
std::string node::parts::mixed_markets(const settings& s) {
  const auto names = s.list("market.symbols");
  const bool simulated = s.text("market.feed") == "simulated";
  for (auto& span : stored_spans())
    if (span.rows > 0 && std::count(names.begin(), names.end(), span.symbol) > 0
        && (span.source == "simulated") != simulated)
      return "the store in " + s.text("data.dir") + " holds " + span.symbol + " candles of '"
          + span.source + "', which must not mix with those of the feed '" + s.text("market.feed")
          + "'; name another --data.dir";
  return "";
}

std::string node::parts::start_feed(const settings& s) {
  if (s.text("market.feed") == "replay") {
    replay_feed_options options;
    options.speed = s.number("market.speed");
    auto error = read_replay_files(s.list("market.file"), options.candles);
    // A warm-up at the pace of the market would take a week of it: that much is history.
    for (auto& [symbol, candles] : options.candles)
      if (candles->size() > feature_warmup)
        options.start = std::max(options.start, (*candles)[feature_warmup].open_time);
    if (error.empty()) feed = system.spawn(replay_feed, std::move(options));
    return error;
  }
  // The first candle ever made is noted, so that every start makes the same market again.
  caf::scoped_actor self{system};
  const auto seed = s.text("market.seed");
  const std::string name = "simulated market origin, seed " + seed;
  std::string noted, error;
  self->request(store, 10s, get_note{name})
      .receive([&](std::string& text) { noted = text; },
               [&](const caf::error& e) { error = system.render(e); });
  if (!error.empty()) return "the store does not answer: " + error;
  simulated_feed_options options;
  if (noted.empty()) {
    options.origin = wall_now_ms() / base_interval_ms * base_interval_ms - simulated_history_ms;
    self->request(store, 10s, put_note{name, std::to_string(options.origin)})
        .receive([](const put_receipt&) {}, [&](const caf::error& e) { error = system.render(e); });
    if (!error.empty()) return "cannot write to the store: " + error;
  } else {
    options.origin = std::stoll(noted);
  }
  options.seed = static_cast<std::uint64_t>(s.integer("market.seed"));
  options.speed = s.number("market.speed");
  options.drift = s.flag("market.drift");
  // The market goes on from the newest candle it ever made.
  options.now = options.origin + simulated_history_ms;
  for (auto& span : stored_spans())
    options.now = std::max(options.now, span.last + base_interval_ms);
  feed = system.spawn(simulated_feed, std::move(options));
  return "";
}

std::vector<model_set_ptr> node::parts::load_models(const std::string& folder,
                                                    const std::vector<std::string>& names) const {
  std::vector<model_set_ptr> out;
  for (auto& name : names) {
    auto loaded = load_newest_models(folder, name);
    for (auto& why : loaded.refused) log(log_level::warn, why);
    if (loaded.models) out.push_back(std::move(loaded.models));
  }
  return out;
}

std::string node::parts::start_trainer(const settings& s,
                                       const std::vector<model_set_ptr>& serving) {
  trainer_options options;
  options.days = static_cast<std::uint32_t>(s.integer("train.days"));
  options.workers = static_cast<std::uint32_t>(s.integer("train.workers"));
  options.nightly_minute = minute_of(s.text("train.nightly-at"));
  if (options.nightly_minute == -2) return "train.nightly-at must be hh:mm (UTC) or never";
  options.symbols = s.list("market.symbols");
  options.source = s.text("market.feed") == "simulated" ? "simulated" : "market";
  options.seed = static_cast<std::uint64_t>(s.integer("market.seed"));
  options.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  model_keeper keeper;
  keeper.keep = [folder = models_folder(s)](const trained_models& t, std::string& error) {
    return keep_trained_models(folder, t, error);
  };
  keeper.recall = [folder = models_folder(s)](const model_set& one, std::string& error) {
    return recall_trained_models(folder, one, error);
  };
  trainer = spawn_trainer(system, std::move(options), store, std::move(keeper), serving, log);
  return "";
}

void node::parts::start_symbols(const settings& s, const std::vector<model_set_ptr>& serving) {
  const auto names = s.list("market.symbols");
  symbol_options options;
  options.source = s.text("market.feed");
  options.stream.rules = strategy_named(s, s.text("signals.strategy"));
  options.stream.costs.round_trip_bp = s.number("signals.cost-bp");
  options.stream.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  if (options.source == "simulated")
    options.backfill_candles = static_cast<std::uint32_t>(simulated_history_ms / base_interval_ms);
  for (auto& name : names) {
    options.symbol = name;
    options.models = nullptr;
    for (auto& set : serving)
      if (set->symbol == name) options.models = set;
    symbol_peers peers{feed,    store, publishing[publisher_of(name, publishers)],
                       trainer, count, log};
    symbols[name] = spawn_symbol(system, options, std::move(peers));
  }
}

std::string node::parts::start_http() {
  gateway gate;
  for (auto& [name, handle] : symbols) gate.symbols.emplace(name, handle);
  gate.store = store;
  gate.feed = feed;
  gate.trainer = trainer;
  gate.api_key = api_key;
  gate.counts = count;
  gate.now_us = wall_now_us;
  gate.metrics_text = make_metrics(count, board);
  gate.providers = {"cpu"};
  gate.more_health = [board = board] {
    std::vector<health_check> out;
    for (auto& part : board->read()->parts)
      if (part.name == "models") out.push_back({part.name, part.status, part.latency_ms});
    out.push_back({"cache", "healthy", 0}); // in this process: there is nothing that could fail
    return out;
  };
  auto started = http->start(std::move(gate));
  port = started.port;
  return started.error;
}

std::string node::parts::start(const settings& s) {
  const auto names = s.list("market.symbols");
  auto error = wrong_symbol(names);
  if (error.empty()) error = open_store(s);
  if (error.empty()) error = mixed_markets(s);
  if (error.empty()) error = take_key(s);
  if (error.empty()) error = start_feed(s);
  if (!error.empty()) return error;
  stop_timeout = std::chrono::milliseconds{s.integer("http.stop-timeout-ms")};
  count = std::make_shared<counters>(names);
  const auto serving = load_models(models_folder(s), names);
  error = start_trainer(s, serving);
  if (!error.empty()) return error;
  server_options options;
  options.address = s.text("http.address");
  options.port = static_cast<std::uint16_t>(s.integer("http.port"));
  options.io_threads = static_cast<std::size_t>(s.integer("http.threads"));
  options.max_connections = static_cast<std::size_t>(s.integer("http.max-connections"));
  options.max_body_bytes = static_cast<std::size_t>(s.integer("http.max-body-bytes"));
  options.cors_origins = s.list("http.cors-origins");
  http = std::make_unique<server>(system, options);
  publishing = spawn_publishers(system, publishers, http->ports(), wall_now_us);
  start_symbols(s, serving);
  error = start_http();
  if (!error.empty()) return error;
  observed_parts seen{store, feed, trainer, {}};
  for (auto& [name, handle] : symbols) seen.symbols.push_back(handle);
  observer = spawn_observer(system, std::move(seen), board);
  apply_retention retention;
  retention.candle_days = static_cast<std::uint32_t>(s.integer("store.candle-days"));
  retention.prediction_days = static_cast<std::uint32_t>(s.integer("store.prediction-days"));
  retention.signal_days = static_cast<std::uint32_t>(s.integer("store.signal-days"));
  wall = spawn_wall(system, trainer, store, retention);
  return "";
}

// Sockets first, then who would still produce; symbols write what waits, the store ends last.
void node::parts::stop() {
  if (http) http->stop(stop_timeout);
  auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(wall);
  end(observer);
  end(feed);
  end(trainer);
  {
    caf::scoped_actor self{system};
    for (auto& [name, handle] : symbols)
      self->request(handle, last_write_timeout, caf::flush_atom_v)
          .receive([](std::uint64_t) {},
                   [&](const caf::error&) {
                     log(log_level::warn, name + ": some rows could not be written");
                   });
  }
  for (auto& [name, handle] : symbols) end(handle);
  for (auto& p : publishing) end(p);
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
const std::string& node::api_key() const { return parts_->api_key; }
bool node::demo_mode() const { return parts_->demo; }

} // namespace troupe
