// What the client does on its thread: keeps one line open, passes commands on and counts them.
#pragma once
#include "messages/errors.hpp"
#include "runtime/redis/client.hpp"
#include "runtime/redis/line.hpp"

#include <boost/asio/steady_timer.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <deque>
#include <future>
#include <random>

namespace troupe {

class redis_port : public std::enable_shared_from_this<redis_port> {
public:
  using clock = std::chrono::steady_clock;

  redis_port(boost::asio::io_context& io, redis_address to, redis_options options);

  /// Any thread: whether one more message may be posted to take(); else it is answered here.
  bool admit(caf::mailbox_element& mail);
  void take(caf::mailbox_element& mail);
  void start();
  void stop();

  std::atomic<bool> ready{false};
  std::atomic<std::int64_t> latency_us{0};
  std::promise<bool> first_try;

private:
  void connect();
  void greet();
  void lose(const std::string& why);
  void say(const redis_words& words, redis_line::answer done);
  void arm_tick();
  void tick();
  void ping();
  void report();
  void settle_first_try(bool good);
  bool full() const;

  boost::asio::io_context& io_;
  const redis_address to_;
  const redis_options options_;
  boost::asio::steady_timer timer_, retry_;
  std::shared_ptr<redis_line> line_;
  std::minstd_rand bits_{std::random_device{}()};
  bool told_first_ = false, stopped_ = false, told_away_ = false;
  clock::time_point connecting_until_{}, pinged_at_{}, reported_at_{};
  std::deque<clock::time_point> sent_at_; // of what is under way, oldest first
  std::size_t bytes_ = 0;                 // of its words
  std::atomic<std::size_t> posted_{0};    // messages on their way to take()
  std::atomic<std::uint64_t> refused_{0};
  std::uint64_t answered_ = 0, failed_ = 0;
  std::uint32_t failures_ = 0; // to connect, in a row
  utc_ms lost_at_ = 0;
};

/// Answers a request with an error; nothing else wants one.
void refuse(caf::mailbox_element& mail, errc code, const std::string& why);

} // namespace troupe
