#include "http/outbound/line.hpp"

#include "http/outbound/trust.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <optional>

namespace troupe {

namespace {

namespace beast_http = boost::beast::http;
using code = boost::system::error_code;
using answer_parser = beast_http::response_parser<beast_http::string_body>;

constexpr int max_interim_answers = 8; // of status 1xx, before the real one

std::string head_of(const outbound_request& r, const endpoint& to) {
  auto out = r.method + ' ' + to.prefix + r.path + " HTTP/1.1\r\nHost: " + to.authority()
      + "\r\nUser-Agent: troupe\r\n";
  for (auto& h : r.headers) out += h.name + ": " + h.value + "\r\n";
  if (!r.body.empty() || r.method == "POST" || r.method == "PUT" || r.method == "PATCH")
    out += "Content-Length: " + std::to_string(r.body.size()) + "\r\n";
  return out + "\r\n";
}

class live_line final : public line, public std::enable_shared_from_this<live_line> {
  // A handler that says nothing once the exchange it belongs to is over.
  template<class F>
  auto in_turn(F f) {
    return [me = shared_from_this(), turn = turn_, f = std::move(f)](auto&&... xs) {
      if (turn == me->turn_) f(xs...);
    };
  }

  template<class F>
  void with_stream(F f) {
    if (tls_)
      f(*tls_);
    else
      f(socket_);
  }

public:
  live_line(asio::io_context& io, asio::ssl::context& tls, std::shared_ptr<const endpoint> to,
            const wire_limits& limits)
      : context_(tls), to_(std::move(to)), limits_(limits), socket_(io), resolver_(io), timer_(io) {
  }

  void exchange(std::shared_ptr<const outbound_request> what, wire_clock::time_point deadline,
                done finished) override {
    ++turn_;
    what_ = std::move(what);
    finished_ = std::move(finished);
    heard_ = keeps_open_ = false;
    interim_ = 0;
    expect_answer();
    timer_.expires_at(deadline);
    timer_.async_wait(in_turn([this](code cancelled) {
      if (!cancelled) fail(outbound_errc::timed_out, "no answer in time");
    }));
    socket_.is_open() ? send() : connect();
  }

  bool reusable() const override { return keeps_open_ && socket_.is_open(); }

  bool quiet() override {
    code failed;
    char byte;
    socket_.non_blocking(true, failed);
    if (!failed) socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, failed);
    return failed == asio::error::would_block;
  }

  void rest(std::chrono::milliseconds time, std::function<void()> over) override {
    timer_.expires_after(time);
    timer_.async_wait([me = shared_from_this(), turn = turn_, over](code cancelled) {
      if (!cancelled && turn == me->turn_) over();
    });
  }

  void close() override {
    ++turn_;
    finished_ = nullptr;
    keeps_open_ = false;
    timer_.cancel();
    resolver_.cancel();
    code ignored;
    socket_.close(ignored);
  }

private:
  void connect();
  void connected(code failed);
  void greet();
  void send();
  void read();
  void heard(code failed, std::size_t size);
  void ended();
  void expect_answer();
  bool known_status() const;
  void parse();
  void refuse(code why);
  void complete();
  void fail(outbound_errc failure, std::string why);
  void finish(line_result result);

  asio::ssl::context& context_;
  std::shared_ptr<const endpoint> to_;
  wire_limits limits_;
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  tcp::resolver resolver_;
  asio::steady_timer timer_; // ends an exchange, or a rest

