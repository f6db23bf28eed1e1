#include "actors/cluster/trainer_door.hpp"

#include "models/placement.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

namespace troupe {

namespace {

class door_state {
public:
  static inline const char* name = "trainer_door";

  explicit door_state(trainer_door_actor::pointer self) : self_(self) {}

  void start(trainer_actor local, caf::timespan timeout) {
    local_ = std::move(local);
    timeout_ = timeout;
  }

  void see(const cluster_view_ptr& view) { view_ = view; }

  void see(const peer_changed& change) {
    if (change.peer)
      peers_[change.name] = caf::actor_cast<peer_actor>(change.peer);
    else
      peers_.erase(change.name);
  }

  /// What concerns one symbol.
  template<class Answer, class Question>
  caf::result<Answer> ask_owner(const Question& question) {
    const auto standing =
        view_ ? view_->standing[shard_of(question.symbol)] : shard_standing::moving;
    if (standing == shard_standing::ours) return self_->delegate(local_, question);
    const auto peer = standing == shard_standing::another ? way_to(question.symbol) : peer_actor{};
    if (!peer) return caf::make_error(errc::busy, question.symbol + " is moving to another node");
    auto promise = self_->make_response_promise<Answer>();
    ask_peer<Answer>(
        peer, question.symbol, question,
        [promise](Answer& answer) mutable { promise.deliver(std::move(answer)); },
        [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
    return promise;
  }

  /// Rows of every node.
  caf::result<std::vector<model_info>> ask_all(const get_models& question) {
    if (!question.symbol.empty()) return ask_owner<std::vector<model_info>>(question);
    auto promise = self_->make_response_promise<std::vector<model_info>>();
    auto all = std::make_shared<gathering<std::vector<model_info>>>();
    all->missing = 1 + peers_.size();
    auto one_more = [all, promise]() mutable {
      if (--all->missing > 0) return;
      auto& rows = all->found;
      std::stable_sort(rows.begin(), rows.end(),
                       [](auto& a, auto& b) { return a.symbol < b.symbol; });
      promise.deliver(std::move(rows));
    };
    const auto take = [all, one_more](std::vector<model_info>& rows) mutable {
      all->found.insert(all->found.end(), std::make_move_iterator(rows.begin()),
                        std::make_move_iterator(rows.end()));
      one_more();
    };
    const auto missed = [one_more](caf::error&) mutable { one_more(); };
    self_->request(local_, timeout_, question).then(take, missed);
    for (auto& [node, peer] : peers_)
      ask_peer<std::vector<model_info>>(peer, {}, question, take, missed);
    return promise;
  }

  /// Of whoever knows it: jobs are of the node that was asked to train.
  caf::result<job> find(const get_job& question) {
    auto promise = self_->make_response_promise<job>();
    auto all = std::make_shared<gathering<bool>>();
    all->missing = 1 + peers_.size();
    const auto take = [all, promise](job& found) mutable {
      --all->missing;
      if (!std::exchange(all->found, true)) promise.deliver(std::move(found));
    };
    const auto missed = [all, promise, id = question.id](caf::error&) mutable {
      if (--all->missing == 0 && !all->found)
        promise.deliver(caf::make_error(errc::not_found, "job " + id));
    };
    self_->request(local_, timeout_, question).then(take, missed);
    for (auto& [node, peer] : peers_) ask_peer<job>(peer, {}, question, take, missed);
    return promise;
  }

  template<class News>
  void pass(const News& news) {
    self_->send(local_, news);
  }

private:
  template<class Found>
  struct gathering {
    std::size_t missing = 0;
    Found found{};
  };

  peer_actor way_to(const symbol_name& symbol) const {
    const auto way = peers_.find(view_->owner_of(shard_of(symbol)).name);
    return way == peers_.end() ? peer_actor{} : way->second;
  }

  template<class Answer, class Question, class Then, class Else>
  void ask_peer(const peer_actor& peer, const symbol_name& symbol, const Question& question,
                Then then, Else otherwise) {
    self_
        ->request(peer, timeout_,
                  remote_call{remote_part::symbol, symbol, caf::make_message(question)})
        .then(
            [then, otherwise](remote_answer& answer) mutable {
              if (answer.why) return otherwise(answer.why);
              if (answer.what.template match_elements<Answer>())
                return then(answer.what.template get_mutable_as<Answer>(0));
              auto strange = caf::make_error(errc::internal, "another node answers otherwise");
              otherwise(strange);
            },
            [otherwise](const caf::error&) mutable {
              auto silent = caf::make_error(errc::busy, "another node does not answer");
              otherwise(silent);
            });
  }

  trainer_door_actor::pointer self_;
  trainer_actor local_;
  caf::timespan timeout_{};
  cluster_view_ptr view_;
  std::map<node_name, peer_actor> peers_;
};

trainer_door_actor::behavior_type
trainer_door(trainer_door_actor::stateful_pointer<door_state> self, trainer_actor local,
             caf::timespan timeout) {
  auto& s = self->state;
  s.start(std::move(local), timeout);
  return {
      [&s](const train& t) { return s.ask_owner<job>(t); },
      [&s](const get_job& q) { return s.find(q); },
      [&s](const get_models& q) { return s.ask_all(q); },
      [&s](const get_trials& q) { return s.ask_owner<std::vector<trial_report>>(q); },
      [&s](const promote_version& p) { return s.ask_owner<model_roles>(p); },
      [&s](const trial_ended& t) { s.pass(t); },
      [&s](const symbol_started& started) { s.pass(started); },
      [&s](const wall_clock& clock) { s.pass(clock); },
      [&s](const cluster_view_ptr& view) { s.see(view); },
      [&s](const peer_changed& change) { s.see(change); },
  };
}

} // namespace

trainer_door_actor spawn_trainer_door(caf::actor_system& system, trainer_actor local,
                                      caf::timespan timeout) {
  return system.spawn(trainer_door, std::move(local), timeout);
}

caf::actor answerer_of(const remote_call& call, const symbol_board& board,
                       const trainer_actor& trainer) {
  const auto& what = call.what;
  const bool of_models = what.match_elements<train>() || what.match_elements<get_job>()
      || what.match_elements<get_models>() || what.match_elements<get_trials>()
      || what.match_elements<promote_version>();
  if (of_models) return caf::actor_cast<caf::actor>(trainer);
  return caf::actor_cast<caf::actor>(board.find(call.name));
}

} // namespace troupe
