// One Engine.IO session and the sessions of one io thread, seen from the inside: engine.cpp and
// engine_session.cpp alone include this. A session lives on one thread; requests for it that come
// in on another are answered through a ticket.
#pragma once
#include "http/io_thread.hpp"
#include "http/socketio/engine.hpp"
#include "http/socketio/engine_packet.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::socketio {

class sessions;
class engine_link;

/// The answer that a request waits for on the thread it came in on. Copies stand for the same
/// request; settled once.
struct ticket {
  sessions* from = nullptr;      // who keeps the request
  const io_thread* at = nullptr; // where the ticket is used
  std::uint64_t id = 0;

  void settle(std::function<void(exchange&)> with) const;
  void answer(response r) const;
};

/// What the handshake said of the client.
struct handshake_facts {
  std::string token, address;
  stranger_place place; // until somebody vouches for the client
};

class engine_session final : public peer,
                             public engine_line,
                             public std::enable_shared_from_this<engine_session> {
public:
  engine_session(io_thread& home, std::string sid, handshake_facts facts);

  /// The first packet, to be answered to the request that opens the session.
  std::string open_polling(engine_user_maker make);
  void open_socket(engine_user_maker make, upgraded_socket&& socket);

  void poll(const ticket& from);
  void post(std::string_view body, const ticket& from);
  /// A WebSocket that wants to take over.
  void offer(upgraded_socket&& socket);

  void link_text(engine_link& from, std::string_view message);
  void link_binary(engine_link& from, std::string_view bytes);
  void link_gone(engine_link& from);

  void send(const shared_text& frame) override;
  void flush() override;
  bool backlogged() const override;
  void close(close_code code, std::string_view reason) override;
  const std::string& token() const override { return facts_.token; }
  const std::string& address() const override { return facts_.address; }
  void vouch() override { facts_.place.reset(); }
  services& with() override { return home_.with(); }
  const server_options& options() const override { return home_.options(); }
  tick_clock::time_point now() const override { return home_.now(); }

  void tick(tick_clock::time_point now) override;
  void go_away() override;

private:
  void begin(engine_user_maker make);
  engine_hello hello(bool upgrade) const;
  std::shared_ptr<engine_link> make_link(upgraded_socket& socket);
  bool take(const engine_packet& packet);
  void take_probe(const engine_packet& packet);
  void take_over();
  void answer_poll(std::string body);
  std::string take_queue();
  void refuse(const ticket& from);
  bool lapsed();
  void keep_alive(tick_clock::time_point now);
  void finish();
  void polls(bool now);

  io_thread& home_;
  const std::string sid_;
  handshake_facts facts_;
  std::unique_ptr<engine_user> user_;
  std::shared_ptr<engine_link> link_, probe_; // link_ null: polling
  std::deque<shared_text> queue_;             // while polling
  std::size_t queued_bytes_ = 0;
  ticket polled_; // a GET that waits, when its `from` is set
  tick_clock::time_point ping_at_, pong_until_, probe_until_, closing_at_;
  bool awaits_pong_ = false, probed_ = false;
  close_code close_code_ = close_code::normal; // of a session that closes while polling
  std::string close_reason_;
  bool closing_ = false, finished_ = false;
  bool polls_ = false; // counted in shared_parts::polling
};

class sessions {
public:
  explicit sessions(io_thread& home) : home_(home) {}

  /// Opens a session on this thread.
  std::shared_ptr<engine_session> open(handshake_facts facts);
  void forget(const std::string& sid) { by_sid_.erase(sid); }
  std::shared_ptr<engine_session> find(const std::string& sid) const;

  /// Runs `job` on the thread of the session; unknown ones are answered.
  using job = std::function<void(engine_session& session, const ticket& from)>;
  void ask(exchange& ex, const std::string& sid, job what);
  /// Gives a socket to the session, whose thread may be another.
  void hand_over(const std::string& sid, upgraded_socket&& socket);

  io_thread& home() { return home_; }
  void settle(std::uint64_t id, const std::function<void(exchange&)>& with);

private:
  io_thread* thread_of(std::string_view sid) const;

  io_thread& home_;
  std::unordered_map<std::string, std::shared_ptr<engine_session>> by_sid_;
  std::unordered_map<std::uint64_t, std::shared_ptr<exchange>> waiting_; // for tickets
  std::uint64_t last_ticket_ = 0;
};

} // namespace troupe::socketio
