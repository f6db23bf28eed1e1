// `./dev bench signals`: a node of many symbols in this process, real models, real store, real
// sockets. Measures candle received to frame at the client: market-wide bursts, lone candles; then
// what it costs to do nothing. One truly trained set of models serves all symbols.
#include "clients.hpp"

#include "actors/symbol.hpp"
#include "http/gateway.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"
#include "models/forecast/training.hpp"
#include "models/simulated_market.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/stores/sqlite_store.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t history = feature_warmup + 32;
constexpr std::size_t frames_per_candle = 6; // 4 predictions, 2 signals
constexpr utc_ms origin = 1704067200000;
constexpr int training_days = 90;

model_set_ptr train_one() {
  std::vector<candle> candles;
  simulated_market market{1, "BTCUSDT", origin - training_days * day_ms};
  for (int i = 0; i < training_days * 288; ++i) candles.push_back(market.next());
  auto data = std::make_shared<const dataset>(make_dataset("BTCUSDT", std::move(candles)));
  training_options options;
  options.trained_at = origin;
  options.source = "simulated";
  auto plan = plan_training(data, options);
  std::vector<fit_result> results;
  for (auto& task : plan.tasks) results.push_back(run(task));
  auto made = assemble(*data, std::move(results), options);
  if (!made.error.empty()) {
    std::fprintf(stderr, "training failed: %s\n", made.error.c_str());
    std::exit(1);
  }
  return made.made.models;
}

double quantile(std::vector<std::int64_t>& sorted, double q) {
  if (sorted.empty()) return 0;
  return static_cast<double>(sorted[static_cast<std::size_t>(q * double(sorted.size() - 1))]) / 1e6;
}

void print_quantiles(const char* what, std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  std::printf("%-34s p50 %7.3f  p99 %7.3f  p99.9 %7.3f  max %7.3f ms  (n %zu)\n", what,
              quantile(values, .5), quantile(values, .99), quantile(values, .999),
              quantile(values, 1), values.size());
}

double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

