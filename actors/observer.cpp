#include "actors/observer.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace troupe {

std::shared_ptr<const node_snapshot> snapshot_board::read() const {
  std::lock_guard<std::mutex> hold{guard_};
  return current_;
}

void snapshot_board::put(std::shared_ptr<const node_snapshot> next) {
  std::lock_guard<std::mutex> hold{guard_};
  current_ = std::move(next);
}

namespace {

using namespace std::chrono_literals;

// An answer later than this counts as none.
constexpr auto patience = 5s;

class observer_state {
public:
  static inline const char* name = "observer";

  explicit observer_state(caf::event_based_actor* self) : self_(self) {}

  void start(observed_parts parts, std::shared_ptr<snapshot_board> board) {
    parts_ = std::move(parts);
    board_ = std::move(board);
    look();
  }

  // One round; the next begins an interval later, when every answer is in or given up.
  void look() {
    seen_ = std::make_shared<node_snapshot>();
    seen_->symbols.resize(parts_.symbols.size());
    outstanding_ = 3 + parts_.symbols.size();
    began_ = self_->clock().now();
    self_->request(parts_.store, patience, get_store_status{})
        .then(
            [this](store_status& s) {
              const auto* health = s.failing ? "degraded" : "healthy";
              answered("database", seen_->store = std::move(s), health);
            },
            [this](const caf::error& e) { failed("database", e); });
    self_->request(parts_.feed, patience, get_feed_status{})
        .then(
            [this](feed_status& s) {
              const auto* health = s.state == "stale" ? "degraded" : "healthy";
              answered("feed", seen_->feed = std::move(s), health);
            },
            [this](const caf::error& e) { failed("feed", e); });
    self_->request(parts_.trainer, patience, get_models{})
        .then(
            [this](std::vector<model_info>& m) {
              const auto* health = m.empty() ? "degraded" : "healthy";
              answered("models", seen_->models = std::move(m), health);
            },
            [this](const caf::error& e) { failed("models", e); });
    for (std::size_t i = 0; i < parts_.symbols.size(); ++i)
      self_->request(parts_.symbols[i], patience, get_symbol_status{})
          .then(
              [this, i](symbol_status& s) {
                seen_->symbols[i] = std::move(s);
                one_less();
              },
              [this](const caf::error&) { one_less(); });
  }

private:
  template<class T>
  void answered(const char* part, const T&, const char* status) {
    seen_->parts.push_back({part, status, elapsed_ms(), ""});
    one_less();
  }

  void failed(const char* part, const caf::error& e) {
    seen_->parts.push_back({part, "unhealthy", elapsed_ms(), self_->system().render(e)});
    one_less();
  }

  double elapsed_ms() const {
    return std::chrono::duration<double, std::milli>(self_->clock().now() - began_).count();
  }

  void one_less() {
    if (--outstanding_ > 0) return;
    board_->put(std::move(seen_));
    self_->delayed_send(self_, observation_interval, caf::tick_atom_v);
  }

  caf::event_based_actor* self_;
  observed_parts parts_;
  std::shared_ptr<snapshot_board> board_;
  std::shared_ptr<node_snapshot> seen_;
  std::size_t outstanding_ = 0;
  caf::actor_clock::time_point began_;
};

caf::behavior observer_behavior(caf::stateful_actor<observer_state>* self, observed_parts parts,
                                std::shared_ptr<snapshot_board> board) {
  auto& s = self->state;
  s.start(std::move(parts), std::move(board));
  return {[&s](caf::tick_atom) { s.look(); }};
}

} // namespace

caf::actor spawn_observer(caf::actor_system& system, observed_parts parts,
                          std::shared_ptr<snapshot_board> board) {
  return system.spawn(observer_behavior, std::move(parts), std::move(board));
}

} // namespace troupe
