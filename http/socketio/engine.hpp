// Engine.IO 4: sessions that outlive the requests and sockets they are carried by, over polling,
// WebSocket, or the first and then the second. What is said in them is an engine_user's; how they
// are kept is engine_session.hpp's.
#pragma once
#include "http/exchange.hpp"
#include "http/server.hpp"
#include "http/websocket.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::socketio {

/// What a user may do with its session. Frames are whole unmasked WebSocket frames whose payload is
/// an Engine.IO packet (text) or the bytes of a message: polling takes the payload out again, so
/// that one encoding serves all.
class engine_line {
public:
  virtual ~engine_line() = default;
  /// Queues. Past the server's bounds the session is closed: `too slow`.
  virtual void send(const shared_text& frame) = 0;
  virtual void flush() = 0; // what was queued may leave
  /// What was queued before has not left yet.
  virtual bool backlogged() const = 0;
  /// Says what is queued and ends. on_closed() follows, never from within.
  virtual void close(close_code code, std::string_view reason) = 0;

  /// What the handshake brought as `Authorization: Bearer` or `?token=`; may be empty.
  virtual const std::string& token() const = 0;
  /// Of the client, without port.
  virtual const std::string& address() const = 0;
  /// The user knows who it is by now: the session counts as a stranger's no more.
  virtual void vouch() = 0;
  virtual services& with() = 0;
  virtual const server_options& options() const = 0;
  virtual std::chrono::steady_clock::time_point now() const = 0;
};

/// Who speaks on a session. All on its io thread; views are valid during the call.
class engine_user {
public:
  virtual ~engine_user() = default;
  virtual void on_text(std::string_view message) = 0; // without the `4`
  virtual void on_binary(std::string_view bytes) = 0;
  virtual void on_tick(std::chrono::steady_clock::time_point now) = 0; // about once a second
  virtual void on_stop() = 0;   // the server stops: last words
  virtual void on_closed() = 0; // the last call
};

/// 24 random characters that stand for 144 bits of the system's generator.
std::string random_name();

using engine_user_maker = std::unique_ptr<engine_user> (*)(engine_line& line);

/// Answers any request to an Engine.IO path, or makes it a WebSocket. New sessions get a user from
/// `make`.
void serve_engine(exchange& ex, engine_user_maker make);

/// The refusals of Engine.IO, by the code that clients know.
enum class engine_refusal : std::uint8_t {
  unknown_transport,
  unknown_sid,
  bad_method,
  bad_request,
  forbidden,
  unsupported_version
};
/// 400 (403 when forbidden) and `{"code":…,"message":…}`.
response refusal_response(engine_refusal why);

} // namespace troupe::socketio
