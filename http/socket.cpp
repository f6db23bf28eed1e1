// One WebSocket: hears channels through the hub and writes shared frames as they are, several at a
// time. Its queue is bounded: a client that does not keep up is closed and slows nobody.
#include "http/codec_frames.hpp"
#include "http/io_thread.hpp"
#include "http/websocket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <deque>

namespace troupe {

namespace {

constexpr std::size_t max_gathered = 64;      // buffers per write
constexpr std::size_t pause_reading = 256;    // frames owed to a client before it may ask for more
constexpr std::chrono::seconds close_wait{2}; // for the peer's half of the close

// The first buffers of an array, as Asio takes them.
struct gathered {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator first, last;
  const_iterator begin() const { return first; }
  const_iterator end() const { return last; }
};

class session final : public listener,
                      public peer,
                      public websocket_events,
                      public std::enable_shared_from_this<session> {
public:
  session(io_thread& home, tcp::socket socket)
      : home_(home), socket_(std::move(socket)), reader_(home.options().socket_message_bytes),
        heard_at_(tick_clock::now()), pinged_at_(heard_at_) {}

  void start(std::string handshake, std::string_view received,
             const std::vector<std::string>& channels);

  void deliver(const shared_text& framed) override;
  void flush() override;
  void tick(tick_clock::time_point now) override;
  void go_away() override { close(close_code::going_away, "server shutdown"); }

  void on_text(std::string_view message) override;
  void on_ping(std::string_view payload) override { send(websocket_frame(payload, 10)); }
  void on_pong() override {}
  void on_close(close_code code) override;

private:
  void send(std::string text) { deliver(std::make_shared<const std::string>(std::move(text))); }
  void obey(const socket_command& command);
  void await_read();
  void take_in();
  void take(std::string_view bytes);
  bool write_some();
  void await_write();
  void too_slow();
  void close(close_code code, std::string_view reason);
  void finish();

  io_thread& home_;
  tcp::socket socket_;
  websocket_reader reader_;
  std::vector<std::string> channels_;
  std::deque<shared_text> queue_;
  std::size_t queued_bytes_ = 0, front_sent_ = 0;
  tick_clock::time_point heard_at_, pinged_at_, closing_at_;
  bool reading_ = false, writing_ = false; // waiting for the socket
  bool closing_ = false;                   // our close frame is queued: nothing follows it
  bool peer_closed_ = false, gone_ = false;
  bool deaf_ = false; // the peer broke the protocol: the rest is not understood
};

void session::start(std::string handshake, std::string_view received,
                    const std::vector<std::string>& channels) {
  home_.join(shared_from_this());
  bump(home_.counts().sockets);
  bump(home_.counts().sockets_open);
  send(std::move(handshake));
  for (auto& name : channels) {
    channels_.push_back(name);
    home_.channels().subscribe(*this, name, std::nullopt);
  }
  if (!received.empty()) take(received);
  if (home_.stopping()) go_away();
  flush();
  await_read();
}

void session::deliver(const shared_text& framed) {
  if (closing_ || gone_) return;
  const auto& limits = home_.options();
  if (queue_.size() >= limits.socket_queue_frames
      || queued_bytes_ + framed->size() > limits.socket_queue_bytes)
    return too_slow();
  queued_bytes_ += framed->size();
  queue_.push_back(framed);
}

void session::too_slow() {
  bump(home_.counts().slow_closes);
  // A frame that has begun must end, or the close could not be read.
  const std::size_t keep = front_sent_ > 0 ? 1 : 0;
  bump(home_.counts().frames_dropped, queue_.size() - keep + 1);
  while (queue_.size() > keep) {
    queued_bytes_ -= queue_.back()->size();
    queue_.pop_back();
  }
  close(close_code::try_later, "too slow");
}

void session::close(close_code code, std::string_view reason) {
  if (closing_ || gone_) return;
  queue_.push_back(std::make_shared<const std::string>(close_frame(code, reason)));
  queued_bytes_ += queue_.back()->size();
  closing_ = true;
  closing_at_ = home_.now();
  flush();
}

void session::flush() {
  if (writing_ || gone_) return;
  while (!queue_.empty())
    if (!write_some()) return;
  if (queue_.size() < pause_reading) await_read();
  if (!closing_) return;
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (peer_closed_) finish();
}

// One gathered write. False when the socket takes no more for now, or never again.
bool session::write_some() {
  std::array<asio::const_buffer, max_gathered> parts;
  const auto count = std::min(queue_.size(), max_gathered);
  for (std::size_t i = 0; i < count; ++i) parts[i] = asio::buffer(*queue_[i]);
  parts[0] += front_sent_;
  boost::system::error_code failed;
  std::size_t sent = 0;
  if (count == 1)
    sent = socket_.write_some(parts[0], failed);
  else
    sent = socket_.write_some(gathered{parts.data(), parts.data() + count}, failed);
  if (failed == asio::error::would_block) {
    await_write();
    return false;
  }
  if (failed) {
    finish();
    return false;
  }
  sent += front_sent_;
  while (!queue_.empty() && sent >= queue_.front()->size()) {
    sent -= queue_.front()->size();
    queued_bytes_ -= queue_.front()->size();
    queue_.pop_front();
  }
  front_sent_ = sent;
  return true;
}

void session::await_write() {
  writing_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [me = shared_from_this()](boost::system::error_code failed) {
                       me->writing_ = false;
                       return failed ? me->finish() : me->flush();
                     });
}

void session::await_read() {
  // Who does not read what it asked for may not ask for more meanwhile.
  if (reading_ || gone_ || queue_.size() >= pause_reading) return;
  reading_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [me = shared_from_this()](boost::system::error_code failed) {
                       me->reading_ = false;
                       return failed ? me->finish() : me->take_in();
                     });
}

