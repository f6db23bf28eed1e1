#include "runtime/stores/postgres/lease_keeper.hpp"

#include "runtime/stores/postgres/ledger_arrays.hpp"
#include "runtime/stores/postgres/ledger_session.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace troupe {

namespace {

const std::vector<ledger_statement>& statements() {
  static const std::vector<ledger_statement> all{
      {"start", "SELECT lease_take($1::text, $2::bigint, true)"},
      {"take", "SELECT lease_take($1::text, $2::bigint, false)"},
      {"beat", "SELECT lease_beat($1::text, $2::bigint, $3::bigint)"},
  };
  return all;
}

struct keeper_state {
  static inline const char* name = "lease_keeper";
  using kind = lease_news::kind;

  lease_options options;
  std::unique_ptr<ledger_session> session;
  bool held = false, released = false;
  std::uint64_t term = 0; // the newest it was held with; 0: never yet
  std::optional<lease_news> unseen;
  caf::response_promise asker;

  lease_news take() {
    lease_news news;
    news.asked = std::chrono::steady_clock::now();
    const auto result = session->attempt_twice([&](pqxx::connection_base& connection) {
      const auto epoch = run_statement(connection, term == 0 ? "start" : "take",
                                       {options.node, pg_int8(options.lease_ms)});
      held = !epoch[0][0].is_null();
      if (held) term = epoch[0][0].as<std::uint64_t>();
    });
    return told(std::move(news), result);
  }

  lease_news beat() {
    lease_news news;
    news.asked = std::chrono::steady_clock::now();
    const auto result = session->attempt_twice(
        [&](pqxx::connection_base& connection) { held = beat_for(connection, options.lease_ms); });
    return told(std::move(news), result);
  }

  bool beat_for(pqxx::connection_base& connection, std::int64_t ms) const {
    const pg_parameters parameters{options.node, pg_int8(ms),
                                   pg_int8(static_cast<std::int64_t>(term))};
    return run_statement(connection, "beat", parameters)[0][0].as<bool>();
  }

  lease_news told(lease_news news, const pg_result& result) const {
    news.what = !result.done() ? kind::away : held ? kind::held : kind::another;
    news.term = term;
    news.words = result.words;
    return news;
  }

  void act() {
    unseen = held ? beat() : take();
    if (asker.pending()) asker.deliver(*std::exchange(unseen, std::nullopt));
  }

  bool release() {
    released = true;
    return session
        ->attempt_twice([&](pqxx::connection_base& connection) { beat_for(connection, 0); })
        .done();
  }
};

using keeper_pointer = caf::stateful_actor<keeper_state>*;

caf::behavior lease_keeper(keeper_pointer self, const lease_options& options) {
  auto& s = self->state;
  s.options = options;
  s.term = options.term;
  s.held = options.term != 0;
  s.session = std::make_unique<ledger_session>(options.url, statements());
  const auto period = std::chrono::milliseconds{options.lease_ms / 3};
  self->delayed_send(self, s.held ? period : std::chrono::milliseconds{0}, caf::tick_atom_v);
  return {
      [=](caf::tick_atom) {
        if (self->state.released) return;
        self->state.act();
        self->delayed_send(self, period, caf::tick_atom_v);
      },
      [=](next_lease_news) {
        auto& state = self->state;
        state.asker = self->make_response_promise();
        auto answer = state.asker;
        if (state.unseen) state.asker.deliver(*std::exchange(state.unseen, std::nullopt));
        return answer;
      },
      [=](lease_is_lost) { self->state.held = false; },
      [=](release_lease) { return !self->state.held || self->state.release(); },
  };
}

} // namespace

caf::actor spawn_lease_keeper(caf::actor_system& system, const lease_options& options) {
  return system.spawn<caf::detached>(lease_keeper, options);
}

} // namespace troupe
