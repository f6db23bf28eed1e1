// `./dev bench fanout`: the product's server, hubs and publishers in this process, told through a
// pipe when to publish. Each message is one `signal` event of a symbol, encoded by a publisher
// actor as in the product; whoever listens is another program.
#include "actors/counters.hpp"
#include "http/publisher.hpp"
#include "http/server.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

using namespace troupe;

namespace {

constexpr std::size_t symbol_count = 50;

std::vector<symbol_name> symbol_names() {
  std::vector<symbol_name> out{"BTCUSDT"};
  for (std::size_t i = 1; i < symbol_count; ++i) out.push_back("SYM" + std::to_string(100 + i));
  return out;
}

// As rich as the product's own.
signal a_signal(const symbol_name& symbol) {
  signal s;
  s.symbol = symbol;
  s.horizon = 18;
  s.created_at = wall_now_us() / 1000;
  s.candle_time = s.created_at - base_interval_ms;
  s.expires_at = s.created_at + day_ms;
  s.id = symbol + "-18-" + std::to_string(s.candle_time);
  s.type = signal_type::buy;
  s.confidence = 0.5964;
  s.entry = 106093.47;
  s.sl = 104524.48;
  s.tp = 109231.46;
  s.rr_ratio = 2;
  s.prob_tp_first = 0.464;
  s.odds = {{2, .464, .4, .136, .1, .21, .03}, {3, .37, .4, .23, .1, .22, .04}};
  s.predicted_high = 108412.11;
  s.predicted_low = 104524.48;
  s.amd_phase = "accumulation";
  s.strategy = "conservative_filter";
  s.model_version = "20260105T100000";
  return s;
}

class source {
public:
  source(caf::actor_system& system, std::size_t io_threads) : names_(symbol_names()) {
    server_options options;
    options.port = 0;
    options.io_threads = io_threads;
    options.max_connections = 60'000;
    server_ = std::make_unique<server>(system, options);
    publishers_ = spawn_publishers(system, 2, server_->ports(), wall_now_us);
    gateway gate;
    for (auto& name : names_) gate.symbols.emplace(name, symbol_actor{});
    gate.api_key = "bench";
    gate.verify = [](std::string_view, utc_ms now) -> std::variant<identity, errc> {
      identity who;
      who.user = "bench";
      who.expires_at = now + day_ms;
      return who;
    };
    gate.counts = std::make_shared<counters>(names_);
    gate.now_us = wall_now_us;
    port_ = server_->start(std::move(gate)).port;
  }
  ~source() {
    server_->stop(std::chrono::seconds{2});
    for (auto& p : publishers_) caf::anon_send_exit(p, caf::exit_reason::kill);
  }

  std::uint16_t port() const { return port_; }

  // `count` messages in all, `burst` of as many symbols at each of fixed instants, whether or not
  // the listeners keep up.
  void publish(double rate, std::size_t count, std::size_t burst) {
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t sent = 0; sent < count; sent += burst) {
      const std::chrono::duration<double> due{static_cast<double>(sent) / rate};
      std::this_thread::sleep_until(began
                                    + std::chrono::duration_cast<std::chrono::nanoseconds>(due));
      for (std::size_t i = 0; i < burst; ++i) say(names_[i % names_.size()]);
    }
  }

private:
  void say(const symbol_name& symbol) {
    bulletin b;
    b.symbol = symbol;
    b.signals.push_back(a_signal(symbol));
    caf::anon_send(publishers_[publisher_of(symbol, publishers_.size())],
                   std::make_shared<const bulletin>(std::move(b)));
  }

  std::vector<symbol_name> names_;
  std::unique_ptr<server> server_;
  std::vector<publisher_actor> publishers_;
  std::uint16_t port_ = 0;
};

} // namespace

/// bench_fanout IO_THREADS PIPE: reads lines `RATE COUNT BURST` from PIPE until its input ends.
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  actor_config config{2};
  caf::actor_system system{config};
  source from{system, static_cast<std::size_t>(std::atoi(argv[1]))};
  std::printf("port %u\n", from.port());
  std::fflush(stdout);
  std::thread obeying{[&] {
    for (std::string line; line != "end";) {
      std::ifstream pipe{argv[2]}; // waits until somebody writes
      while (std::getline(pipe, line) && line != "end") {
        std::istringstream words{line};
        double rate = 0;
        std::size_t count = 0, burst = 0;
        if (words >> rate >> count >> burst && rate > 0 && burst > 0)
          from.publish(rate, count, burst);
      }
    }
  }};
  while (std::getchar() != EOF) {
  }
  std::ofstream{argv[2]} << "end\n";
  obeying.join();
  return 0;
}
