// The sending and receiving of one WebSocket, whatever is spoken on it: a bounded queue of shared
// frames that leave several at a time, reading that waits for a slow peer, and the closing. What
// messages mean is for those who derive from it. Used on its io thread only.
#pragma once
#include "http/codec_frames.hpp"
#include "http/io_thread.hpp"
#include "http/websocket.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace troupe {

class socket_link : public websocket_events, public std::enable_shared_from_this<socket_link> {
public:
  socket_link(io_thread& home, tcp::socket socket, websocket_reader reader)
      : home_(home), socket_(std::move(socket)), reader_(std::move(reader)),
        heard_at_(tick_clock::now()) {}

  /// Takes what came behind the handshake, writes what is queued and reads from now on.
  void run(std::string_view received);

  /// Queues a whole frame. Past the bounds the link is closed: `too slow`.
  void queue(const shared_text& framed);
  void queue(std::string framed) { queue(std::make_shared<const std::string>(std::move(framed))); }
  /// Lets what is queued leave.
  void write();
  /// Says goodbye; nothing is queued after it. on_gone() follows, at the latest two seconds later.
  void close(close_code code, std::string_view reason);
  /// Closes at once. on_gone() follows, never from within.
  void cut();
  /// Ends a close that the peer does not answer. True while the link is closing.
  bool tick_closing(tick_clock::time_point now);

  /// What was queued before has not left: the peer does not read as fast as it is written to.
  bool waiting() const { return writing_; }
  bool closing() const { return closing_ || gone_; }
  tick_clock::time_point heard_at() const { return heard_at_; }

  void on_ping(std::string_view payload) override { queue(websocket_frame(payload, 10)); }
  void on_pong() override {}
  void on_close(close_code code) override;

protected:
  /// The socket is closed. Called once, as the last thing.
  virtual void on_gone() = 0;

  io_thread& home() { return home_; }

private:
  void await_read();
  void take_in();
  void take(std::string_view bytes);
  bool write_some();
  void await_write();
  void too_slow();

  io_thread& home_;
  tcp::socket socket_;
  websocket_reader reader_;
  std::deque<shared_text> queue_;
  std::size_t queued_bytes_ = 0, front_sent_ = 0;
  tick_clock::time_point heard_at_, closing_at_;
  bool reading_ = false, writing_ = false; // waiting for the socket
  bool closing_ = false;                   // our close frame is queued: nothing follows it
  bool peer_closed_ = false, gone_ = false;
  bool deaf_ = false; // the peer broke the protocol: the rest is not understood
};

} // namespace troupe
