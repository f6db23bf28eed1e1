#include "http/connection.hpp"

#include <boost/asio/write.hpp>

#include <cstring>

namespace troupe {

namespace {

constexpr std::size_t write_first = 64 * 1024; // answers to pipelined requests are not piled higher
constexpr std::size_t max_drained = 256 * 1024;
constexpr std::chrono::seconds drain_time{2};

} // namespace

void connection::read() {
  if (std::exchange(reading_, true)) return;
  make_room();
  socket_.async_read_some(
      asio::buffer(&buffer_[end_], buffer_.size() - end_),
      [me = self()](boost::system::error_code failed, std::size_t n) { me->on_read(failed, n); });
}

void connection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && end_ == buffer_.size()) {
    std::memmove(&buffer_[0], &buffer_[begin_], end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // Only a head is kept here whole, and it is bounded; bodies move on as they come.
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
}

void connection::on_read(boost::system::error_code failed, std::size_t size) {
  reading_ = false;
  if (phase_ == phase::gone) return;
  if (failed) return finish();
  if (phase_ == phase::draining) {
    drained_ += size;
    return drained_ > max_drained ? finish() : drain();
  }
  end_ += size;
  if (phase_ == phase::idle) enter(phase::head, home_.options().header_timeout);
  go_on();
}

// Parses and answers until bytes, an answer or room to write are missing.
void connection::go_on() {
  if (writing_ || std::exchange(going_on_, true)) return;
  for (;;) {
    bool more = true;
    while (more && !close_after_ && begin_ < end_ && out_.size() < write_first) more = parse_one();
    if (upgraded_ || phase_ == phase::gone) break;
    const bool waiting = phase_ == phase::handling;
    if (!out_.empty() && !flush()) break;
    if (phase_ == phase::gone || phase_ == phase::draining || waiting) break;
    if (close_after_) {
      refused_ || begin_ < end_ ? drain() : finish();
      break;
    }
    if (begin_ < end_ && more) continue;
    if (begin_ == end_ && !parser_) enter(phase::idle, home_.options().idle_timeout);
    if (home_.stopping() && phase_ == phase::idle) {
      finish();
      break;
    }
    read();
    break;
  }
  going_on_ = false;
}

// Takes what it can of the next request. False when there is nothing more to do for now.
bool connection::parse_one() {
  if (!parser_) {
    parsed_.clear();
    parser_.emplace(parsed_);
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(home_.options().max_header_bytes));
    parser_->body_limit(home_.options().max_body_bytes);
    head_bytes_ = 0;
    head_seen_ = false;
    enter(phase::head, home_.options().header_timeout);
  }
  boost::system::error_code failed;
  const auto used = parser_->put(asio::const_buffer(&buffer_[begin_], end_ - begin_), failed);
  begin_ += used;
  if (!parser_->is_header_done()) head_bytes_ += used;
  if (failed && failed != beast::http::error::need_more) {
    refuse(failed);
    return true;
  }
  // Heads, and the lines between chunks, are kept whole: bounded here whatever Beast does.
  const auto kept = end_ - begin_ + (parser_->is_header_done() ? 0 : head_bytes_);
  if (failed && kept >= home_.options().max_header_bytes) {
    refuse(beast::http::error::header_limit);
    return true;
  }
  if (!parser_->is_header_done()) return false;
  if (!std::exchange(head_seen_, true)) head_done();
  if (!parser_->is_done()) return used > 0 && begin_ < end_ && !failed;
  keep_alive_ = parser_->keep_alive() && !home_.stopping();
  phase_ = phase::handling;
  dispatch();
  return phase_ != phase::handling && phase_ != phase::gone;
}

// False when the socket is full: the rest is on its way and go_on() is called after it.
bool connection::flush() {
  boost::system::error_code failed;
  const auto sent = socket_.write_some(asio::buffer(out_), failed);
  if (failed && failed != asio::error::would_block) {
    finish();
    return true;
  }
  if (sent == out_.size()) {
    out_.clear();
    if (out_.capacity() > write_first) out_.shrink_to_fit();
    return true;
  }
  writing_ = true;
  sending_ = std::move(out_);
  out_.clear();
  asio::async_write(socket_, asio::buffer(sending_) + sent,
                    [me = self()](boost::system::error_code broken, std::size_t) {
                      me->writing_ = false;
                      me->sending_.clear();
                      if (me->phase_ == phase::gone) return;
                      return broken ? me->finish() : me->go_on();
                    });
  return false;
}

// Reads on for a moment after the last answer: closing at once with bytes unread would reset the
// connection and may take the answer from the client.
void connection::drain() {
  if (phase_ != phase::draining) {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    enter(phase::draining, drain_time);
  }
  begin_ = end_ = 0;
  read();
}

void connection::finish() {
  if (std::exchange(phase_, phase::gone) == phase::gone) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  home_.leave(std::static_pointer_cast<peer>(self()));
}

void connection::tick(tick_clock::time_point now) {
  if (now <= deadline_) return;
  switch (phase_) {
  case phase::head:
  case phase::body:
    if (!parser_) return finish(); // never said a word
    keep_alive_ = false;
    refused_ = true;
    with->ids.mint(id_);
    in = {};
    in.id = id_;
    since = now;
    phase_ = phase::handling;
    answer(error_response(408, "VALIDATION_ERROR", "the request did not arrive in time", id_));
    break;
  case phase::handling:
    keep_alive_ = false;
    fail(errc::busy, "no answer in time");
    break;
  default: finish();
  }
}

void connection::go_away() {
  if (phase_ == phase::idle || (phase_ == phase::head && !parser_)) finish();
}

void start_connection(io_thread& home, tcp::socket socket, std::string address, bool loopback) {
  std::make_shared<connection>(home, std::move(socket), std::move(address), loopback)->start();
}

} // namespace troupe
