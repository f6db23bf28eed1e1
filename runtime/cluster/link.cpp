#include "runtime/cluster/link.hpp"

#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace troupe {

namespace {

namespace net = caf::io::network;

// How bytes go over a link, in the shape that CAF's streams ask for.
class link_policy {
public:
  explicit link_policy(ssl_ptr session) : session_(std::move(session)) {}

  net::rw_state read_some(std::size_t& bytes, int socket, void* to, std::size_t room) {
    if (session_) return state(troupe::read_some(session_.get(), to, room, bytes));
    const auto got = ::recv(socket, to, room, 0);
    bytes = got > 0 ? static_cast<std::size_t>(got) : 0;
    return state(got > 0 || (got < 0 && only_waits()));
  }
  net::rw_state write_some(std::size_t& bytes, int socket, const void* from, std::size_t size) {
    bytes = 0;
    if (size == 0) return net::rw_state::indeterminate;
    if (session_) return state(troupe::write_some(session_.get(), from, size, bytes));
    const auto put = ::send(socket, from, size, MSG_NOSIGNAL);
    bytes = put > 0 ? static_cast<std::size_t>(put) : 0;
    return state(put >= 0 || only_waits());
  }
  // What TLS has read already is announced by no socket.
  bool must_read_more(int, std::size_t threshold) {
    return session_ && static_cast<std::size_t>(SSL_pending(session_.get())) >= threshold;
  }

private:
  static net::rw_state state(bool well) {
    return well ? net::rw_state::success : net::rw_state::failure;
  }
  static bool only_waits() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  ssl_ptr session_;
};

class link_scribe : public caf::io::scribe {
public:
  link_scribe(net::default_multiplexer& home, int socket, ssl_ptr session)
      : scribe(net::conn_hdl_from_socket(socket)), stream_(home, socket, std::move(session)) {}

  void configure_read(caf::io::receive_policy::config config) override {
    stream_.configure_read(config);
    if (!std::exchange(launched_, true)) stream_.start(this);
  }
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }
  void flush() override { stream_.flush(this); }
  std::string addr() const override {
    auto found = net::remote_addr_of_fd(stream_.fd());
    return found ? *found : "";
  }
  std::uint16_t port() const override {
    auto found = net::remote_port_of_fd(stream_.fd());
    return found ? *found : 0;
  }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  bool launched_ = false;
  net::stream_impl<link_policy> stream_;
};

} // namespace

caf::io::scribe_ptr make_link(caf::actor_system& system, int socket, ssl_ptr session) {
  auto& home = static_cast<net::default_multiplexer&>(system.middleman().backend());
  return caf::make_counted<link_scribe>(home, socket, std::move(session));
}

dialled_link dial(caf::actor_system& system, const tls_context& tls, const endpoint& where,
                  std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string why;
  const int socket = connect_to(where, until, why);
  if (socket < 0) return {nullptr, why};
  if (!tls) return {make_link(system, socket, nullptr), ""};
  auto session = begin_tls(tls, socket, true);
  auto step = session ? tls_step::wants_write : tls_step::failed;
  while (step == tls_step::wants_read || step == tls_step::wants_write) {
    step = shake_hands(session.get(), why);
    if (step == tls_step::done || step == tls_step::failed) break;
    why = await_socket(socket, step == tls_step::wants_write, until);
    if (!why.empty()) step = tls_step::failed;
  }
  if (step == tls_step::done) return {make_link(system, socket, std::move(session)), ""};
  session.reset();
  ::close(socket);
  return {nullptr, "TLS: " + why};
}

caf::actor broker_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

} // namespace troupe
