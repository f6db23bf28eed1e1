#include "runtime/redis/client.hpp"

#include "runtime/redis/port.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/exit_reason.hpp>

#include <pthread.h>

#include <csignal>
#include <thread>

namespace troupe {

namespace {

caf::actor_companion& companion(const caf::actor& self) {
  return *caf::actor_cast<caf::actor_companion*>(self);
}

// hiredis writes to sockets that may be closed: it shall be told, not killed.
void block_broken_pipes() {
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

} // namespace

struct redis_client::parts {
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open{io.get_executor()};
  std::shared_ptr<redis_port> port;
  caf::actor self;
  redis_actor handle;
  std::future<bool> first_try;
  std::thread runner;
};

redis_client::redis_client(caf::actor_system& system, redis_address to, redis_options options)
    : parts_(std::make_unique<parts>()) {
  auto& p = *parts_;
  p.port = std::make_shared<redis_port>(p.io, std::move(to), std::move(options));
  p.first_try = p.port->first_try.get_future();
  p.self = caf::actor{system.spawn<caf::actor_companion>()};
  companion(p.self).on_enqueue([&io = p.io, port = p.port](caf::mailbox_element_ptr mail) {
    if (port->admit(*mail))
      boost::asio::post(io, [port, mail = std::move(mail)] { port->take(*mail); });
  });
  p.handle = caf::actor_cast<redis_actor>(caf::actor_cast<caf::strong_actor_ptr>(p.self));
  boost::asio::post(p.io, [port = p.port] { port->start(); });
  p.runner = std::thread{[&io = p.io]() noexcept {
    block_broken_pipes();
    pthread_setname_np(pthread_self(), "redis");
    io.run();
  }};
}

redis_client::~redis_client() {
  auto& p = *parts_;
  // The handler is swapped under the companion's lock, which enqueue holds while it calls: nothing
  // is posted any more once this is done.
  companion(p.self).on_enqueue([](caf::mailbox_element_ptr mail) {
    refuse(*mail, errc::store_unavailable, "this node stops");
  });
  boost::asio::post(p.io, [&p] {
    p.port->stop();
    p.io.stop();
  });
  p.runner.join();
  companion(p.self).cleanup(caf::exit_reason::user_shutdown, nullptr);
}

const redis_actor& redis_client::handle() const { return parts_->handle; }
bool redis_client::connected() const { return parts_->port->ready; }
double redis_client::latency_ms() const {
  return static_cast<double>(parts_->port->latency_us) / 1000;
}
bool redis_client::wait_for_first_try() { return parts_->first_try.get(); }

} // namespace troupe
