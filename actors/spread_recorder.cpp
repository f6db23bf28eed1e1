#include "actors/spread_recorder.hpp"

#include "models/market/spread.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr std::chrono::seconds answer_timeout{30}, retry_delay{5};

using recorder_actor = caf::typed_actor<caf::reacts_to<quote>, caf::reacts_to<caf::tick_atom>>;

class recorder_state {
public:
  static inline const char* name = "spread recorder";

  explicit recorder_state(recorder_actor::pointer self) : self_(self) {}

  void start(spread_store_actor store, log_sink log) {
    store_ = std::move(store);
    log_ = std::move(log);
    self_->set_exit_handler([this](caf::exit_msg& m) {
      for (auto& [symbol, piece] : pieces_)
        if (auto row = piece.cut()) waiting_.push_back(std::move(*row));
      if (!waiting_.empty()) caf::anon_send(store_, put_spreads{std::move(waiting_)});
      self_->quit(std::move(m.reason));
    });
  }

  void take(const quote& q) {
    auto row = pieces_[q.symbol].take(q);
    if (!row) return;
    waiting_.push_back(std::move(*row));
    write();
  }

  void write() {
    if (writing_ || waiting_.empty()) return;
    writing_ = true;
    // Kept until it is answered: put twice, a piece is there once.
    self_->request(store_, answer_timeout, put_spreads{waiting_})
        .then(
            [this, count = waiting_.size()](const put_receipt&) {
              writing_ = false;
              waiting_.erase(waiting_.begin(),
                             waiting_.begin()
                                 + static_cast<std::ptrdiff_t>(std::min(count, waiting_.size())));
              write();
            },
            [this](const caf::error&) {
              writing_ = false;
              drop_oldest();
              self_->delayed_send(self_, retry_delay, caf::tick_atom_v);
            });
  }

private:
  void drop_oldest() {
    if (waiting_.size() <= max_waiting_spread_rows) return;
    const auto many = waiting_.size() - max_waiting_spread_rows;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(many));
    if (log_) log_(log_level::warn, std::to_string(many) + " pieces of spreads were dropped");
  }

  recorder_actor::pointer self_;
  spread_store_actor store_;
  log_sink log_;
  std::unordered_map<symbol_name, spread_piece> pieces_; // of the symbols a feed has
  std::vector<spread_row> waiting_;
  bool writing_ = false;
};

recorder_actor::behavior_type recorder(recorder_actor::stateful_pointer<recorder_state> self,
                                       spread_store_actor store, log_sink log) {
  auto& s = self->state;
  s.start(std::move(store), std::move(log));
  return {
      [&s](const quote& q) { s.take(q); },
      [&s](caf::tick_atom) { s.write(); },
  };
}

} // namespace

quote_taker spawn_spread_recorder(caf::actor_system& system, spread_store_actor store,
                                  log_sink log) {
  return system.spawn(recorder, std::move(store), std::move(log));
}

} // namespace troupe
