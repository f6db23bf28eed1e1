// What the suites of feeds share: a symbol whose answers the test decides. Include it after
// CAF_SUITE is defined.
#pragma once
#include "messages/protocol.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <caf/test/dsl.hpp>

namespace troupe {

/// What a listening symbol got, and how it is to answer.
struct listener_state {
  enum mode { answers, holds, fails } how = answers;
  std::vector<candle_batch> batches;
  std::vector<caf::typed_response_promise<batch_applied>> held;
  bool first_fails = false; // of those held

  /// Every candle got, in the order it came.
  std::vector<utc_ms> times() const {
    std::vector<utc_ms> out;
    for (const auto& b : batches)
      for (const auto& c : b.candles) out.push_back(c.open_time);
    return out;
  }

  /// Only within the actor: a promise sends in its context.
  void answer_held() {
    for (auto& promise : std::exchange(held, {}))
      if (std::exchange(first_fails, false))
        promise.deliver(caf::make_error(errc::busy));
      else
        promise.deliver(batch_applied{});
  }
};

using listener_ptr = std::shared_ptr<listener_state>;

inline symbol_actor::behavior_type listener(symbol_actor::pointer self, listener_ptr state) {
  const auto nothing = caf::make_error(errc::feature_error);
  return {
      [=](const candle_batch& batch) -> caf::result<batch_applied> {
        state->batches.push_back(batch);
        if (state->how == listener_state::fails) return caf::make_error(errc::store_unavailable);
        if (state->how == listener_state::answers)
          return batch_applied{batch.symbol, batch.candles.back().open_time, 1, 0, 0};
        state->held.push_back(self->make_response_promise<batch_applied>());
        return state->held.back();
      },
      [=](const get_prediction&) -> caf::result<prediction> { return nothing; },
      [=](const get_predictions&) -> caf::result<std::vector<prediction>> { return nothing; },
      [=](const get_signal&) -> caf::result<signal> { return nothing; },
      [=](const get_indicators&) -> caf::result<indicator_report> { return nothing; },
      [=](const get_history&) -> caf::result<std::vector<candle>> { return nothing; },
      [=](const get_symbol_status&) -> caf::result<symbol_status> { return nothing; },
      [=](const get_live_scores&) -> caf::result<symbol_scores> { return nothing; },
      [](const model_published&) {},
      [](const challenger_published&) {},
      [=](caf::flush_atom) {
        state->answer_held();
        return std::uint64_t{0};
      },
  };
}

struct feed_config : caf::actor_system_config {
  feed_config() { add_message_types<caf::id_block::troupe>(); }
};

/// Kills every actor at its end: feeds re-arm their timers.
struct feed_fixture : test_coordinator_fixture<feed_config> {
  feed_actor feed;
  std::vector<symbol_actor> symbols;

  ~feed_fixture() override {
    kill(feed);
    for (auto& s : symbols) kill(s);
    sched.run();
  }

  template<class Handle>
  void kill(const Handle& who) {
    if (who) caf::anon_send_exit(who, caf::exit_reason::kill);
  }

  symbol_actor listen(const listener_ptr& state) {
    symbols.push_back(sys.spawn(listener, state));
    return symbols.back();
  }

  /// Lets every living symbol answer what it holds.
  void answer_held() {
    for (auto& s : symbols) caf::anon_send(s, caf::flush_atom::value);
    sched.run();
  }

  void connect(const symbol_name& symbol, const symbol_actor& target, utc_ms after = 0) {
    caf::anon_send(feed, watch{symbol, after, caf::actor_cast<caf::strong_actor_ptr>(target)});
    sched.run();
  }

  /// Lets time pass and everything due happen.
  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  feed_status status() {
    auto pending = self->request(feed, caf::infinite, get_feed_status{});
    sched.run();
    feed_status out;
    pending.receive([&](feed_status& s) { out = std::move(s); },
                    [&](caf::error& e) { CAF_FAIL(sys.render(e)); });
    return out;
  }

  /// The candles, or the code of the error in `failed_with`.
  std::vector<candle> ask(const get_candles& question) {
    auto pending = self->request(feed, caf::infinite, question);
    sched.run();
    std::vector<candle> out;
    failed_with = errc::none;
    pending.receive([&](std::vector<candle>& c) { out = std::move(c); },
                    [&](caf::error& e) { failed_with = static_cast<errc>(e.code()); });
    return out;
  }

  errc failed_with = errc::none;
};

} // namespace troupe