double resident_mb() {
  std::ifstream in{"/proc/self/statm"};
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

class market {
public:
  market(std::size_t symbols, const std::string& folder)
      : config_(2), system_(config_), models_(train_one()) {
    for (std::size_t i = 0; i < symbols; ++i) names_.push_back("S" + std::to_string(1000 + i));
    store_ = spawn_sqlite_store(system_, folder + "/store.sqlite3").handle;
    server_ = std::make_unique<server>(system_, options());
    publishing_ = spawn_publishers(system_, 2, server_->ports(), wall_now_us);
    counters_ = std::make_shared<counters>(names_);
    caf::scoped_actor self{system_};
    for (auto& name : names_) {
      tapes_.emplace_back(1, name, origin);
      put_candles past{name, "bench", {}};
      for (std::uint32_t i = 0; i < history; ++i) past.candles.push_back(tapes_.back().next());
      self->request(store_, 60s, std::move(past))
          .receive([](const put_receipt&) {}, [](const caf::error&) { std::abort(); });
    }
    gateway gate;
    for (auto& name : names_) {
      symbol_options o;
      o.symbol = name;
      o.source = "bench";
      o.models = models_;
      symbol_peers peers;
      peers.store = store_;
      peers.publisher = publishing_[publisher_of(name, publishing_.size())];
      peers.count = counters_;
      actors_.push_back(spawn_symbol(system_, std::move(o), std::move(peers)));
      gate.symbols.emplace(name, actors_.back());
    }
    for (auto& a : actors_) // recovered once it answers as ready
      for (bool ready = false; !ready;)
        self->request(a, 60s, get_symbol_status{})
            .receive([&](const symbol_status& s) { ready = s.ready; }, [](const caf::error&) {});
    gate.store = store_;
    gate.api_key = "bench";
    gate.counts = counters_;
    gate.now_us = wall_now_us;
    port_ = server_->start(std::move(gate)).port;
  }

  ~market() {
    server_->stop(2s);
    for (auto& a : actors_) caf::anon_send_exit(a, caf::exit_reason::kill);
    for (auto& p : publishing_) caf::anon_send_exit(p, caf::exit_reason::kill);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
  }

  std::uint16_t port() const { return port_; }
  const std::vector<std::string>& names() const { return names_; }

  // The next candle of one symbol enters now.
  void candle_arrives(std::size_t i) {
    candle_batch batch{names_[i], {tapes_[i].next()}, bench::now_ns()};
    caf::anon_send(actors_[i], std::move(batch));
  }

private:
  static server_options options() {
    server_options o;
    o.port = 0;
    return o;
  }

  actor_config config_;
  caf::actor_system system_;
  model_set_ptr models_;
  std::vector<std::string> names_;
  std::vector<simulated_market> tapes_;
  store_actor store_;
  std::unique_ptr<server> server_;
  std::vector<publisher_actor> publishing_;
  std::shared_ptr<counters> counters_;
  std::vector<symbol_actor> actors_;
  std::uint16_t port_ = 0;
};

// What the clients heard since the last reset.
struct heard {
  std::atomic<std::size_t> frames{0};
  std::mutex guard;
  std::vector<std::pair<std::size_t, std::int64_t>> arrivals; // symbol, time

  void take(std::string_view text, std::int64_t at) {
    const auto colon = text.find("\"channel\":\"");
    if (colon == std::string_view::npos || text.find("\"seq\":") == std::string_view::npos) return;
    if (text.rfind("{\"event\":\"subscribed\"", 0) == 0) return;
    const auto dot = text.find(':', colon + 11);
    const auto index =
        static_cast<std::size_t>(std::atoi(std::string{text.substr(dot + 2, 4)}.c_str()) - 1000);
    {
      std::lock_guard<std::mutex> hold{guard};
      arrivals.emplace_back(index, at);
    }
    ++frames;
  }

  void reset() {
    std::lock_guard<std::mutex> hold{guard};
    arrivals.clear();
    frames = 0;
  }

  bool wait_for(std::size_t count, std::chrono::seconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (frames < count && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(200us);
    return frames >= count;
  }
};

std::vector<bench::client_plan> plans(const market& m, std::size_t sockets) {
  std::vector<bench::client_plan> out;
  const auto& names = m.names();
  const auto share = std::max<std::size_t>(1, names.size() / sockets);
  for (std::size_t c = 0; c < sockets; ++c) {
    bench::client_plan p{m.port(), "bench", names[c * share % names.size()], {}};
    for (std::size_t k = 1; k < share; ++k)
      for (const char* kind : {"signals:", "predictions:"})
        p.subscribes.push_back(kind + names[(c * share + k) % names.size()]);
    out.push_back(std::move(p));
  }
  return out;
}

void bursts(market& m, heard& ears, int rounds) {
  std::vector<std::int64_t> all, last;
  const auto n = m.names().size();
  for (int round = 0; round < rounds; ++round) {
    ears.reset();
    std::vector<std::int64_t> entered(n);
    const auto began = bench::now_ns();
    for (std::size_t i = 0; i < n; ++i) {
      entered[i] = bench::now_ns();
      m.candle_arrives(i);
    }
    if (!ears.wait_for(n * frames_per_candle, 10s)) std::printf("frames are missing!\n");
    std::lock_guard<std::mutex> hold{ears.guard};
    std::int64_t latest = 0;
    for (auto& [symbol, at] : ears.arrivals) {
      all.push_back(at - entered[symbol]);
      latest = std::max(latest, at - began);
    }
    last.push_back(latest);
  }
  print_quantiles("burst: candle to frame", std::move(all));
  print_quantiles("burst: last frame of all symbols", std::move(last));
}

void lone_candles(market& m, heard& ears, int count) {
  std::vector<std::int64_t> all;
  for (int k = 0; k < count; ++k) {
    const auto i = static_cast<std::size_t>(k * 7) % m.names().size();
    ears.reset();
    const auto entered = bench::now_ns();
    m.candle_arrives(i);
    if (!ears.wait_for(frames_per_candle, 5s)) std::printf("frames are missing!\n");
    std::lock_guard<std::mutex> hold{ears.guard};
    for (auto& [symbol, at] : ears.arrivals) all.push_back(at - entered);
  }
  print_quantiles("lone candle to frame", std::move(all));
}

} // namespace

int main(int argc, char** argv) {
  const auto symbols = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 500);
  const auto sockets = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 100);
  const auto folder =
      std::filesystem::temp_directory_path() / ("troupe-bench-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  {
    market m{symbols, folder.string()};
    heard ears;
    bench::clients listeners{
        plans(m, sockets),
        [&](std::size_t, std::string_view text, std::int64_t at) { ears.take(text, at); }};
    std::printf("%zu symbols, %zu sockets that hear all of them\n", symbols, sockets);
    for (std::size_t i = 0; i < symbols; ++i) m.candle_arrives(i); // subscriptions are in by then
    ears.wait_for(symbols * frames_per_candle, 3s);
    std::this_thread::sleep_for(300ms);
    bursts(m, ears, 40);
    lone_candles(m, ears, 2000);
    const auto before = cpu_seconds();
    std::this_thread::sleep_for(10s);
    std::printf("idle for 10 s: %.2f %% of a core, resident %.0f MB\n",
                (cpu_seconds() - before) * 10, resident_mb());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}
