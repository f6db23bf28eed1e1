// One HTTP/1.1 connection: reads requests one after another (pipelined ones too), has each answered
// by its route, and writes what is ready in one go. Phases are timed by the thread's tick.
#include "http/admission.hpp"
#include "http/io_thread.hpp"
#include "http/request_parser.hpp"
#include "http/websocket.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>

namespace troupe {

namespace {

constexpr std::size_t first_buffer = 4096;
constexpr std::size_t write_first = 64 * 1024; // answers to pipelined requests are not piled higher
constexpr std::size_t max_drained = 256 * 1024;
constexpr std::chrono::seconds drain_time{2};

std::int64_t elapsed_ns(tick_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(tick_clock::now() - since).count();
}

class connection final : public exchange, public peer {
public:
  connection(io_thread& home, tcp::socket socket, std::string address, bool loopback)
      : home_(home), socket_(std::move(socket)), address_(std::move(address)), local_(loopback) {
    with = &home.with();
    buffer_.resize(first_buffer);
    enter(phase::head, home.options().header_timeout);
  }

  void start() {
    home_.join(self());
    read();
  }

  void answer(response r) override;
  void upgrade_to(upgraded next) override;
  void refuse_unsigned() override;
  void tick(tick_clock::time_point now) override;
  void go_away() override;
  bool brings_requests() const override { return true; }

private:
  enum class phase { idle, head, body, handling, writing, draining, gone };

  std::shared_ptr<connection> self() {
    return std::static_pointer_cast<connection>(shared_from_this());
  }
  void enter(phase next, std::chrono::seconds limit) {
    phase_ = next;
    deadline_ = home_.now() + limit;
  }

  void read();
  void on_read(boost::system::error_code failed, std::size_t size);
  void make_room();
  void go_on();
  bool parse_one();
  void head_done();
  void refuse(boost::system::error_code why);
  void dispatch();
  void run_route(const route_match& match);
  void turn_away();
  void fill_request();
  bool flush();
  void drain();
  void finish();

  io_thread& home_;
  tcp::socket socket_;
  std::string address_, address_seen_, id_;
  bool local_;

  std::string buffer_; // received bytes are [begin_, end_)
  std::size_t begin_ = 0, end_ = 0, head_bytes_ = 0;
  parsed_request parsed_;
  std::optional<request_parser> parser_;
  std::string_view cors_origin_;
  admission admitted_;

