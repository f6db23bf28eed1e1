// `./dev bench night`: many candles at the greatest speed through feed, symbols, models, frames and
// store, to be run with sanitizers. Watches every queue and the memory on the way: neither may
// grow. Ends with a failure when one does, or when a candle is missing at the end.
#include "actors/feeds/simulated.hpp"
#include "actors/symbol.hpp"
#include "http/publisher.hpp"
#include "models/forecast/training.hpp"
#include "models/simulated_market.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/stores/sqlite_store.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr utc_ms origin = 1704067200000;
constexpr int training_days = 31;
constexpr auto patience = 120s;
const std::vector<symbol_name> names{"BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD"};

model_set_ptr train_one(const symbol_name& symbol) {
  std::vector<candle> candles;
  simulated_market market{1, symbol, origin};
  for (int i = 0; i < training_days * 288; ++i) candles.push_back(market.next());
  auto data = std::make_shared<const dataset>(make_dataset(symbol, std::move(candles)));
  training_options options;
  options.trained_at = origin + training_days * day_ms;
  std::vector<fit_result> results;
  for (auto& task : plan_training(data, options).tasks) results.push_back(run(task));
  auto made = assemble(*data, std::move(results), options);
  if (made.error.empty()) return made.made.models;
  std::fprintf(stderr, "training failed: %s\n", made.error.c_str());
  std::exit(1);
}

double resident_mb() {
  std::ifstream in{"/proc/self/statm"};
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

// Takes the frames as an io thread would, and lets go of them. CAF 0.17 spawns no function without
// an argument under the library's assertions.
caf::behavior swallow(caf::event_based_actor*, int) {
  return {[](const frame_set_ptr&) {}};
}

struct seen {
  std::uint64_t candles = 0, unstored = 0, queued = 0;
};

class night {
public:
  explicit night(const std::string& folder, std::uint64_t candles_each)
      : config_(2), system_(config_), self_(system_) {
    store_ = spawn_sqlite_store(system_, folder + "/store.sqlite3").handle;
    port_ = system_.spawn(swallow, 0);
    publishing_ = spawn_publishers(system_, 2, {port_}, wall_now_us);
    simulated_feed_options market;
    market.speed = 0;
    market.origin = origin;
    market.now = origin + training_days * day_ms;
    market.max_candles = candles_each;
    feed_ = system_.spawn(simulated_feed, std::move(market));
    for (auto& name : names) {
      symbol_options o;
      o.symbol = name;
      o.source = "simulated";
      o.models = train_one(name);
      symbol_peers peers;
      peers.feed = feed_;
      peers.store = store_;
      peers.publisher = publishing_[publisher_of(name, publishing_.size())];
      symbols_.push_back(spawn_symbol(system_, std::move(o), std::move(peers)));
    }
  }

  ~night() {
    caf::anon_send_exit(feed_, caf::exit_reason::kill);
    for (auto& s : symbols_) caf::anon_send_exit(s, caf::exit_reason::kill);
    for (auto& p : publishing_) caf::anon_send_exit(p, caf::exit_reason::kill);
    caf::anon_send_exit(port_, caf::exit_reason::kill);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
  }

  seen look() {
    seen out;
    for (auto& s : symbols_)
      self_->request(s, patience, get_symbol_status{})
          .receive(
              [&](const symbol_status& status) {
                out.candles += status.candles;
                out.unstored = std::max(out.unstored, status.unstored_rows);
              },
              [](const caf::error&) { std::abort(); });
    self_->request(store_, patience, get_store_status{})
        .receive([&](const store_status& s) { out.queued = s.queued_rows; },
                 [](const caf::error&) { std::abort(); });
    return out;
  }

  // Keeps the store at a few days, as a node's hourly retention would.
  void forget(utc_ms now) {
    apply_retention few{now, 10, 2, 2};
    self_->request(store_, patience, few).receive([](std::uint64_t) {}, [](const caf::error&) {});
  }

private:
  actor_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  store_actor store_;
  feed_actor feed_;
  caf::actor port_;
  std::vector<publisher_actor> publishing_;
  std::vector<symbol_actor> symbols_;
};

int watch_over(night& n, std::uint64_t all) {
  const auto began = std::chrono::steady_clock::now();
  double settled_mb = 0;
  std::uint64_t reported = 0, most_unstored = 0, most_queued = 0;
  for (;;) {
    std::this_thread::sleep_for(1s);
    const auto now = n.look();
    most_unstored = std::max(most_unstored, now.unstored);
    most_queued = std::max(most_queued, now.queued);
    n.forget(origin + training_days * day_ms
             + static_cast<utc_ms>(now.candles / names.size()) * base_interval_ms);
    if (settled_mb == 0 && now.candles > all / 5) settled_mb = resident_mb();
    if (now.candles >= reported + all / 10) {
      reported = now.candles;
      std::printf("%8lu candles, resident %5.0f MB, at most %lu rows unstored, %lu queued\n",
                  static_cast<unsigned long>(now.candles), resident_mb(),
                  static_cast<unsigned long>(most_unstored),
                  static_cast<unsigned long>(most_queued));
      std::fflush(stdout);
    }
    if (now.candles >= all) break;
    if (std::chrono::steady_clock::now() - began > 30min) return std::puts("too slow"), 1;
  }
  const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%lu candles in %.0f s; memory after a fifth %.0f MB, at the end %.0f MB\n",
              static_cast<unsigned long>(all), s, settled_mb, resident_mb());
  const bool grew = resident_mb() > settled_mb * 1.3 + 50;
  const bool queued = most_unstored > 2 * max_unstored_rows || most_queued > 200'000;
  if (grew) std::puts("MEMORY GREW");
  if (queued) std::puts("A QUEUE GREW");
  return grew || queued ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  const auto all = static_cast<std::uint64_t>(argc > 1 ? std::atoll(argv[1]) : 1'000'000);
  const auto folder =
      std::filesystem::temp_directory_path() / ("troupe-night-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  int status = 0;
  {
    night n{folder.string(), all / names.size()};
    status = watch_over(n, all);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return status;
}