void session::take_in() {
  boost::system::error_code failed;
  const auto size = socket_.read_some(asio::buffer(home_.scratch), failed);
  if (failed == asio::error::would_block) return await_read();
  if (failed) return finish();
  heard_at_ = home_.now();
  take({home_.scratch.data(), size});
  flush();
  await_read();
}

void session::take(std::string_view bytes) {
  if (peer_closed_ || deaf_ || reader_.feed(bytes, *this)) return;
  deaf_ = true;
  close(reader_.why(),
        reader_.why() == close_code::too_big                ? "message too big"
            : reader_.why() == close_code::unsupported_data ? "text only"
            : reader_.why() == close_code::invalid_text     ? "not UTF-8"
                                                            : "protocol error");
}

void session::on_close(close_code code) {
  peer_closed_ = true;
  close(code, "");
}

void session::on_text(std::string_view message) {
  if (closing_) return;
  socket_command command;
  if (const auto problem = parse_command(message, command); !problem.empty())
    return deliver(error_frame("VALIDATION_ERROR", problem));
  obey(command);
}

void session::obey(const socket_command& command) {
  auto& hub = home_.channels();
  const auto mine = std::find(channels_.begin(), channels_.end(), command.channel);
  if (!hub.knows_channel(command.channel))
    return deliver(error_frame("SYMBOL_NOT_FOUND", "unknown channel"));
  if (command.op == socket_command::kind::unsubscribe) {
    hub.unsubscribe(*this, command.channel);
    if (mine != channels_.end()) channels_.erase(mine);
    return deliver(unsubscribed_frame(command.channel));
  }
  if (mine == channels_.end()) {
    if (channels_.size() >= home_.options().socket_channels)
      return deliver(error_frame("VALIDATION_ERROR", "too many channels"));
    channels_.push_back(command.channel);
  }
  hub.subscribe(*this, command.channel,
                command.has_since ? std::optional{command.since} : std::nullopt);
}

void session::tick(tick_clock::time_point now) {
  if (closing_) {
    if (now - closing_at_ > close_wait) finish();
    return;
  }
  if (now - heard_at_ > home_.options().silence_limit)
    return close(close_code::policy_violation, "silent for too long");
  if (now - pinged_at_ < home_.options().ping_interval) return;
  pinged_at_ = now;
  send(websocket_frame("", 9));
  flush();
}

// Leaves later: the hub may be walking its listeners right now.
void session::finish() {
  if (std::exchange(gone_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  asio::post(home_.io(), [me = shared_from_this()] {
    me->home_.channels().drop(*me);
    me->home_.counts().sockets_open.fetch_sub(1, std::memory_order_relaxed);
    me->home_.leave(me);
  });
}

} // namespace

void start_socket(io_thread& home, tcp::socket socket, std::string handshake,
                  std::string_view received, std::vector<std::string> channels) {
  std::make_shared<session>(home, std::move(socket))
      ->start(std::move(handshake), received, channels);
}

} // namespace troupe
