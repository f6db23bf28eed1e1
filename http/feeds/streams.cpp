#include "http/feeds/streams.hpp"

#include "http/feeds/stream_socket.hpp"
#include "http/outbound/trust.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace troupe {

namespace {

namespace asio = boost::asio;

// The connections to one provider. But for its construction everything is on the client's thread.
class stream_port : public std::enable_shared_from_this<stream_port> {
public:
  stream_port(asio::io_context& io, asio::ssl::context& tls, endpoint at, stream_limits limits)
      : io_(io), tls_(tls), to_(std::make_shared<endpoint>(std::move(at))), limits_(limits) {}

  void take(caf::mailbox_element& mail) {
    const auto content = mail.move_content_to_message();
    if (content.match_elements<open_stream>()) {
      open(content.get_as<open_stream>(0));
    } else if (content.match_elements<say_on_stream>()) {
      const auto& what = content.get_as<say_on_stream>(0);
      if (const auto found = sockets_.find(what.id); found != sockets_.end())
        found->second->send(what.text);
    } else if (content.match_elements<close_stream>()) {
      const auto found = sockets_.find(content.get_as<close_stream>(0).id);
      if (found == sockets_.end()) return;
      found->second->close();
      sockets_.erase(found);
    }
  }

  void stop() {
    for (auto& [id, socket] : sockets_) socket->close();
    sockets_.clear();
  }

private:
  void open(const open_stream& what) {
    const auto id = what.id;
    const auto unread = std::make_shared<std::atomic<std::int64_t>>(0);
    socket_ears ears;
    ears.opened = [id, who = what.who] { caf::anon_send(who, stream_opened{id}); };
    ears.heard = [id, who = what.who, unread](std::string text) {
      ++*unread;
      std::shared_ptr<const void> credit{unread.get(), [unread](const void*) { --*unread; }};
      caf::anon_send(who, stream_text{id, std::move(text), std::move(credit)});
    };
    ears.closed = [id, who = what.who, me = weak_from_this()](const std::string& why) {
      const auto port = me.lock();
      if (port && port->sockets_.erase(id) > 0) caf::anon_send(who, stream_closed{id, why});
    };
    ears.may_read = [unread, most = limits_.max_unread_texts] { return unread->load() < most; };
    sockets_[id] = open_stream_socket(io_, tls_, to_, what.path, limits_, std::move(ears));
  }

  asio::io_context& io_;
  asio::ssl::context& tls_;
  std::shared_ptr<const endpoint> to_;
  stream_limits limits_;
  std::map<stream_id, std::shared_ptr<stream_socket>> sockets_;
};

caf::actor_companion& companion(const caf::actor& self) {
  return *caf::actor_cast<caf::actor_companion*>(self);
}

} // namespace

std::optional<endpoint> parse_stream_address(std::string_view url) {
  constexpr std::string_view scheme = "wss://";
  if (url.substr(0, scheme.size()) != scheme) return std::nullopt;
  return parse_endpoint("https://" + std::string{url.substr(scheme.size())});
}

struct stream_client::parts {
  explicit parts(caf::actor_system& s) : system(s) {}

  caf::actor_system& system;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> open{io.get_executor()};
  std::mutex guard; // of what open() adds
  std::vector<std::pair<caf::actor, std::shared_ptr<stream_port>>> ports;
  std::thread runner;
};

stream_client::stream_client(caf::actor_system& system, const std::string& authorities)
    : parts_(std::make_unique<parts>(system)) {
  trust(parts_->tls, authorities);
  parts_->runner = std::thread{[&io = parts_->io]() noexcept { io.run(); }};
}

stream_client::~stream_client() {
  // The handler is swapped under the companion's lock, which enqueue holds while it calls: nothing
  // is posted any more once this is done.
  for (auto& [self, port] : parts_->ports)
    companion(self).on_enqueue([](caf::mailbox_element_ptr) {});
  asio::post(parts_->io, [this] {
    for (auto& [self, port] : parts_->ports) port->stop();
    parts_->io.stop();
  });
  parts_->runner.join();
  for (auto& [self, port] : parts_->ports)
    companion(self).cleanup(caf::exit_reason::user_shutdown, nullptr);
}

stream_actor stream_client::open(endpoint at, stream_limits limits) {
  auto port = std::make_shared<stream_port>(parts_->io, parts_->tls, std::move(at), limits);
  const auto self = caf::actor{parts_->system.spawn<caf::actor_companion>()};
  companion(self).on_enqueue([&io = parts_->io, port](caf::mailbox_element_ptr mail) {
    asio::post(io, [port, mail = std::move(mail)] { port->take(*mail); });
  });
  std::lock_guard<std::mutex> lock{parts_->guard};
  parts_->ports.emplace_back(self, std::move(port));
  return caf::actor_cast<stream_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
}

} // namespace troupe
