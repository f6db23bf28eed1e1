// One connection of hiredis whose socket Boost.Asio watches, on one thread. It says and hears;
// whether it has been silent for too long and what to do when it ends is its owner's (client.cpp).
#pragma once
#include "runtime/redis/address.hpp"
#include "runtime/redis/value.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <string>

struct redisAsyncContext;

namespace troupe {

class redis_line : public std::enable_shared_from_this<redis_line> {
public:
  /// Called once per command, in the order of saying; null when the line ended before its answer.
  using answer = std::function<void(const redis_value*)>;
  /// The line stands (empty), or has ended: why. After an end nothing else is called.
  using event = std::function<void(const std::string& why)>;

  explicit redis_line(boost::asio::io_context& io) : watched_(io) {}
  ~redis_line();
  redis_line(const redis_line&) = delete;
  redis_line& operator=(const redis_line&) = delete;

  /// Once. `up` and `ended` are never called from within, but for `ended` when nothing can be tried
  /// at all. Looking a name up may block.
  void connect(const redis_address& to, event up, event ended);
  /// After `up`.
  void say(const redis_words& words, answer done);
  /// Ends at once: what is open is answered with null, `ended` is not called.
  void close();

private:
  friend struct line_hooks;

  void watch_read();
  void watch_write();
  void end(const std::string& why);

  boost::asio::posix::stream_descriptor watched_;
  redisAsyncContext* context_ = nullptr; // null: never connected, or ended
  bool want_read_ = false, want_write_ = false, reading_ = false, writing_ = false;
  event up_, ended_;
};

} // namespace troupe
