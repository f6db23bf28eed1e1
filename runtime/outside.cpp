#include "runtime/outside.hpp"

#include "http/outbound/ml_engine.hpp"
#include "http/outbound/ml_engine_words.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

// Somebody may have put a password into it.
std::string shown(const std::string& url) {
  return url.find('@') == url.npos ? url : "it must not hold a user or a password";
}

ml_engine_settings engine_settings(const settings& s) {
  ml_engine_settings out;
  out.url = s.text("ml-engine.url");
  out.client_key = s.text("ml-engine.client-key");
  if (out.client_key.empty()) out.client_key = s.text("http.api-key");
  out.timeout_ms = s.integer("ml-engine.timeout-ms");
  out.retry_attempts = static_cast<std::uint32_t>(s.integer("ml-engine.retry-attempts"));
  out.retry_delay_ms = s.integer("ml-engine.retry-delay-ms");
  return out;
}

} // namespace

outside::~outside() { stop(); }

void outside::start(caf::actor_system& system, const settings& s, const journal_actor& journal,
                    std::shared_ptr<dependency_board> board, const log_sink& log,
                    std::string& error) {
  error.clear();
  const auto wanted = engine_settings(s);
  if (wanted.url.empty()) return;
  const auto at = ml_engine_endpoint(wanted.url);
  if (!at)
    error = "ML_ENGINE_URL is no http or https address (ml-engine.url): " + shown(wanted.url);
  else if (wanted.client_key.empty())
    error = "ML_ENGINE_CLIENT_KEY is missing: ML_ENGINE_URL is set, and the engine wants a key (or "
            "give --ml-engine.client-key)";
  if (!error.empty()) return;
  try {
    client_ = std::make_unique<outbound_client>(system);
  } catch (const std::runtime_error& e) {
    error = std::string{"cannot speak TLS to the outside: "} + e.what();
    return;
  }
  auto options = ml_engine_options(wanted);
  options.wall = wall_now_ms;
  options.board = std::move(board);
  engine_ = spawn_outbound(system, client_->open(*at), std::move(options));
  figures_ = std::make_shared<courier_figures>();
  engine_courier_options courier;
  courier.journal = journal;
  courier.engine = engine_;
  courier.words = ml_engine_words(wanted.client_key);
  courier.now = wall_now_ms;
  courier.log = log;
  courier.figures = figures_;
  courier.poll_every = std::chrono::milliseconds{s.integer("ml-engine.poll-ms")};
  courier.idle_poll_every = 5 * courier.poll_every;
  courier_ = spawn_engine_courier(system, std::move(courier));
  if (log) log(log_level::info, "tells the ML engine at " + at->authority() + " of accounts");
}

std::vector<outbound_actor> outside::services() const {
  if (!engine_) return {};
  return {engine_};
}

void outside::stop() {
  const auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(courier_);
  end(engine_);
  client_.reset();
}

} // namespace troupe
