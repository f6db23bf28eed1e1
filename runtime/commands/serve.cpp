#include "runtime/commands/commands.hpp"
#include "runtime/live_market.hpp"
#include "runtime/log.hpp"
#include "runtime/node.hpp"
#include "runtime/supervisor.hpp"

#include <csignal>
#include <cstdio>
#include <ctime>

namespace troupe {

namespace {

void greet(const settings& s, const node& running) {
  const auto address = s.text("http.address") + ":" + std::to_string(running.port());
  std::printf("%s\n  address   http://%s\n", version(), address.c_str());
  const auto& secrets = running.secrets();
  if (secrets.demo) {
    const auto* key = secrets.api_key.c_str();
    const auto& symbol = running.first_symbol();
    const auto* folder = s.text("data.dir").c_str();
    std::printf("  API key   %s\n  kept in   %s/api-key\n", key, folder);
    std::printf("  admin key %s\n  kept in   %s/admin-key\n", secrets.admin_key.c_str(), folder);
    std::printf("  webhooks  %s\n  kept in   %s/webhook-secret\n", secrets.webhook_secret.c_str(),
                folder);
    const auto& demo = running.demo();
    std::printf("  user      %s\n  password  %s\n  kept in   %s/demo-password\n",
                demo.email.c_str(), demo.password.c_str(), folder);
    if (!demo.token.empty()) std::printf("  token     %s\n", demo.token.c_str());
    std::printf("  socket    ws://%s/ws/%s?api_key=%s\n", address.c_str(), symbol.c_str(), key);
  }
  if (s.text("market.feed") == "simulated")
    std::printf("  market    simulated (seed %s, %s times real time%s): not real prices\n",
                s.text("market.seed").c_str(), s.text("market.speed").c_str(),
                s.flag("market.drift") ? ", with a drift planted in trends" : "");
  else if (is_live_feed(s.text("market.feed")))
    std::printf("  market    %s, in real time\n", s.text("market.feed").c_str());
  std::fflush(stdout);
}

// Signals are waited for, not handled: no code runs in a handler.
sigset_t block_stop_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return stop;
}

// Until a signal says stop. Meanwhile who supervises hears that the node answers; if it does not,
// it hears nothing, and may end it.
void wait_for_stop(const sigset_t& stop, const supervisor& by, const settings& s,
                   std::uint16_t port) {
  using namespace std::chrono;
  const auto pace = by.pace();
  if (pace.count() <= 0) {
    int received = 0;
    sigwait(&stop, &received);
    return;
  }
  const timespec wait{duration_cast<seconds>(pace).count(),
                      duration_cast<nanoseconds>(pace % seconds{1}).count()};
  while (sigtimedwait(&stop, nullptr, &wait) < 0)
    if (answers(s.text("http.address"), port, duration_cast<milliseconds>(pace))) by.alive();
}

} // namespace

int serve(const settings& s) {
  if (!s.words().empty()) {
    std::fprintf(stderr, "troupe serve: takes no words: %s\n", s.words().front().c_str());
    return 2;
  }
  const auto stop = block_stop_signals();
  auto log = make_log(s.text("log.level"), s.text("log.format"));
  std::string error;
  auto running = node::start(s, log, error);
  if (!running) {
    std::fprintf(stderr, "troupe serve: %s\n", error.c_str());
    return 1;
  }
  greet(s, *running);
  const auto by = supervisor::of_environment();
  by.ready("serving on " + s.text("http.address") + ":" + std::to_string(running->port()));
  wait_for_stop(stop, by, s, running->port());
  by.stopping();
  log(log_level::info, "stops");
  running->stop();
  log(log_level::info, "stopped");
  return 0;
}

} // namespace troupe
