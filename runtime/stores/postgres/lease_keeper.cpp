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
      {"take", "SELECT lease_take($1::text, $2::bigint)"},
      {"beat", "SELECT lease_beat($1::text, $2::bigint)"},
      {"release", "UPDATE nodes SET expires_at = clock_timestamp() WHERE node = $1::text"},
  };
  return all;
}

struct keeper_state {
  static inline const char* name = "lease_keeper";
  using kind = lease_news::kind;

  lease_options options;
  std::unique_ptr<ledger_session> session;
  bool held = false, released = false;
  std::optional<lease_news> unseen;
  caf::response_promise asker;

  pg_parameters parameters() const { return {options.node, pg_int8(options.lease_ms)}; }

  lease_news take() {
    lease_news news;
    news.asked = std::chrono::steady_clock::now();
    const auto result = session->attempt_twice([&](pqxx::connection_base& connection) {
      const auto epoch = run_statement(connection, "take", parameters());
      held = !epoch[0][0].is_null();
      news.what = held ? kind::taken : kind::another;
      if (held) news.epoch = epoch[0][0].as<std::uint64_t>();
    });
    if (!result.done()) news.what = kind::away;
    news.words = result.words;
    return news;
  }

  lease_news beat() {
    lease_news news;
    news.asked = std::chrono::steady_clock::now();
    const auto result = session->attempt_twice([&](pqxx::connection_base& connection) {
      held = run_statement(connection, "beat", parameters())[0][0].as<bool>();
      news.what = held ? kind::beaten : kind::another;
    });
    if (!result.done()) news.what = kind::away;
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
        ->attempt_twice([&](pqxx::connection_base& connection) {
          run_statement(connection, "release", {options.node});
        })
        .done();
  }
};

using keeper_pointer = caf::stateful_actor<keeper_state>*;

caf::behavior lease_keeper(keeper_pointer self, const lease_options& options) {
  auto& s = self->state;
  s.options = options;
  s.held = options.held;
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
