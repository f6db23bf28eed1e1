#include "http/server.hpp"

#include "http/io_thread.hpp"
#include "http/publisher.hpp"
#include "http/socketio/engine_session.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <thread>

namespace troupe {

namespace {

// Questions to actors end at their time by so much; peers are walked less often, they are many.
constexpr std::chrono::milliseconds tick_length{50};
constexpr std::size_t sockets_in_a_row = 128; // flushed before other work has its turn
constexpr std::chrono::seconds last_polls{2};
constexpr int accept_backlog = 4096;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

} // namespace

io_thread::io_thread(shared_parts& parts, std::size_t index)
    : scratch(16 * 1024), parts_(parts), index_(index),
      port_(
          parts.system, [this] { asio::post(io_, [this] { port_.drain(); }); },
          [this](caf::message& content) { take_push(content); }, parts.options.port_bounds) {}

io_thread::~io_thread() = default;

std::string io_thread::listen(const tcp::endpoint& at, bool shared) {
  boost::system::error_code failed;
  const auto check = [&](const char* what) {
    return failed ? std::string{what} + " failed: " + failed.message() : std::string{};
  };
  acceptor_.open(at.protocol(), failed);
  if (failed) return check("opening a socket");
  acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && shared) acceptor_.set_option(reuse_port(true), failed);
  if (failed) return check("setting socket options");
  acceptor_.bind(at, failed);
  if (failed) return check("binding");
  acceptor_.listen(accept_backlog, failed);
  return check("listening");
}

std::uint16_t io_thread::bound_port() const { return acceptor_.local_endpoint().port(); }

void io_thread::prepare() {
  hub_ = std::make_unique<hub>(*parts_.gate.counts, parts_.gate.symbol_names());
  webhook_signature_ = std::make_unique<signature_check>(parts_.gate.webhook_secret);
  users_ = std::make_unique<presences>(parts_.gate.sessions, port_, *hub_);
  services_ = std::make_unique<services>(services{parts_.gate, parts_.system, *hub_, *users_, port_,
                                                  ids_, *webhook_signature_, *this});
  engine_ = std::make_unique<socketio::sessions>(*this);
  accept();
}

void io_thread::run() noexcept { io_.run(); }

void io_thread::accept() {
  acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
    if (shut_ || failed == asio::error::operation_aborted) return;
    if (failed) {
      // Out of descriptors or the like: try again at the next tick instead of spinning.
      accept_later_ = true;
      arm_tick();
      return;
    }
    greet(std::move(socket));
    accept();
  });
}

void io_thread::greet(tcp::socket socket) {
  boost::system::error_code failed;
  const auto from = socket.remote_endpoint(failed);
  if (failed) return;
  socket.set_option(tcp::no_delay(true), failed);
  socket.non_blocking(true, failed);
  if (failed) return;
  if (options().send_buffer_bytes > 0)
    socket.set_option(asio::socket_base::send_buffer_size(options().send_buffer_bytes), failed);
  if (parts_.open.load(std::memory_order_relaxed) >= options().max_connections) {
    bump(counts().connections_refused);
    std::string text;
    append_answer(text, error_response(errc::busy, "too many connections", ""), {"", "", false});
    socket.write_some(asio::buffer(text), failed);
    return;
  }
  bump(counts().connections);
  arm_tick(); // after a rest it brings now() up to date before deadlines are set
  start_connection(*this, std::move(socket), from.address().to_string(),
                   from.address().is_loopback());
}

void io_thread::join(peer_ptr p) {
  arm_tick();
  peers_.insert(std::move(p));
  parts_.open.fetch_add(1);
  bump(counts().connections_open);
}

void io_thread::leave(const peer_ptr& p) {
  if (peers_.erase(p) == 0) return;
  parts_.open.fetch_sub(1);
  counts().connections_open.fetch_sub(1, std::memory_order_relaxed);
  rest_when_done();
}

void io_thread::take_push(caf::message& content) {
  if (content.match_elements<frame_set_ptr>()) {
    if (auto& news = content.get_as<frame_set_ptr>(0)) hub_->publish(*news);
  } else if (content.match_elements<socket_order>()) {
    users_->obey(content.get_as<socket_order>(0));
  } else if (content.match_elements<user_forgotten>()) {
    hub_->forget_user(content.get_as<user_forgotten>(0).user);
  }
  if (!flushing_) flush_hub();
}

void io_thread::arm_tick() {
  if (std::exchange(ticking_, true)) return;
  now_ = tick_clock::now();
  timer_.expires_after(tick_length);
  timer_.async_wait([this](boost::system::error_code failed) {
    ticking_ = false;
    if (!failed) on_tick();
  });
}

void io_thread::on_tick() {
  now_ = tick_clock::now();
  port_.expire(now_);
  if (now_ - walked_at_ >= options().peer_interval) walk_peers();
  // Without peers and questions there is nothing to time: an idle server sleeps.
  if (stopping_ && !shut_) shut_when_told();
  const bool shutting = stopping_ && !shut_;
  if (!peers_.empty() || port_.pending() > 0 || accept_later_ || shutting) arm_tick();
}

