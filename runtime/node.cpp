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
constexpr std::size_t max_history_candles_replayed = 365 * 288;
// How long a stop waits for all rows to be in the store.
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
  return address == "::1" || address.rfind("127.", 0) == 0;
}

// Minute of the UTC day; -1 for never, -2 for nonsense.
int minute_of(const std::string& text) {
  if (text == "never") return -1;
  auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool shaped =
      text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
  if (!shaped) return -2;
  const int hour = std::stoi(text.substr(0, 2)), minute = std::stoi(text.substr(3));
  return hour < 24 && minute < 60 ? hour * 60 + minute : -2;
}

} // namespace

struct node::parts {
  parts(const settings& s, log_sink sink)
      : config(static_cast<std::size_t>(s.integer("actors.threads"))), system(config),
        log(std::move(sink)) {}

  std::string start(settings s);
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
  std::map<symbol_name, std::shared_ptr<const std::vector<candle>>> replayed;
  utc_ms replay_from = 0;
  caf::actor observer, wall;

private:
  std::string replayed_symbols(settings& s);
  std::string take_key(const settings& s);
  std::string open_store(const settings& s);
  std::string note_of_market(const settings& s, utc_ms& origin);
  std::string start_feed(const settings& s);
  std::vector<candle_span> stored_spans();
  std::string mixed_markets(const settings& s);
  std::vector<model_set_ptr> load_models(const std::string& folder,
                                         const std::vector<std::string>& names) const;
  std::string start_trainer(const settings& s, const std::vector<model_set_ptr>& serving);
  void start_symbols(const settings& s, const std::vector<model_set_ptr>& serving);
  std::string start_http();
};

// A replay reads its files first: without --market.symbols they say what is traded, with it each
// symbol needs one. Their first half, at most a year, is history that models can learn from.
std::string node::parts::replayed_symbols(settings& s) {
  if (s.text("market.feed") != "replay") return "";
  auto error = read_replay_files(s.list("market.file"), replayed);
  if (!error.empty()) return error;
  std::string all;
  for (auto& [symbol, candles] : replayed) {
    all += (all.empty() ? "" : ",") + symbol;
    const auto half = std::min<std::size_t>(candles->size() / 2, max_history_candles_replayed);
    replay_from = std::max(replay_from, (*candles)[half].open_time);
  }
  if (!s.given("market.symbols")) s.put("market.symbols", all, "files of the replay");
  for (auto& symbol : s.list("market.symbols"))
    if (!replayed.count(symbol)) return "market.symbols: " + symbol + " has no kline file";
  return "";
}

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

// What makes the simulated market what it is, with its first candle, is noted at the first start:
// every later one makes the same market again, and no other goes on in its place.
std::string node::parts::note_of_market(const settings& s, utc_ms& origin) {
  const std::string kind = "seed " + s.text("market.seed") + ", drift " + s.text("market.drift");
  caf::scoped_actor self{system};
  std::string noted, error;
  auto failed = [&](const caf::error& e) {
    error = "the store does not answer: " + system.render(e);
  };
  self->request(store, 10s, get_note{"simulated market"})
      .receive([&](std::string& text) { noted = std::move(text); }, failed);
  if (!error.empty()) return error;
  const auto origin_at = noted.rfind(", origin ");
  if (noted.empty()) {
    origin = wall_now_ms() / base_interval_ms * base_interval_ms - simulated_history_ms;
    const auto note = kind + ", origin " + std::to_string(origin);
    self->request(store, 10s, put_note{"simulated market", note})
        .receive([](const put_receipt&) {}, failed);
    return error;
  }
  if (noted.substr(0, origin_at) != kind)
    return "the store in " + s.text("data.dir") + " holds the market of "
        + noted.substr(0, origin_at) + "; name another --data.dir for " + kind;
  origin = std::stoll(noted.substr(origin_at + 9));
  return "";
}

std::string node::parts::start_feed(const settings& s) {
  if (s.text("market.feed") == "replay") {
    replay_feed_options options;
    options.speed = s.number("market.speed");
    options.candles = replayed;
    options.start = replay_from;
    feed = system.spawn(replay_feed, std::move(options));
    return "";
  }
  simulated_feed_options options;
  auto error = note_of_market(s, options.origin);
  if (!error.empty()) return error;
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
  options.stream.made_up = options.source == "simulated";
  if (replay_from > 0) options.backfill_to = replay_from;
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

std::string node::parts::start(settings s) {
  if (!s.text("store.url").empty())
    return "DATABASE_URL is set, and this version keeps its store in SQLite only; unset it";
  auto error = replayed_symbols(s);
  const auto names = s.list("market.symbols");
  if (error.empty()) error = wrong_symbol(names);
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
  options.trusted_proxies = s.list("http.trusted-proxies");
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
  wall = spawn_wall(system, trainer, store, retention, log);
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
    // All at once and with one end for all: a store that takes nothing must not hold a stop up.
    caf::scoped_actor self{system};
    std::vector<decltype(self->request(symbol_actor{}, last_write_timeout, caf::flush_atom_v))>
        asked;
    for (auto& [name, handle] : symbols)
      asked.push_back(self->request(handle, last_write_timeout, caf::flush_atom_v));
    std::size_t late = 0;
    for (auto& answer : asked)
      answer.receive([](std::uint64_t) {}, [&](const caf::error&) { ++late; });
    if (late > 0)
      log(log_level::warn, "rows of " + std::to_string(late) + " symbols could not be written");
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
const std::string& node::first_symbol() const { return parts_->symbols.begin()->first; }

} // namespace troupe
