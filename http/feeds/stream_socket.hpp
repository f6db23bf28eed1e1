// One WebSocket connection to a provider; for streams.cpp and stream_socket.cpp alone: this is
// where Beast's client is. Everything is used on the client's thread.
#pragma once
#include "http/feeds/streams.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// What a connection says, never from within a call to it, and nothing after close().
struct socket_ears {
  std::function<void()> opened;
  std::function<void(std::string text)> heard;
  std::function<void(const std::string& why)> closed; // at most once, and the last
  std::function<bool()> may_read; // false: it rests and asks again a little later
};

class stream_socket {
public:
  virtual ~stream_socket() = default;
  virtual void send(std::string text) = 0;
  virtual void close() = 0;
};

std::shared_ptr<stream_socket> open_stream_socket(boost::asio::io_context& io,
                                                  boost::asio::ssl::context& tls,
                                                  std::shared_ptr<const endpoint> to,
                                                  const std::string& path,
                                                  const stream_limits& limits, socket_ears ears);

} // namespace troupe
