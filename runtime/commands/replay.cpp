// `troupe replay`: candles through the live path (symbol actor, models, frames, log) as fast as it
// takes them, then the newest one by one, to say how long one takes.
#include "actors/symbol.hpp"
#include "http/publisher.hpp"
#include "models/backtest/decision_hash.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/commands/stored_candles.hpp"
#include "runtime/model_roles.hpp"
#include "runtime/stores/sqlite_store.hpp"
#include "runtime/strategies.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_candles = 256;
constexpr std::size_t lone_candles = 2000;
constexpr auto patience = 120s;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A folder for a store that nobody keeps.
struct scratch_folder {
  scratch_folder()
      : path(std::filesystem::temp_directory_path()
             / ("troupe-replay-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path);
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

// One symbol's way through the live path.
class replay_run {
public:
  replay_run(caf::actor_system& system, const settings& s, const symbol_name& symbol,
             model_set_ptr models, store_actor store)
      : self_(system), symbol_(symbol), store_(std::move(store)) {
    publishing_ =
        spawn_publishers(system, 1, {caf::actor_cast<caf::actor>(self_.ptr())}, wall_now_us);
    symbol_options options;
    options.symbol = symbol;
    options.source = "replay";
    options.models = std::move(models);
    options.stream.rules = strategy_named(s, s.text("signals.strategy"));
    options.stream.costs.round_trip_bp = s.number("signals.cost-bp");
    options.stream.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
    symbol_peers peers;
    peers.store = store_;
    peers.publisher = publishing_.front();
    actor_ = spawn_symbol(system, std::move(options), std::move(peers));
  }

  ~replay_run() {
    caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
    for (auto& p : publishing_) caf::anon_send_exit(p, caf::exit_reason::user_shutdown);
  }

  // Returns what went wrong, or "".
  std::string run(const std::vector<candle>& all) {
    const auto lone = std::min(lone_candles, all.size() / 2);
    const auto bulk = all.size() - lone;
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < bulk && error_.empty(); at += batch_candles) {
      hand_over(all, at, std::min(at + batch_candles, bulk));
      take_frames(false);
    }
    flush();
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    bulk_ = bulk;
    take_frames(false);
    for (std::size_t at = bulk; at < all.size() && error_.empty(); ++at) {
      hand_over(all, at, at + 1);
      take_frames(true);
    }
    flush();
    take_frames(false);
    return error_;
  }

  void report(bool hashed) {
    std::printf(
        "%s: %zu candles in %.2f s, %.0f candles/s through symbol, models, frames and log\n",
        symbol_.c_str(), bulk_, seconds_, static_cast<double>(bulk_) / seconds_);
    std::sort(latencies_ns_.begin(), latencies_ns_.end());
    auto quantile = [&](double q) {
      if (latencies_ns_.empty()) return 0.0;
      const auto at = static_cast<std::size_t>(q * static_cast<double>(latencies_ns_.size() - 1));
      return static_cast<double>(latencies_ns_[at]) / 1e6;
    };
    std::printf("  one at a time (%zu): handed over to frame encoded p50 %.3f ms, p99 %.3f ms, max "
                "%.3f ms\n",
                latencies_ns_.size(), quantile(.5), quantile(.99), quantile(1));
    std::printf("  frames %zu, applied %zu, duplicates %zu, rejected %zu\n", frames_, applied_,
                duplicates_, rejected_);
    self_->request(store_, patience, get_signals{symbol_, 0, {}, 1, 0})
        .receive([](signal_page& p) { std::printf("  signals %lu:", p.total); },
                 [](const caf::error&) {});
    for (auto type : {signal_type::buy, signal_type::sell, signal_type::hold})
      self_->request(store_, patience, get_signals{symbol_, 0, type, 1, 0})
          .receive(
              [&](signal_page& p) {
                std::printf(" %s %lu", std::string{to_string(type)}.c_str(), p.total);
              },
              [](const caf::error&) {});
    std::printf("\n");
    if (hashed)
      for (const auto horizon : pushed_horizons) report_hash(horizon);
  }

private:
  // Over every stored signal of the horizon, oldest first, as `troupe backtest --in-sample` says
  // it.
  void report_hash(int horizon) {
    constexpr std::uint32_t page_signals = 500;
    decision_hash all;
    get_signals question{symbol_, horizon, {}, page_signals, 0};
    std::uint64_t left = 0;
    const auto ask = [&](auto take) {
      self_->request(store_, patience, question).receive(take, [&](const caf::error& e) {
        error_ = self_->system().render(e);
      });
    };
    ask([&](const signal_page& page) { left = page.total; });
    while (left > 0 && error_.empty()) {
      question.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, page_signals));
      question.offset = static_cast<std::uint32_t>(left - question.limit);
      ask([&](const signal_page& page) {
        left -= page.signals.size();
        for (auto s = page.signals.rbegin(); s != page.signals.rend(); ++s) all.add(s->what);
      });
    }
    std::printf("  horizon %d: %llu signals %s\n", horizon,
                static_cast<unsigned long long>(all.count()), all.hex().c_str());
  }

