// Nodes of a cluster as far as the mesh is concerned, several in one process: each an actor system
// of its own with real sockets on loopback. The test says who lives, in place of the membership.
#pragma once
#include "runtime/actor_config.hpp"
#include "runtime/cluster/certificates.hpp"
#include "runtime/cluster/mesh.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// A folder with the certificates of nodes a, b, c, made once for all tests and removed at the end.
class certificate_folder {
public:
  explicit certificate_folder(std::vector<std::string> nodes = {"a", "b", "c"}) {
    char path[] = "/tmp/troupe-certs-XXXXXX";
    path_ = ::mkdtemp(path);
    const auto made = make_certificates({path_, std::move(nodes), {"127.0.0.1"}, 10, 10});
    EXPECT_EQ(made.error, "");
  }
  ~certificate_folder() { std::filesystem::remove_all(path_); }
  certificate_folder(const certificate_folder&) = delete;
  certificate_folder& operator=(const certificate_folder&) = delete;

  cluster_transport of(const std::string& node) const {
    return {false, path_ + "/" + node + ".pem", path_ + "/" + node + ".key", path_ + "/ca.pem"};
  }
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

/// What was said and seen, waited for without sleeping.
class test_ear {
public:
  void log(const std::string& text) {
    std::lock_guard<std::mutex> lock{guard_};
    lines_.push_back(text);
    changed_.notify_all();
  }
  void news(const relayed_news& n) {
    std::lock_guard<std::mutex> lock{guard_};
    news_.push_back(n.bytes);
    changed_.notify_all();
  }
  void peer(const peer_changed& p) {
    std::lock_guard<std::mutex> lock{guard_};
    peers_[p.name] = p;
    if (p.peer) ++opened_[p.name];
    changed_.notify_all();
  }

  /// The way to a node, of that incarnation at least; null when there is none within ten seconds.
  peer_actor way_to(const node_name& node, std::uint64_t incarnation = 1) {
    await([&] { return peers_[node].peer && peers_[node].incarnation >= incarnation; });
    std::lock_guard<std::mutex> lock{guard_};
    return caf::actor_cast<peer_actor>(peers_[node].peer);
  }
  bool no_way_to(const node_name& node) {
    return await([&] { return !peers_[node].peer; });
  }
  bool heard_news(const std::string& bytes) {
    return await([&] { return count(news_, bytes) > 0; });
  }
  bool said(const std::string& part) {
    return await([&] { return count(lines_, part) > 0; });
  }
  std::size_t times_said(const std::string& part) {
    std::lock_guard<std::mutex> lock{guard_};
    return count(lines_, part);
  }
  std::size_t ways_opened(const node_name& node) {
    std::lock_guard<std::mutex> lock{guard_};
    return opened_[node];
  }

private:
  template<class Holds>
  bool await(Holds holds) {
    std::unique_lock<std::mutex> lock{guard_};
    return changed_.wait_for(lock, std::chrono::seconds{10}, holds);
  }
  static std::size_t count(const std::vector<std::string>& in, const std::string& part) {
    std::size_t n = 0;
    for (auto& line : in) n += line.find(part) != std::string::npos ? 1 : 0;
    return n;
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::string> lines_, news_;
  std::map<node_name, peer_changed> peers_;
  std::map<node_name, std::size_t> opened_;
};

class cluster_node {
public:
  cluster_node(node_name name, std::uint64_t incarnation, const cluster_transport& transport,
               std::uint16_t port = 0, std::uint32_t protocol = cluster_protocol,
               door_limits door = {})
      : name_(std::move(name)), incarnation_(incarnation), config_(2, true), system_(config_) {
    echo_ = system_.spawn(
        [](caf::event_based_actor*, const std::string& behind) -> caf::behavior {
          return {[=](const std::string& text) { return text + behind; }};
        },
        " is what you said");
    mesh_options options;
    options.address = "127.0.0.1:" + std::to_string(port);
    options.transport = transport;
    options.protocol = protocol;
    options.door = door;
    options.longest_wait = std::chrono::milliseconds{100};
    options.log = [ear = ear_](log_level, const std::string& text) { ear->log(text); };
    options.peers.serve = [echo = echo_](const remote_call&) { return echo; };
    options.peers.on_news = [ear = ear_](relayed_news& n) { ear->news(n); };
    board_ = options.board;
    opened_ = open_mesh(system_, std::move(options));
    EXPECT_EQ(opened_.error, "");
    watcher_ = system_.spawn(
        [](caf::event_based_actor*, const std::shared_ptr<test_ear>& ear) -> caf::behavior {
          return {[=](const peer_changed& p) { ear->peer(p); }};
        },
        ear_);
    caf::anon_send(opened_.handle, watch_peers{caf::actor_cast<caf::strong_actor_ptr>(watcher_)});
  }
  ~cluster_node() {
    caf::anon_send_exit(opened_.handle, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(watcher_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(echo_, caf::exit_reason::user_shutdown);
  }

  node_entry entry() const {
    node_entry out;
    out.name = name_;
    out.incarnation = incarnation_;
    out.address = "127.0.0.1:" + std::to_string(opened_.port);
    out.alive = true;
    return out;
  }
  /// Tells the mesh who lives.
  void see(std::vector<node_entry> nodes) {
    auto view = std::make_shared<cluster_view>();
    view->number = ++views_;
    view->me = name_;
    view->incarnation = incarnation_;
    view->nodes = std::move(nodes);
    caf::anon_send(opened_.handle, cluster_view_ptr{view});
  }
  /// What the other node answers, or what is wrong.
  std::string call(const node_name& other, const std::string& text, std::uint64_t incarnation = 1) {
    const auto way = ear_->way_to(other, incarnation);
    if (!way) return "no way";
    std::string out;
    caf::scoped_actor self{system_};
    self->request(way, std::chrono::seconds{10},
                  remote_call{remote_part::accounts, "", caf::make_message(text)})
        .receive(
            [&](const remote_answer& a) {
              out = a.why ? system_.render(a.why) : a.what.get_as<std::string>(0);
            },
            [&](const caf::error& e) { out = system_.render(e); });
    return out;
  }
  void tell(const node_name& other, const std::string& bytes) {
    caf::anon_send(ear_->way_to(other), relayed_news{"prices", bytes});
  }

  test_ear& ear() { return *ear_; }
  peer_board& board() { return *board_; }
  std::uint16_t port() const { return opened_.port; }
  caf::actor_system& system() { return system_; }
  const mesh_actor& mesh() const { return opened_.handle; }

private:
  node_name name_;
  std::uint64_t incarnation_;
  std::uint64_t views_ = 0;
  std::shared_ptr<test_ear> ear_ = std::make_shared<test_ear>();
  std::shared_ptr<peer_board> board_;
  actor_config config_;
  caf::actor_system system_;
  caf::actor echo_, watcher_;
  opened_mesh opened_;
};

} // namespace troupe
