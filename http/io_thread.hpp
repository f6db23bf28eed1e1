// One io thread from the inside, shared by connection.cpp, server.cpp and those who own sockets and
// included by nobody else: this is where Asio is. Everything here is used on that thread only, but
// for start, stop and what the port does in its wake.
#pragma once
#include "http/exchange.hpp"
#include "http/server.hpp"
#include "http/strangers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace troupe {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using tick_clock = std::chrono::steady_clock;

/// What an io thread keeps alive: a connection or a socket.
class peer {
public:
  virtual ~peer() = default;
  virtual void tick(tick_clock::time_point now) = 0; // once a second
  virtual void go_away() = 0;                        // the server stops
  /// It brings requests: while sockets are told that the server stops, their polls still come.
  virtual bool brings_requests() const { return false; }
};
using peer_ptr = std::shared_ptr<peer>;

class io_thread;
namespace socketio {
class sessions;
}

/// What all io threads share; outlives them.
struct shared_parts {
  caf::actor_system& system;
  const server_options options;
  const router routes;
  gateway gate;
  std::unique_ptr<key_guard> guard;
  std::atomic<std::size_t> open{0};    // peers of all threads
  std::atomic<std::size_t> polling{0}; // Engine.IO sessions that are fetched by polling
  std::atomic<std::size_t> shut{0};    // threads that take nothing more
  std::vector<io_thread*> threads{};   // fixed before the first runs
  strangers unknown{options.strangers_per_address, options.max_strangers};
};

class io_thread {
public:
  io_thread(shared_parts& parts, std::size_t index);
  ~io_thread();

  /// Binds; empty or what went wrong. `shared`: other threads bind the same port.
  std::string listen(const tcp::endpoint& at, bool shared);
  std::uint16_t bound_port() const;
  /// After the gateway is known, before run().
  void prepare();
  /// Until no thread has anything left to do after begin_stop(): sessions are asked for across
  /// threads. A stray exception is a bug.
  void run() noexcept;
  void begin_stop(); // any thread
  void cut_off();    // any thread
  const caf::actor& port_handle() const { return port_.handle(); }

  asio::io_context& io() { return io_; }
  shared_parts& parts() { return parts_; }
  const server_options& options() const { return parts_.options; }
  counters& counts() { return *parts_.gate.counts; }
  services& with() { return *services_; }
  hub& channels() { return *hub_; }
  socketio::sessions& engine() { return *engine_; }
  /// Its place among parts().threads.
  std::size_t index() const { return index_; }
  bool stopping() const { return stopping_; }
  /// Nothing more is taken: the last part of stopping.
  bool shut() const { return shut_; }
  /// Steady time: when the last tick was, or now after a rest.
  tick_clock::time_point now() const { return now_; }

  void join(peer_ptr p);
  /// Lets a peer go. It may still be on the stack of its caller.
  void leave(const peer_ptr& p);

  std::vector<char> scratch; // where sockets read to

private:
  void accept();
  void greet(tcp::socket socket);
  void arm_tick();
  void on_tick();
  void walk_peers();
  void shut_when_told();
  void rest_when_done();
  void flush_hub();
  void take_push(caf::message& content);

  shared_parts& parts_;
  const std::size_t index_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  std::unique_ptr<hub> hub_;
  reply_port port_;
  std::unique_ptr<presences> users_;
  id_source ids_;
  std::unique_ptr<signature_check> webhook_signature_;
  std::unique_ptr<services> services_;
  std::unique_ptr<socketio::sessions> engine_;
  std::unordered_set<peer_ptr> peers_;
  std::vector<peer_ptr> walked_;
  tick_clock::time_point now_ = tick_clock::now(), walked_at_ = now_;
  tick_clock::time_point stopped_at_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> awake_{
      asio::make_work_guard(io_)};
  bool ticking_ = false, stopping_ = false, shut_ = false, accept_later_ = false;
  bool flushing_ = false; // a flush_hub() is posted
};

/// A connection that has just been accepted, from its first byte on. `address`: without port.
void start_connection(io_thread& home, tcp::socket socket, std::string address, bool loopback);

/// A connection that has asked to become a WebSocket: `handshake` is to be sent; `received` came
/// behind the request.
struct upgraded_socket {
  io_thread& home;
  tcp::socket socket;
  std::string handshake, received;
};

} // namespace troupe
