// One connection to a service outside, one exchange at a time; for client.cpp and line.cpp alone:
// this is where Asio is. Everything is used on the client's thread.
#pragma once
#include "http/outbound/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using wire_clock = std::chrono::steady_clock;

/// What an exchange brought: a response, or why there is none.
struct line_result {
  outbound_response response;
  outbound_errc failure = outbound_errc::none;
  std::string why;
  bool untouched = false; // failed before the first byte of an answer
};

class line {
public:
  using done = std::function<void(line_result)>;

  virtual ~line() = default;

  /// Sends and hears the answer, connecting first if need be; `finished` is called once, never from
  /// within. @pre no exchange is under way, and the last one left it reusable
  virtual void exchange(std::shared_ptr<const outbound_request> what,
                        wire_clock::time_point deadline, done finished) = 0;

  /// After an exchange: both sides keep the connection open.
  virtual bool reusable() const = 0;

  /// Whether the other side has said nothing since: neither closed nor sent what nobody asked for.
  virtual bool quiet() = 0;

  /// Calls `over` unless another exchange begins within `time`.
  virtual void rest(std::chrono::milliseconds time, std::function<void()> over) = 0;

  /// Ends it. What is under way is not answered any more.
  virtual void close() = 0;
};

std::shared_ptr<line> make_line(asio::io_context& io, asio::ssl::context& tls,
                                std::shared_ptr<const endpoint> to, const wire_limits& limits);

} // namespace troupe
