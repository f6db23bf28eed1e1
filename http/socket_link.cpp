#include "http/socket_link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>

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

} // namespace

void socket_link::run(std::string_view received) {
  if (!received.empty()) take(received);
  write();
  await_read();
}

void socket_link::queue(const shared_text& framed) {
  if (closing_ || gone_) return;
  const auto& limits = home_.options();
  if (queue_.size() >= limits.socket_queue_frames
      || queued_bytes_ + framed->size() > limits.socket_queue_bytes)
    return too_slow();
  queued_bytes_ += framed->size();
  queue_.push_back(framed);
}

void socket_link::too_slow() {
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

void socket_link::close(close_code code, std::string_view reason) {
  if (closing_ || gone_) return;
  queue_.push_back(std::make_shared<const std::string>(close_frame(code, reason)));
  queued_bytes_ += queue_.back()->size();
  closing_ = true;
  closing_at_ = home_.now();
  write();
}

void socket_link::write() {
  if (writing_ || gone_) return;
  while (!queue_.empty())
    if (!write_some()) return;
  if (queue_.size() < pause_reading) await_read();
  if (!closing_) return;
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (peer_closed_) cut();
}

// One gathered write. False when the socket takes no more for now, or never again.
bool socket_link::write_some() {
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
    cut();
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

void socket_link::await_write() {
  writing_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [me = shared_from_this()](boost::system::error_code failed) {
                       me->writing_ = false;
                       return failed ? me->cut() : me->write();
                     });
}

void socket_link::await_read() {
  // Who does not read what it asked for may not ask for more meanwhile.
  if (reading_ || gone_ || queue_.size() >= pause_reading) return;
  reading_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [me = shared_from_this()](boost::system::error_code failed) {
                       me->reading_ = false;
                       return failed ? me->cut() : me->take_in();
                     });
}

void socket_link::take_in() {
  boost::system::error_code failed;
  const auto size = socket_.read_some(asio::buffer(home_.scratch), failed);
  if (failed == asio::error::would_block) return await_read();
  if (failed) return cut();
  heard_at_ = home_.now();
  take({home_.scratch.data(), size});
  write();
  await_read();
}

void socket_link::take(std::string_view bytes) {
  if (peer_closed_ || deaf_ || reader_.feed(bytes, *this)) return;
  deaf_ = true;
  close(reader_.why(),
        reader_.why() == close_code::too_big                ? "message too big"
            : reader_.why() == close_code::unsupported_data ? "text only"
            : reader_.why() == close_code::invalid_text     ? "not UTF-8"
                                                            : "protocol error");
}

void socket_link::on_close(close_code code) {
  peer_closed_ = true;
  close(code, "");
}

bool socket_link::tick_closing(tick_clock::time_point now) {
  if (closing_ && now - closing_at_ > close_wait) cut();
  return closing_ || gone_;
}

// Leaves later: the hub may be walking its listeners right now.
void socket_link::cut() {
  if (std::exchange(gone_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  asio::post(home_.io(), [me = shared_from_this()] { me->on_gone(); });
}

} // namespace troupe