  void hand_over(const std::vector<candle>& all, std::size_t from, std::size_t to) {
    candle_batch batch{symbol_, {}, now_ns()};
    batch.candles.assign(all.begin() + static_cast<std::ptrdiff_t>(from),
                         all.begin() + static_cast<std::ptrdiff_t>(to));
    bool started = false;
    while (!started) { // the symbol is busy while it looks into its store, which is empty
      self_->request(actor_, patience, batch)
          .receive(
              [&](const batch_applied& done) {
                started = true;
                applied_ += done.applied;
                duplicates_ += done.duplicates;
                rejected_ += done.rejected;
              },
              [&](const caf::error& e) {
                started = e != caf::make_error(errc::busy);
                if (started) error_ = self_->system().render(e);
              });
    }
  }

  // Frames that have arrived; with `wait`, at least one is waited for and measured.
  void take_frames(bool wait) {
    bool more = true;
    while (more) {
      self_->receive(
          [&](const frame_set_ptr& set) {
            frames_ += set->frames.size();
            if (wait) latencies_ns_.push_back(now_ns() - set->received_ns);
            more = !wait;
          },
          caf::after(wait ? 5s : 0s) >> [&] { more = false; });
    }
  }

  void flush() {
    self_->request(actor_, patience, caf::flush_atom_v)
        .receive([](std::uint64_t) {},
                 [&](const caf::error& e) { error_ = self_->system().render(e); });
  }

  caf::scoped_actor self_;
  symbol_name symbol_;
  store_actor store_;
  symbol_actor actor_;
  std::vector<publisher_actor> publishing_;
  std::vector<std::int64_t> latencies_ns_;
  std::string error_;
  double seconds_ = 0;
  std::size_t bulk_ = 0, frames_ = 0, applied_ = 0, duplicates_ = 0, rejected_ = 0;
};

std::string replay_all(caf::actor_system& system, const settings& s,
                       const candles_by_symbol& candles) {
  scratch_folder scratch;
  auto opened = spawn_sqlite_store(system, (scratch.path / "store.sqlite3").string());
  std::string error = opened.error;
  for (auto& [symbol, all] : candles) {
    if (!error.empty()) break;
    auto loaded = load_by_roles(models_folder(s), symbol);
    for (auto& why : loaded.refused) std::fprintf(stderr, "%s\n", why.c_str());
    if (!loaded.champion) {
      error = symbol + " has no models in " + models_folder(s) + "; `troupe train` makes them";
      break;
    }
    const auto most = static_cast<std::size_t>(s.integer("candles"));
    auto newest = most > 0 && most < all->size()
        ? std::vector<candle>(all->end() - static_cast<std::ptrdiff_t>(most), all->end())
        : *all;
    replay_run run{system, s, symbol, std::move(loaded.champion), opened.handle};
    error = run.run(newest);
    if (error.empty()) run.report(s.flag("signals-hash"));
  }
  if (opened.handle) {
    caf::anon_send_exit(opened.handle, caf::exit_reason::user_shutdown);
    caf::scoped_actor { system } -> wait_for(opened.handle);
  }
  return error;
}

} // namespace

int replay_files(const settings& s) {
  actor_config config{static_cast<std::size_t>(s.integer("actors.threads"))};
  caf::actor_system system{config};
  work_candles candles;
  auto error = candles_to_work_on(s, candles);
  if (error.empty()) error = replay_all(system, s, candles.all);
  if (error.empty()) return 0;
  std::fprintf(stderr, "troupe replay: %s\n", error.c_str());
  return 1;
}

} // namespace troupe
