#include "actors/cluster/symbol_proxy.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <utility>

namespace troupe {

namespace {

bool is_busy(const caf::error& e) {
  return e && e.category() == caf::atom("troupe") && static_cast<errc>(e.code()) == errc::busy;
}

class proxy_state {
public:
  static inline const char* name = "symbol_proxy";

  explicit proxy_state(symbol_proxy_actor::pointer self) : self_(self) {}

  void start(symbol_proxy_options options) { options_ = std::move(options); }

  void use(symbol_route route) {
    route_ = std::move(route);
    place_waiting();
  }

  /// The answer of whoever has the symbol.
  template<class Answer, class Question>
  caf::result<Answer> ask(Question& question) {
    if (local()) return self_->delegate(route_.local, std::move(question));
    auto promise = self_->make_response_promise<Answer>();
    place<Answer>(promise, std::move(question), self_->clock().now() + options_.patience);
    return promise;
  }

  caf::result<batch_applied> take(candle_batch& batch) {
    if (local()) return self_->delegate(route_.local, std::move(batch));
    return busy();
  }

  template<class News>
  void pass(News& news) {
    if (route_.local) self_->send(route_.local, std::move(news));
  }

  // Also while the lease is over: what is unwritten is written.
  caf::result<std::uint64_t> flush() {
    if (route_.local) return self_->delegate(route_.local, caf::flush_atom_v);
    return std::uint64_t{0};
  }

  void tick() {
    ticking_ = false;
    place_waiting();
  }

private:
  using time_point = caf::actor_clock::time_point;

  bool local() const { return route_.local && (!options_.lease_holds || options_.lease_holds()); }

  caf::error busy() const {
    return caf::make_error(errc::busy, options_.symbol + " is moving to another node");
  }

  template<class Answer, class Question>
  void place(caf::typed_response_promise<Answer> promise, Question question, time_point until) {
    if (local()) {
      self_->request(route_.local, options_.answer_timeout, std::move(question))
          .then([promise](Answer& answer) mutable { promise.deliver(std::move(answer)); },
                [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
    } else if (route_.owner) {
      ask_owner<Answer>(promise, std::move(question), until);
    } else {
      wait<Answer>(promise, std::move(question), until);
    }
  }

  template<class Answer, class Question>
  void ask_owner(caf::typed_response_promise<Answer> promise, Question question, time_point until) {
    remote_call call{remote_part::symbol, options_.symbol, caf::make_message(question)};
    self_->request(route_.owner, options_.answer_timeout, std::move(call))
        .then(
            [=](remote_answer& answer) mutable {
              if (is_busy(answer.why))
                wait<Answer>(promise, std::move(question), until);
              else if (answer.why)
                promise.deliver(std::move(answer.why));
              else if (answer.what.template match_elements<Answer>())
                promise.deliver(std::move(answer.what.template get_mutable_as<Answer>(0)));
              else
                promise.deliver(caf::make_error(errc::internal, "another node answers otherwise"));
            },
            // The way is gone; questions may be asked twice.
            [=](const caf::error&) mutable { wait<Answer>(promise, std::move(question), until); });
  }

  template<class Answer, class Question>
  void wait(caf::typed_response_promise<Answer> promise, Question question, time_point until) {
    if (self_->clock().now() >= until || waiting_.size() >= options_.max_waiting) {
      promise.deliver(busy());
      return;
    }
    waiting_.push_back(
        [=]() mutable { place<Answer>(std::move(promise), std::move(question), until); });
    if (std::exchange(ticking_, true)) return;
    self_->delayed_send(self_, options_.ask_again_after, caf::tick_atom_v);
  }

  // Each once: who must wait on is in the next round.
  void place_waiting() {
    for (auto& one : std::exchange(waiting_, {})) one();
  }

  symbol_proxy_actor::pointer self_;
  symbol_proxy_options options_;
  symbol_route route_;
  std::deque<std::function<void()>> waiting_;
  bool ticking_ = false;
};

symbol_proxy_actor::behavior_type
symbol_proxy(symbol_proxy_actor::stateful_pointer<proxy_state> self, symbol_proxy_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](candle_batch& batch) { return s.take(batch); },
      [&s](get_prediction& q) { return s.ask<prediction>(q); },
      [&s](get_predictions& q) { return s.ask<std::vector<prediction>>(q); },
      [&s](get_signal& q) { return s.ask<signal>(q); },
      [&s](get_indicators& q) { return s.ask<indicator_report>(q); },
      [&s](get_history& q) { return s.ask<std::vector<candle>>(q); },
      [&s](get_symbol_status& q) { return s.ask<symbol_status>(q); },
      [&s](get_live_scores& q) { return s.ask<symbol_scores>(q); },
      [&s](model_published& p) { s.pass(p); },
      [&s](challenger_published& p) { s.pass(p); },
      [&s](caf::flush_atom) { return s.flush(); },
      [&s](symbol_route& route) { s.use(std::move(route)); },
      [&s](caf::tick_atom) { s.tick(); },
  };
}

} // namespace

symbol_proxy_actor spawn_symbol_proxy(caf::actor_system& system, symbol_proxy_options options) {
  return system.spawn(symbol_proxy, std::move(options));
}

} // namespace troupe
