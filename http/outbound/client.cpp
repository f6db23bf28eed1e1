#include "http/outbound/client.hpp"

#include "http/outbound/line.hpp"
#include "http/outbound/trust.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace troupe {

namespace {

// The connections to one service. But for its construction everything is on the client's thread.
class wire_port : public std::enable_shared_from_this<wire_port> {
public:
  wire_port(asio::io_context& io, asio::ssl::context& tls, endpoint at, wire_limits limits)
      : io_(io), tls_(tls), to_(std::make_shared<endpoint>(std::move(at))), limits_(limits) {}

  void take(caf::mailbox_element& mail) {
    job j{nullptr, {}, mail.sender, mail.mid};
    const auto content = mail.move_content_to_message();
    if (!j.id.is_request() || !j.asker) return;
    if (!content.match_elements<wire_attempt>())
      return answer(j, caf::make_message(caf::make_error(caf::sec::unexpected_message)));
    if (busy_.size() >= limits_.max_connections)
      return refuse(j, outbound_errc::busy, "too many connections");
    const auto& attempt = content.get_as<wire_attempt>(0);
    j.what = attempt.what;
    j.deadline = wire_clock::now() + std::chrono::milliseconds{attempt.timeout_ms};
    begin(std::move(j), false);
  }

  void stop() {
    for (auto& [key, u] : busy_) {
      u.on->close();
      refuse(u.what_for, outbound_errc::stopped, "this node stops");
    }
    for (auto& connection : idle_) connection->close();
    busy_.clear();
    idle_.clear();
  }

private:
  struct job {
    std::shared_ptr<const outbound_request> what;
    wire_clock::time_point deadline;
    caf::strong_actor_ptr asker;
    caf::message_id id;
  };
  struct under_way {
    std::shared_ptr<line> on;
    job what_for;
  };

  // `fresh`: on a connection of its own, for it has met a dead one already.
  void begin(job j, bool fresh) {
    auto on = fresh ? nullptr : rested();
    const bool used = on != nullptr;
    if (!on) on = make_line(io_, tls_, to_, limits_);
    auto what = j.what;
    const auto deadline = j.deadline;
    busy_.emplace(on.get(), under_way{on, std::move(j)});
    on->exchange(std::move(what), deadline,
                 [me = shared_from_this(), on = on.get(), used](line_result result) {
                   me->over(on, used, std::move(result));
                 });
  }

  // A kept connection that still lives, the last used first.
  std::shared_ptr<line> rested() {
    while (!idle_.empty()) {
      const auto last = std::move(idle_.back());
      idle_.pop_back();
      if (last->quiet()) return last;
      last->close();
    }
    return nullptr;
  }

  void over(line* which, bool used, line_result result) {
    const auto found = busy_.find(which);
    auto [on, j] = std::move(found->second);
    busy_.erase(found);
    // The service closed a kept connection as the request was under way: not its failure. It may
    // have read it all the same, so only what is safe goes again.
    if (used && result.untouched && j.what->safe_to_repeat) return begin(std::move(j), true);
    if (result.failure == outbound_errc::none)
      answer(j, caf::make_message(std::move(result.response)));
    else
      refuse(j, result.failure, result.why);
    if (on->reusable()) keep(on);
  }

  void keep(const std::shared_ptr<line>& on) {
    idle_.push_back(on);
    on->rest(std::chrono::milliseconds{limits_.idle_timeout_ms},
             [me = weak_from_this(), on = std::weak_ptr<line>(on)] {
               const auto port = me.lock();
               const auto tired = on.lock();
               if (port && tired) port->drop(tired);
             });
  }

  void drop(const std::shared_ptr<line>& tired) {
    idle_.erase(std::remove(idle_.begin(), idle_.end(), tired), idle_.end());
    tired->close();
  }

  static void answer(const job& j, caf::message content) {
    j.asker->enqueue(nullptr, j.id.response_id(), std::move(content), nullptr);
  }
  void refuse(const job& j, outbound_errc code, const std::string& why) const {
    answer(j, caf::make_message(caf::make_error(code, to_->authority() + ": " + why)));
  }

  asio::io_context& io_;
  asio::ssl::context& tls_;
  std::shared_ptr<const endpoint> to_;
  wire_limits limits_;
  std::unordered_map<line*, under_way> busy_; // bounded by max_connections
  std::vector<std::shared_ptr<line>> idle_;   // with busy_ no more than max_connections
};

caf::actor_companion& companion(const caf::actor& self) {
  return *caf::actor_cast<caf::actor_companion*>(self);
}

// What a wire says once its client is gone.
void turn_away(caf::mailbox_element_ptr mail) {
  if (mail->mid.is_request() && mail->sender)
    mail->sender->enqueue(nullptr, mail->mid.response_id(),
                          caf::make_message(caf::make_error(outbound_errc::stopped)), nullptr);
}

} // namespace

struct outbound_client::parts {
  explicit parts(caf::actor_system& s) : system(s) {}

  caf::actor_system& system;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> open{io.get_executor()};
  std::mutex guard; // of what open() adds
  std::vector<std::pair<caf::actor, std::shared_ptr<wire_port>>> ports;
  std::thread runner;
};

outbound_client::outbound_client(caf::actor_system& system, const std::string& authorities)
    : parts_(std::make_unique<parts>(system)) {
  trust(parts_->tls, authorities);
  parts_->runner = std::thread{[&io = parts_->io]() noexcept { io.run(); }};
}

outbound_client::~outbound_client() {
  // The handler is swapped under the companion's lock, which enqueue holds while it calls: nothing
  // is posted any more once this is done.
  for (auto& [self, port] : parts_->ports) companion(self).on_enqueue(turn_away);
  asio::post(parts_->io, [this] {
    for (auto& [self, port] : parts_->ports) port->stop();
    parts_->io.stop();
  });
  parts_->runner.join();
  for (auto& [self, port] : parts_->ports)
    companion(self).cleanup(caf::exit_reason::user_shutdown, nullptr);
}

wire_actor outbound_client::open(endpoint at, wire_limits limits) {
  auto port = std::make_shared<wire_port>(parts_->io, parts_->tls, std::move(at), limits);
  const auto self = caf::actor{parts_->system.spawn<caf::actor_companion>()};
  companion(self).on_enqueue([&io = parts_->io, port](caf::mailbox_element_ptr mail) {
    asio::post(io, [port, mail = std::move(mail)] { port->take(*mail); });
  });
  std::lock_guard<std::mutex> lock{parts_->guard};
  parts_->ports.emplace_back(self, std::move(port));
  return caf::actor_cast<wire_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
}

} // namespace troupe
