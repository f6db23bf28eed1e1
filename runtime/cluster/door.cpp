#include "runtime/cluster/door.hpp"

#include "runtime/cluster/link.hpp"

#include <arpa/inet.h>
#include <caf/send.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace troupe {

std::string listener::open(const endpoint& where, bool plain) {
  if (plain && !is_loopback(where))
    return "cluster.plain is for loopback alone: anybody could join at " + to_string(where);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const auto at = "cannot listen on " + to_string(where) + ": ";
  if (const int failed =
          ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found))
    return at + ::gai_strerror(failed);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> hold{found, ::freeaddrinfo};
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (socket_ < 0 || ::bind(socket_, found->ai_addr, found->ai_addrlen) != 0
      || ::listen(socket_, 128) != 0
      || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return at + std::strerror(errno);
  port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                            : reinterpret_cast<sockaddr_in&>(bound).sin_port);
  return "";
}

listener::~listener() {
  if (socket_ >= 0) ::close(socket_);
}

namespace {

using clock_type = std::chrono::steady_clock;

std::string text_of(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (from.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, text,
                sizeof text);
  else
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
  return text;
}

} // namespace

class cluster_door::porter {
public:
  porter(caf::actor_system& system, std::shared_ptr<const listener> at, tls_context tls,
         const node_root_actor& root, log_sink log, door_limits limits)
      : system_(system), at_(std::move(at)), tls_(std::move(tls)),
        root_(caf::actor_cast<caf::strong_actor_ptr>(root)),
        signatures_(system.message_types(root)), log_(std::move(log)), limits_(limits),
        end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { run(); }) {}

  ~porter() {
    const std::uint64_t one = 1;
    if (::write(end_, &one, sizeof one) < 0) std::abort(); // an eventfd takes it
    thread_.join();
    for (auto& k : knocking_) ::close(k.socket);
    ::close(end_);
  }

private:
  struct knocker {
    int socket;
    ssl_ptr session;
    clock_type::time_point until;
    std::string from;
    short waits_for = POLLIN;
  };

  void run();
  void accept_all();
  bool go_on(knocker& who);
  void let_in(int socket, ssl_ptr session);
  void send_away(knocker& who, const std::string& why);
  int wait_ms() const;

  caf::actor_system& system_;
  std::shared_ptr<const listener> at_;
  tls_context tls_;
  caf::strong_actor_ptr root_;
  std::set<std::string> signatures_;
  log_sink log_;
  door_limits limits_;
  std::list<knocker> knocking_; // who came first is first
  clock_type::time_point accept_after_{};
  clock_type::time_point say_after_{};
  std::uint64_t unsaid_ = 0; // strangers
  int end_;
  std::thread thread_; // last: runs as soon as it is there
};

// Until whoever knocks longest has had his time, or until accepting is tried again.
int cluster_door::porter::wait_ms() const {
  const auto now = clock_type::now();
  auto next = clock_type::time_point::max();
  if (!knocking_.empty()) next = knocking_.front().until;
  if (accept_after_ > now) next = std::min(next, accept_after_);
  if (next == clock_type::time_point::max()) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count();
  return static_cast<int>(std::max<std::int64_t>(left + 1, 0));
}

void cluster_door::porter::run() {
  for (std::vector<pollfd> waits;;) {
    waits.assign({{end_, POLLIN, 0}, {at_->socket(), 0, 0}});
    if (accept_after_ <= clock_type::now()) waits[1].events = POLLIN;
    for (auto& k : knocking_) waits.push_back({k.socket, k.waits_for, 0});
    if (::poll(waits.data(), waits.size(), wait_ms()) < 0 && errno != EINTR) return;
    if (waits[0].revents) return;
    const auto now = clock_type::now();
    std::size_t i = 2;
    for (auto k = knocking_.begin(); k != knocking_.end(); ++i) {
      bool stays = true;
      if (waits[i].revents) stays = go_on(*k);
      if (stays && k->until <= now) {
        send_away(*k, "it did not prove itself in time");
        stays = false;
      }
      k = stays ? std::next(k) : knocking_.erase(k);
    }
    if (waits[1].revents) accept_all();
  }
}

void cluster_door::porter::accept_all() {
  for (std::size_t n = 0; n < limits_.knocking; ++n) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int socket = ::accept4(at_->socket(), reinterpret_cast<sockaddr*>(&from), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      const bool none = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      // Out of descriptors, say: it would be ready again at once, and fail again.
      if (!none) accept_after_ = clock_type::now() + std::chrono::milliseconds{100};
      return;
    }
    if (!tls_) {
      let_in(socket, nullptr);
      continue;
    }
    if (knocking_.size() >= limits_.knocking) {
      send_away(knocking_.front(), "too many knock");
      knocking_.pop_front();
    }
    knocking_.push_back({socket, begin_tls(tls_, socket, false),
                         clock_type::now() + limits_.patience, text_of(from)});
    if (!go_on(knocking_.back())) knocking_.pop_back();
  }
}

// False: it knocks no longer.
bool cluster_door::porter::go_on(knocker& who) {
  std::string why = "no memory";
  const auto step = who.session ? shake_hands(who.session.get(), why) : tls_step::failed;
  if (step == tls_step::failed) {
    send_away(who, why);
    return false;
  }
  if (step == tls_step::done) {
    let_in(who.socket, std::move(who.session));
    return false;
  }
  who.waits_for = step == tls_step::wants_write ? POLLOUT : POLLIN;
  return true;
}

// As CAF's own door does, but for the connection alone: greets it and shows it the root.
void cluster_door::porter::let_in(int socket, ssl_ptr session) {
  caf::anon_send(broker_of(system_), caf::publish_atom_v,
                 make_link(system_, socket, std::move(session)), at_->port(), root_, signatures_);
}

void cluster_door::porter::send_away(knocker& who, const std::string& why) {
  who.session.reset();
  ::close(who.socket);
  ++unsaid_;
  const auto now = clock_type::now();
  if (!log_ || now < say_after_) return;
  say_after_ = now + limits_.say_every;
  log_(log_level::warn,
       "a stranger from " + who.from + " at the door of the cluster: " + why
           + (unsaid_ > 1
                  ? " (and " + std::to_string(unsaid_ - 1) + " more since the last such line)"
                  : ""));
  unsaid_ = 0;
}

cluster_door::cluster_door(caf::actor_system& system, std::shared_ptr<const listener> at,
                           tls_context tls, const node_root_actor& root, log_sink log,
                           door_limits limits)
    : porter_(std::make_unique<porter>(system, std::move(at), std::move(tls), root, std::move(log),
                                       limits)) {}

cluster_door::~cluster_door() = default;

} // namespace troupe