  std::string out_, sending_; // answers that wait, and those that the socket is taking
  std::size_t drained_ = 0;
  phase phase_ = phase::idle;
  tick_clock::time_point deadline_;
  bool going_on_ = false, reading_ = false, writing_ = false, upgraded_ = false;
  bool refused_ = false; // the rest of what the client sends is not understood
  bool close_after_ = false, keep_alive_ = true, head_seen_ = false, is_prediction_ = false;
};

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

void connection::head_done() {
  enter(phase::body, home_.options().body_timeout);
  fill_request();
  // Who announced a body and waits for leave gets it; the size was judged with the head.
  if (!parser_->is_done() && same_name(in.get("Expect"), "100-continue"))
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void connection::fill_request() {
  const std::string_view text = parsed_.text;
  in.verb = parsed_.verb;
  set_target(in, text.substr(0, parsed_.target_size));
  in.headers.clear();
  for (auto& f : parsed_.fields)
    in.headers.push_back({text.substr(f.name, f.name_size), text.substr(f.value, f.value_size)});
  const auto wanted = in.get("X-Request-Id");
  if (sane_request_id(wanted))
    id_.assign(wanted);
  else
    with->ids.mint(id_);
  in.id = id_;
  identify_client(in, address_, local_, home_.options().trusted_proxies, address_seen_);
}

// The bytes are no request of ours: says so and ends, for what follows cannot be understood.
void connection::refuse(boost::system::error_code why) {
  using error = beast::http::error;
  if (!head_seen_) {
    with->ids.mint(id_);
    in = {};
    in.id = id_;
  }
  since = tick_clock::now();
  cors_origin_ = {};
  admitted_ = {};
  is_prediction_ = keep_alive_ = false;
  refused_ = true;
  phase_ = phase::handling;
  bump(home_.counts().requests);
  if (why == error::header_limit)
    answer(error_response(431, "VALIDATION_ERROR", "the request's head is too large", id_));
  else if (why == error::body_limit)
    answer(error_response(errc::payload_too_large, "the body is too large", id_));
  else if (why == error::bad_version)
    answer(error_response(505, "VALIDATION_ERROR", "only HTTP/1.0 and 1.1 are spoken", id_));
  else
    answer(error_response(errc::validation_error, "malformed HTTP request: " + why.message(), id_));
}

void connection::dispatch() {
  since = tick_clock::now();
  deadline_ = home_.now() + home_.options().handling_timeout;
  in.body = parsed_.body;
  params.clear();
  query = {};
  admitted_ = {};
  is_prediction_ = false;
  bump(home_.counts().requests);
  cors_origin_ = allowed_origin(in.get("Origin"), home_.options().cors_origins);
  if (const auto bad = malformed_head(in, parsed_.version, parser_->chunked()); !bad.empty()) {
    keep_alive_ = false;
    refused_ = true;
    return fail(errc::validation_error, bad);
  }
  if (is_preflight(in)) return answer(preflight_response(!cors_origin_.empty()));
  auto match = home_.parts().routes.match(in.verb, in.path);
  if (!match.found) return answer(no_route_response(in, match));
  if (match.bad_path) return fail(errc::validation_error, "the path is badly encoded", "path");
  if (!in.query.empty() && !query.parse(in.query))
    return fail(errc::validation_error, "the query is badly encoded", "query");
  run_route(match);
}

void connection::run_route(const route_match& match) {
  const auto& route = *match.found;
  admitted_ = admit(route, in, query, *home_.parts().guard, since, wall_ms());
  if (!admitted_.granted) return turn_away();
  params = match.params;
  who = admitted_.who.value_or(identity{});
  is_prediction_ = route.verb == method::post && route.pattern == "/predictions";
  try {
    route.run(*this);
  } catch (const std::exception&) {
    // A handler that threw has not answered; the client learns no more than that.
    fail(errc::internal, "something went wrong inside");
  }
}

void connection::turn_away() {
  const bool limited = admitted_.refusal == errc::rate_limited;
  bump(limited ? home_.counts().rate_limited : home_.counts().unauthorized);
  answer(refused_response(admitted_, in.id, wall_ms()));
}

void connection::refuse_unsigned() {
  admitted_ = admit_unsigned(in, *home_.parts().guard, since);
  if (!admitted_.left.ok) keep_alive_ = false; // a flood pays for a new connection each time
  turn_away();
}

void connection::answer(response r) {
  if (phase_ != phase::handling) return; // timed out, or gone
  const auto spent = elapsed_ns(since);
  home_.counts().request_latency.record(spent);
  if (is_prediction_) home_.counts().prediction_latency.record(spent);
  bump(home_.counts().by_status_class[static_cast<std::size_t>(r.status / 100 - 1) % 5]);
  add_limit_headers(r, admitted_);
  if (r.close || !keep_alive_ || home_.stopping()) close_after_ = true;
  answer_frame frame;
  frame.request_id = id_;
  frame.cors_origin = cors_origin_;
  frame.keep_alive = !close_after_;
  frame.http10 = parsed_.version == 10;
  frame.head_only = in.verb == method::head;
  append_answer(out_, r, frame);
  parser_.reset();
  enter(phase::writing, home_.options().write_timeout);
  go_on();
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

void connection::upgrade_to(upgraded next) {
  const auto accept = upgrade_accept(in, parsed_.version);
  if (accept.empty()) {
    response r = error_response(426, "VALIDATION_ERROR", "this path is a WebSocket", id_);
    r.headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    return answer(std::move(r));
  }
  bump(home_.counts().by_status_class[0]);
  upgraded_ = true;
  phase_ = phase::gone;
  next({home_, std::move(socket_), std::move(out_) + upgrade_answer(accept, id_),
        buffer_.substr(begin_, end_ - begin_)});
  home_.leave(std::static_pointer_cast<peer>(self()));
}

} // namespace

void start_connection(io_thread& home, tcp::socket socket, std::string address, bool loopback) {
  std::make_shared<connection>(home, std::move(socket), std::move(address), loopback)->start();
}

} // namespace troupe