  std::uint64_t turn_ = 0; // grows when an exchange begins or ends
  std::shared_ptr<const outbound_request> what_;
  done finished_;
  std::string head_;
  std::optional<answer_parser> parser_;
  std::array<char, 16384> chunk_;
  std::string unread_; // received and not yet understood; bounded by max_header_bytes
  std::size_t head_bytes_ = 0;
  int interim_ = 0;
  bool heard_ = false, keeps_open_ = false;
};

void live_line::connect() {
  code no_address;
  const auto address = asio::ip::make_address(to_->host, no_address);
  if (!no_address) {
    socket_.async_connect({address, to_->port},
                          in_turn([this](code failed) { connected(failed); }));
    return;
  }
  resolver_.async_resolve(
      to_->host, std::to_string(to_->port),
      in_turn([this](code failed, const tcp::resolver::results_type& found) {
        if (failed) return fail(outbound_errc::cannot_connect, "no such host: " + to_->host);
        asio::async_connect(socket_, found, in_turn([this](code refused, const tcp::endpoint&) {
                              connected(refused);
                            }));
      }));
}

void live_line::connected(code failed) {
  if (failed) return fail(outbound_errc::cannot_connect, failed.message());
  code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  to_->tls ? greet() : send();
}

// The certificate must be the host's: chain and name are verified by OpenSSL in the handshake.
void live_line::greet() {
  tls_.emplace(socket_, context_);
  const auto ssl = tls_->native_handle();
  const bool ready = expect_host(ssl, to_->host);
  if (!ready) return fail(outbound_errc::not_trusted, "the host's name cannot be verified");
  tls_->async_handshake(asio::ssl::stream_base::client, in_turn([this, ssl](code failed) {
                          if (!failed) return send();
                          if (auto why = why_not_trusted(ssl); !why.empty())
                            return fail(outbound_errc::not_trusted, std::move(why));
                          fail(outbound_errc::cannot_connect, "TLS: " + failed.message());
                        }));
}

void live_line::send() {
  head_ = head_of(*what_, *to_);
  const std::array<asio::const_buffer, 2> all{asio::buffer(head_), asio::buffer(what_->body)};
  with_stream([&](auto& stream) {
    // The body is kept while the write may still look at it, even after the time is over.
    asio::async_write(stream, all, in_turn([this, kept = what_](code failed, std::size_t) {
                        if (failed) return fail(outbound_errc::broken_off, failed.message());
                        read();
                      }));
  });
}

void live_line::read() {
  with_stream([&](auto& stream) {
    stream.async_read_some(asio::buffer(chunk_),
                           in_turn([this](code failed, std::size_t size) { heard(failed, size); }));
  });
}

void live_line::heard(code failed, std::size_t size) {
  if (failed == asio::error::eof) return ended();
  if (failed) return fail(outbound_errc::broken_off, failed.message());
  heard_ = true;
  unread_.append(chunk_.data(), size);
  parse();
}

// The other side has closed: the end of an answer without a length, else too early.
void live_line::ended() {
  code failed = beast_http::error::partial_message;
  if (parser_->got_some()) parser_->put_eof(failed);
  if (failed || !parser_->is_done())
    return fail(outbound_errc::broken_off, heard_ ? "closed in the middle of an answer" : "closed");
  complete();
}

void live_line::expect_answer() {
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(limits_.max_header_bytes));
  parser_->body_limit(limits_.max_body_bytes);
  if (what_->method == "HEAD") parser_->skip(true);
  head_bytes_ = 0;
}

// 101 would mean another protocol, which we never ask for.
bool live_line::known_status() const {
  const auto status = parser_->get().result_int();
  return status >= 100 && status <= 599 && status != 101;
}

void live_line::parse() {
  while (!parser_->is_done() && !unread_.empty()) {
    code failed;
    const bool in_head = !parser_->is_header_done();
    const auto used = parser_->put(asio::buffer(unread_), failed);
    unread_.erase(0, used);
    if (in_head) head_bytes_ += used;
    if (failed && failed != beast_http::error::need_more) return refuse(failed);
    if (in_head && parser_->is_header_done() && !known_status())
      return refuse(beast_http::error::bad_status);
    if (failed || used == 0) break;
    if (parser_->is_done() && parser_->get().result_int() < 200) {
      if (++interim_ > max_interim_answers) return refuse(beast_http::error::bad_status);
      expect_answer();
    }
  }
  if (parser_->is_done()) return complete();
  // Heads, and the lines between chunks, are kept whole: bounded here whatever Beast does.
  if (unread_.size() + (parser_->is_header_done() ? 0 : head_bytes_) > limits_.max_header_bytes)
    return refuse(beast_http::error::header_limit);
  read();
}

void live_line::refuse(code why) {
  using error = beast_http::error;
  if (why == error::header_limit || why == error::body_limit || why == error::buffer_overflow)
    return fail(outbound_errc::too_large, "the answer is too large");
  fail(outbound_errc::malformed_answer, why.message());
}

void live_line::complete() {
  const bool keeps = parser_->keep_alive() && unread_.empty();
  auto message = parser_->release();
  line_result out;
  out.response.status = static_cast<int>(message.result_int());
  for (auto& h : message)
    out.response.headers.push_back({h.name_string().to_string(), h.value().to_string()});
  out.response.body = std::move(message.body());
  if (!keeps) {
    auto finished = std::move(finished_);
    close();
    finished_ = std::move(finished);
  }
  keeps_open_ = keeps;
  finish(std::move(out));
}

void live_line::fail(outbound_errc failure, std::string why) {
  line_result out;
  out.failure = failure;
  out.why = std::move(why);
  out.untouched = !heard_ && failure == outbound_errc::broken_off;
  auto finished = std::move(finished_);
  close();
  finished_ = std::move(finished);
  finish(std::move(out));
}

void live_line::finish(line_result result) {
  ++turn_;
  timer_.cancel();
  what_.reset();
  if (const auto finished = std::exchange(finished_, nullptr)) finished(std::move(result));
}

} // namespace

std::shared_ptr<line> make_line(asio::io_context& io, asio::ssl::context& tls,
                                std::shared_ptr<const endpoint> to, const wire_limits& limits) {
  return std::make_shared<live_line>(io, tls, std::move(to), limits);
}

} // namespace troupe
