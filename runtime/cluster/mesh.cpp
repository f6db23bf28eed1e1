#include "runtime/cluster/mesh.hpp"

#include "runtime/cluster/attempt.hpp"
#include "runtime/cluster/root.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using namespace std::chrono_literals;
using clock_type = caf::actor_clock;

constexpr auto hello_patience = 1s;
constexpr auto tick_every = 25ms;

using full_mesh_actor = mesh_actor::extend<caf::replies_to<node_hello>::with<node_welcome>>;

std::string text_of(const caf::actor_system& system, const caf::error& e) {
  const auto& said = e.context();
  return said.match_elements<std::string>() ? said.get_as<std::string>(0) : system.render(e);
}

std::function<double()> own_uniform() {
  return [random = std::mt19937{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{0, 1}(random);
  };
}

class mesh_state {
public:
  static inline const char* name = "mesh";

  explicit mesh_state(full_mesh_actor::pointer self) : self_(self) {}

  void start(mesh_options options, tls_context tls, std::shared_ptr<const listener> at);
  void watch(const caf::strong_actor_ptr& who);
  void take(const cluster_view_ptr& view);
  caf::result<node_welcome> welcome(const node_hello& hello);
  void tick();

private:
  struct way {
    std::uint64_t incarnation = 0; // of the node it leads to
    dialling_peer_actor peer;      // null: there is none
    bool dialling = false;
    unsigned tries = 0; // since there was one
    clock_type::time_point next{};
    std::string said; // of the last failure
  };

  const node_entry* entry_of(const node_name& node) const;
  bool is_dialled(const node_entry& node) const;
  void dial(const node_entry& node);
  void greet(const node_name& node, const caf::strong_actor_ptr& root);
  void greeted(const dialling_peer_actor& peer);
  void meet(const node_name& node, const dialling_peer_actor& peer, const node_welcome& other);
  std::string objection(const node_name& node, const node_welcome& other) const;
  void fail(const node_name& node, const std::string& why);
  dialling_peer_actor spawn(const node_name& node, caf::strong_actor_ptr remote);
  void open(const node_name& node, std::uint64_t incarnation, dialling_peer_actor peer);
  void close(const node_name& node);
  void gone(const caf::down_msg& who);
  void end(const caf::error& why);
  void tell(const node_name& node) const;
  void say(log_level level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }
  void tick_soon();
  caf::error refuse(const node_name& node, errc code, const std::string& why);

  full_mesh_actor::pointer self_;
  mesh_options options_;
  tls_context tls_;
  node_root_actor root_;
  std::unique_ptr<cluster_door> door_;
  cluster_view_ptr view_;
  std::map<node_name, way> ways_;
  // Sent along with a hello that is not answered yet. CAF keeps who was named to another node until
  // it ends, and the system waits for that.
  std::vector<dialling_peer_actor> greeting_;
  std::vector<caf::strong_actor_ptr> watchers_;
  std::map<node_name, std::string> refused_; // what was said of it last
  bool tick_sent_ = false;
};

void mesh_state::start(mesh_options options, tls_context tls, std::shared_ptr<const listener> at) {
  options_ = std::move(options);
  tls_ = std::move(tls);
  if (!options_.uniform) options_.uniform = own_uniform();
  self_->set_down_handler([this](caf::down_msg& who) { gone(who); });
  self_->set_exit_handler([this](caf::exit_msg& told) { end(told.reason); });
  root_ = spawn_node_root(self_->system(), caf::actor_cast<greeted_actor>(self_));
  door_ = std::make_unique<cluster_door>(self_->system(), std::move(at), tls_, root_, options_.log,
                                         options_.door);
}

void mesh_state::watch(const caf::strong_actor_ptr& who) {
  if (!who) return;
  watchers_.push_back(who);
  for (auto& [node, w] : ways_)
    if (w.peer)
      caf::anon_send(
          caf::actor_cast<caf::actor>(who),
          peer_changed{node, w.incarnation, caf::actor_cast<caf::strong_actor_ptr>(w.peer)});
}

void mesh_state::tell(const node_name& node) const {
  const auto& w = ways_.at(node);
  for (auto& who : watchers_)
    caf::anon_send(
        caf::actor_cast<caf::actor>(who),
        peer_changed{node, w.incarnation, caf::actor_cast<caf::strong_actor_ptr>(w.peer)});
}

const node_entry* mesh_state::entry_of(const node_name& node) const {
  if (!view_) return nullptr;
  for (auto& n : view_->nodes)
    if (n.name == node) return &n;
  return nullptr;
}

// Of two nodes, the one whose name is less dials: never both, so a pair has one way.
bool mesh_state::is_dialled(const node_entry& node) const {
  return node.alive && !node.address.empty() && view_->me < node.name;
}

void mesh_state::take(const cluster_view_ptr& view) {
  if (!view || (view_ && view->number < view_->number)) return;
  const bool another = view_ && (view_->incarnation != view->incarnation || view_->me != view->me);
  view_ = view;
  for (auto& [node, w] : ways_) {
    const auto* entry = entry_of(node);
    if (w.peer && (another || (entry && entry->incarnation > w.incarnation))) {
      say(log_level::info, "node " + node + " started anew: its old way is closed");
      close(node);
    }
  }
  tick();
}

void mesh_state::tick_soon() {
  if (std::exchange(tick_sent_, true)) return;
  self_->delayed_send(self_, tick_every, caf::tick_atom_v);
}

void mesh_state::tick() {
  tick_sent_ = false;
  if (!view_) return;
  bool waits = false;
  const auto view = view_;
  for (auto& node : view->nodes) {
    if (!is_dialled(node)) continue;
    auto& w = ways_[node.name];
    if (w.peer) continue;
    waits = true;
    if (!w.dialling && w.next <= self_->clock().now()) dial(node);
  }
  if (waits) tick_soon();
}

void mesh_state::dial(const node_entry& node) {
  const auto where = read_endpoint(node.address);
  if (!where) return fail(node.name, "its address is none: " + node.address);
  if (!tls_ && !is_loopback(*where))
    return fail(node.name, "cluster.plain is for loopback alone, and it is at " + node.address);
  ways_[node.name].dialling = true;
  self_
      ->request(spawn_attempt(self_->system(), tls_), 3 * dial_patience, caf::connect_atom_v,
                where->host, where->port)
      .then([this, who = node.name](const caf::strong_actor_ptr& root) { greet(who, root); },
            [this, who = node.name, at = node.address](const caf::error& e) {
              fail(who, "cannot be reached at " + at + ": " + text_of(self_->system(), e));
            });
}

void mesh_state::greet(const node_name& node, const caf::strong_actor_ptr& root) {
  auto peer = spawn(node, nullptr);
  greeting_.push_back(peer);
  node_hello hello{view_->me, view_->incarnation, options_.protocol,
                   caf::actor_cast<caf::strong_actor_ptr>(peer)};
  self_->request(caf::actor_cast<node_root_actor>(root), hello_patience, std::move(hello))
      .then(
          [this, node, peer](const node_welcome& other) {
            greeted(peer);
            meet(node, peer, other);
          },
          [this, node, peer](const caf::error& e) {
            greeted(peer);
            caf::anon_send_exit(peer, caf::exit_reason::user_shutdown);
            fail(node, "does not let this one in: " + text_of(self_->system(), e));
          });
}

void mesh_state::greeted(const dialling_peer_actor& peer) {
  greeting_.erase(std::remove(greeting_.begin(), greeting_.end(), peer), greeting_.end());
}

std::string mesh_state::objection(const node_name& node, const node_welcome& other) const {
  if (other.protocol != options_.protocol)
    return "speaks protocol " + std::to_string(other.protocol) + ", this one "
        + std::to_string(options_.protocol) + ": refused";
  if (other.name != node) return "is not at its address: node " + other.name + " is";
  const auto* entry = entry_of(node);
  if (entry && other.incarnation < entry->incarnation)
    return "is not at its address: an older process of that name is";
  if (!other.peer) return "has no peer for this one";
  return "";
}

void mesh_state::meet(const node_name& node, const dialling_peer_actor& peer,
                      const node_welcome& other) {
  if (const auto why = objection(node, other); !why.empty()) {
    caf::anon_send_exit(peer, caf::exit_reason::user_shutdown);
    return fail(node, why);
  }
  caf::anon_send(peer, caf::connect_atom_v, other.peer);
  open(node, other.incarnation, peer);
}

// The same failure again is not said again.
void mesh_state::fail(const node_name& node, const std::string& why) {
  auto& w = ways_[node];
  w.dialling = false;
  options_.board->failed(node);
  if (std::exchange(w.said, why) != why) say(log_level::warn, "node " + node + " " + why);
  const auto wait =
      std::min(options_.longest_wait, options_.first_wait * (1 << std::min(w.tries, 10u)));
  ++w.tries;
  w.next = self_->clock().now()
      + std::chrono::duration_cast<clock_type::duration_type>(wait
                                                              * (0.5 + options_.uniform() / 2));
  tick_soon();
}

caf::error mesh_state::refuse(const node_name& node, errc code, const std::string& why) {
  auto& said = refused_[node];
  if (said != why) say(log_level::warn, "node " + node + " " + why);
  said = why;
  return caf::make_error(code, "node " + node + " " + why);
}

caf::result<node_welcome> mesh_state::welcome(const node_hello& hello) {
  if (!view_) return caf::make_error(errc::busy, "not in the cluster yet");
  // Whoever holds a certificate is trusted with its name; what follows keeps mistakes out.
  const auto no_hello = caf::make_error(errc::validation_error, "no hello that is expected here");
  if (hello.name.empty() || hello.name.size() > 128) return no_hello;
  if (hello.protocol != options_.protocol)
    return refuse(hello.name, errc::validation_error,
                  "speaks protocol " + std::to_string(hello.protocol) + ", this one "
                      + std::to_string(options_.protocol) + ": refused");
  if (!(hello.name < view_->me) || !hello.peer) return no_hello;
  const auto* entry = entry_of(hello.name);
  const auto known = std::max(entry ? entry->incarnation : 0, ways_[hello.name].incarnation);
  if (hello.incarnation < known)
    return refuse(hello.name, errc::forbidden, "is an older process of that name: refused");
  refused_.erase(hello.name);
  close(hello.name);
  auto peer = spawn(hello.name, hello.peer);
  open(hello.name, hello.incarnation, peer);
  return node_welcome{view_->me, view_->incarnation, options_.protocol,
                      caf::actor_cast<caf::strong_actor_ptr>(peer)};
}

dialling_peer_actor mesh_state::spawn(const node_name& node, caf::strong_actor_ptr remote) {
  auto options = options_.peers;
  options.name = node;
  options.figures = options_.board->figures_of(node);
  return spawn_peer(self_->system(), std::move(remote), std::move(options));
}

void mesh_state::open(const node_name& node, std::uint64_t incarnation, dialling_peer_actor peer) {
  self_->monitor(peer);
  auto& w = ways_[node];
  w = {};
  w.incarnation = incarnation;
  w.peer = std::move(peer);
  options_.board->opened(node, incarnation);
  say(log_level::info,
      "the way to node " + node + " (incarnation " + std::to_string(incarnation) + ") is open");
  tell(node);
}

void mesh_state::close(const node_name& node) {
  auto& w = ways_[node];
  if (!w.peer) return;
  caf::anon_send_exit(w.peer, caf::exit_reason::user_shutdown);
  w.peer = nullptr;
  options_.board->lost(node);
  tell(node);
}

// A peer_actor ends when the other node's does, and when the connection is lost.
void mesh_state::gone(const caf::down_msg& who) {
  for (auto& [node, w] : ways_) {
    if (!w.peer || w.peer.address() != who.source) continue;
    w.peer = nullptr;
    w.next = self_->clock().now() + options_.first_wait;
    options_.board->lost(node);
    say(log_level::warn,
        "the way to node " + node + " is lost: " + self_->system().render(who.reason));
    tell(node);
    return tick_soon();
  }
}

void mesh_state::end(const caf::error& why) {
  door_.reset();
  for (auto& [node, w] : ways_) close(node);
  for (auto& peer : greeting_) caf::anon_send_exit(peer, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(root_, caf::exit_reason::user_shutdown);
  root_ = nullptr;
  self_->quit(why);
}

full_mesh_actor::behavior_type mesh(full_mesh_actor::stateful_pointer<mesh_state> self,
                                    mesh_options options, tls_context tls,
                                    std::shared_ptr<const listener> at) {
  auto& s = self->state;
  s.start(std::move(options), std::move(tls), std::move(at));
  return {
      [&s](watch_peers& w) { s.watch(w.who); },
      [&s](const cluster_view_ptr& view) { s.take(view); },
      [&s](caf::tick_atom) { s.tick(); },
      [&s](const node_hello& hello) { return s.welcome(hello); },
  };
}

} // namespace

opened_mesh open_mesh(caf::actor_system& system, mesh_options options) {
  opened_mesh out;
  const auto where = read_endpoint(options.address);
  if (!where) {
    out.error = "cluster.address must be host:port: " + options.address;
    return out;
  }
  tls_context tls;
  if (!options.transport.plain) out.error = read_certificates(options.transport, tls);
  auto at = std::make_shared<listener>();
  if (out.error.empty()) out.error = at->open(*where, options.transport.plain);
  if (!out.error.empty()) return out;
  out.port = at->port();
  out.handle =
      system.spawn(mesh, std::move(options), std::move(tls), std::shared_ptr<const listener>{at});
  return out;
}

} // namespace troupe