void io_thread::walk_peers() {
  walked_at_ = now_;
  walked_.assign(peers_.begin(), peers_.end());
  for (auto& p : walked_) p->tick(now_);
  walked_.clear();
  if (std::exchange(accept_later_, false) && !shut_) accept();
}

// Who is between two polls comes once more to be told.
void io_thread::shut_when_told() {
  if (parts_.polling.load() > 0 && tick_clock::now() - stopped_at_ < last_polls) return;
  shut_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  walked_.assign(peers_.begin(), peers_.end());
  for (auto& p : walked_) p->go_away();
  walked_.clear();
  parts_.shut.fetch_add(1);
  rest_when_done();
}

void io_thread::rest_when_done() {
  if (!shut_ || !peers_.empty()) return;
  timer_.cancel();
  // Others may still ask for sessions here: all rest together.
  if (parts_.open.load() > 0 || parts_.shut.load() < parts_.threads.size()) return;
  for (auto* thread : parts_.threads) asio::post(thread->io_, [thread] { thread->awake_.reset(); });
}

void io_thread::flush_hub() {
  flushing_ = !hub_->flush_due(sockets_in_a_row);
  if (flushing_) asio::post(io_, [this] { flush_hub(); });
}

void io_thread::begin_stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    stopped_at_ = tick_clock::now();
    walked_.assign(peers_.begin(), peers_.end());
    for (auto& p : walked_)
      if (!p->brings_requests()) p->go_away();
    walked_.clear();
    shut_when_told();
    if (!shut_) arm_tick();
  });
}

void io_thread::cut_off() { io_.stop(); }

struct server::state {
  shared_parts parts;
  std::vector<std::unique_ptr<io_thread>> threads;
  std::vector<std::thread> running;
  std::vector<std::future<void>> ended;
  std::uint16_t bound_port = 0; // 0: not bound

  state(caf::actor_system& system, server_options options, std::vector<route> table)
      : parts{system, std::move(options), router{std::move(table)}, {}, nullptr} {
    for (std::size_t i = 0; i < std::max<std::size_t>(parts.options.io_threads, 1); ++i)
      threads.push_back(std::make_unique<io_thread>(parts, i));
    for (auto& t : threads) parts.threads.push_back(t.get());
  }
};

server::server(caf::actor_system& system, server_options options, std::vector<route> table)
    : state_(std::make_unique<state>(system, std::move(options), std::move(table))) {}

server::~server() { stop(std::chrono::milliseconds{0}); }

std::vector<caf::actor> server::ports() const {
  std::vector<caf::actor> out;
  for (auto& t : state_->threads) out.push_back(t->port_handle());
  return out;
}

server::outcome server::bind() {
  auto& parts = state_->parts;
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(parts.options.address, failed);
  if (failed) return {0, "'" + parts.options.address + "' is not an address"};
  tcp::endpoint at{address, parts.options.port};
  const auto where = [&] { return parts.options.address + ":" + std::to_string(at.port()) + ": "; };
  const bool shared = state_->threads.size() > 1;
  if (shared && at.port() != 0) {
    // With SO_REUSEPORT a second server would bind beside this one unnoticed.
    asio::io_context probe;
    tcp::acceptor alone{probe};
    alone.open(at.protocol(), failed);
    if (!failed) alone.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) alone.bind(at, failed);
    if (failed) return {0, where() + "binding failed: " + failed.message()};
  }
  for (auto& thread : state_->threads) {
    if (auto error = thread->listen(at, shared); !error.empty()) return {0, where() + error};
    at.port(thread->bound_port());
  }
  state_->bound_port = at.port();
  return {at.port(), {}};
}

server::outcome server::start(gateway gate) {
  if (state_->bound_port == 0)
    if (auto bound = bind(); !bound.error.empty()) return bound;
  auto& parts = state_->parts;
  parts.gate = std::move(gate);
  parts.guard = std::make_unique<key_guard>(guard_keys{parts.gate.api_key, parts.gate.admin_key},
                                            parts.options.guard, parts.gate.verify);
  for (auto& thread : state_->threads) {
    thread->prepare();
    std::packaged_task<void()> work{[t = thread.get()] { t->run(); }};
    state_->ended.push_back(work.get_future());
    state_->running.emplace_back(std::move(work));
  }
  return {state_->bound_port, {}};
}

bool server::stop(std::chrono::milliseconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  bool orderly = true;
  if (!state_->running.empty())
    for (auto& thread : state_->threads) thread->begin_stop();
  for (std::size_t i = 0; i < state_->ended.size(); ++i) {
    if (state_->ended[i].wait_until(until) == std::future_status::ready) continue;
    orderly = false;
    state_->threads[i]->cut_off();
  }
  for (auto& t : state_->running) t.join();
  state_->running.clear();
  state_->ended.clear();
  return orderly;
}

} // namespace troupe
