#include "http/feeds/stream_socket.hpp"

#include "http/outbound/trust.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <chrono>
#include <deque>
#include <utility>

namespace troupe {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using code = boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds rest_time{20};

class live_socket final : public stream_socket, public std::enable_shared_from_this<live_socket> {
  // A handler that says nothing once the connection is over.
  template<class F>
  auto while_open(F f) {
    return [me = shared_from_this(), f = std::move(f)](auto&&... xs) {
      if (!me->over_) f(xs...);
    };
  }

public:
  live_socket(asio::io_context& io, asio::ssl::context& tls, std::shared_ptr<const endpoint> to,
              std::string path, const stream_limits& limits, socket_ears ears)
      : to_(std::move(to)), path_(std::move(path)), limits_(limits), ears_(std::move(ears)),
        resolver_(io), rest_(io), socket_(io, tls) {}

  void start() {
    // The resolver knows no time: this is its end, and that of connecting.
    rest_.expires_after(milliseconds{limits_.connect_ms});
    rest_.async_wait(while_open([this](code cancelled) {
      if (!cancelled) fail("no connection in time");
    }));
    resolver_.async_resolve(to_->host, std::to_string(to_->port),
                            while_open([this](code failed, tcp::resolver::results_type found) {
                              if (failed) return fail("no such host: " + to_->host);
                              connect(found);
                            }));
  }

  void send(std::string text) override {
    unsent_bytes_ += text.size();
    if (unsent_bytes_ > limits_.max_unsent_bytes) return fail("it does not take what we say");
    unsent_.push_back(std::move(text));
    if (open_ && unsent_.size() == 1) write();
  }

  void close() override {
    over_ = true;
    rest_.cancel();
    resolver_.cancel();
    beast::get_lowest_layer(socket_).close();
  }

private:
  void connect(const tcp::resolver::results_type& found) {
    lowest().async_connect(found, while_open([this](code failed, const tcp::endpoint&) {
                             if (failed) return fail(failed.message());
                             rest_.cancel();
                             greet();
                           }));
  }

  void greet() {
    code ignored;
    lowest().socket().set_option(tcp::no_delay{true}, ignored);
    const auto ssl = socket_.next_layer().native_handle();
    if (!expect_host(ssl, to_->host)) return fail("the host's name cannot be verified");
    lowest().expires_after(milliseconds{limits_.connect_ms});
    socket_.next_layer().async_handshake(
        asio::ssl::stream_base::client, while_open([this, ssl](code failed) {
          if (failed) {
            const auto why = why_not_trusted(ssl);
            return fail("TLS: " + (why.empty() ? failed.message() : why));
          }
          upgrade();
        }));
  }

  void upgrade() {
    lowest().expires_never(); // from here on the WebSocket has its own
    websocket::stream_base::timeout times{};
    times.handshake_timeout = milliseconds{limits_.connect_ms};
    times.idle_timeout = milliseconds{limits_.idle_ms};
    times.keep_alive_pings = true;
    socket_.set_option(times);
    socket_.set_option(websocket::stream_base::decorator(
        [](websocket::request_type& r) { r.set(beast::http::field::user_agent, "troupe"); }));
    socket_.read_message_max(limits_.max_text_bytes);
    socket_.text(true);
    socket_.async_handshake(to_->authority(), to_->prefix + path_, while_open([this](code failed) {
                              if (failed) return fail("WebSocket: " + failed.message());
                              open_ = true;
                              ears_.opened();
                              if (over_) return;
                              if (!unsent_.empty()) write();
                              read();
                            }));
  }

  void read() {
    if (!ears_.may_read()) {
      rest_.expires_after(rest_time);
      rest_.async_wait(while_open([this](code cancelled) {
        if (!cancelled) read();
      }));
      return;
    }
    socket_.async_read(incoming_, while_open([this](code failed, std::size_t) {
                         if (failed) return fail(reason(failed));
                         auto text = beast::buffers_to_string(incoming_.data());
                         incoming_.consume(incoming_.size());
                         ears_.heard(std::move(text));
                         if (!over_) read();
                       }));
  }

  void write() {
    socket_.async_write(asio::buffer(unsent_.front()), while_open([this](code failed, std::size_t) {
                          if (failed) return fail(reason(failed));
                          unsent_bytes_ -= unsent_.front().size();
                          unsent_.pop_front();
                          if (!unsent_.empty()) write();
                        }));
  }

  std::string reason(code failed) const {
    if (failed == beast::error::timeout) return "no pong";
    if (failed != websocket::error::closed) return failed.message();
    const auto& said = socket_.reason();
    return "closed with " + std::to_string(said.code) + ' ' + said.reason.c_str();
  }

  void fail(const std::string& why) {
    close();
    // Not from within: the caller may be in the middle of opening or sending.
    asio::post(socket_.get_executor(), [closed = std::move(ears_.closed), why] { closed(why); });
  }

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(socket_); }

  std::shared_ptr<const endpoint> to_;
  std::string path_;
  stream_limits limits_;
  socket_ears ears_;
  tcp::resolver resolver_;
  asio::steady_timer rest_;
  websocket::stream<beast::ssl_stream<beast::tcp_stream>> socket_;
  beast::flat_buffer incoming_;
  std::deque<std::string> unsent_; // its first is being written
  std::size_t unsent_bytes_ = 0;
  bool open_ = false, over_ = false;
};

} // namespace

std::shared_ptr<stream_socket> open_stream_socket(asio::io_context& io, asio::ssl::context& tls,
                                                  std::shared_ptr<const endpoint> to,
                                                  const std::string& path,
                                                  const stream_limits& limits, socket_ears ears) {
  auto out = std::make_shared<live_socket>(io, tls, std::move(to), path, limits, std::move(ears));
  out->start();
  return out;
}

} // namespace troupe
