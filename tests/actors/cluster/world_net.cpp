// The ways of a world: what is said between nodes and to the database comes late, twice or not at
// all.
#include "tests/actors/cluster/world.hpp"

#include <type_traits>

namespace troupe::simulated {

namespace {

constexpr milliseconds call_timeout{1500};

using road_actor = leases_actor::extend<caf::reacts_to<std::uint64_t>>;
using wire_actor = peer_actor::extend<caf::reacts_to<std::uint64_t>>;

template<class Answer, class Request>
auto along(road_actor::pointer self, world* w, int from, leases_actor leases) {
  return [=](const Request& request) -> caf::result<Answer> {
    auto promise = self->make_response_promise<Answer>();
    const auto way = w->trip_between(from, database);
    const auto me = road_actor{self};
    if (!way.there) return promise; // nobody ever answers
    w->later(me, way.there_in, [=]() mutable {
      self->request(leases, caf::infinite, request)
          .then(
              [=](Answer& answer) mutable {
                if (!way.back) return;
                w->later(me, way.back_in, [promise, answer = std::move(answer)]() mutable {
                  promise.deliver(std::move(answer));
                });
              },
              [=](caf::error& why) mutable {
                w->later(me, way.back_in, [promise, why = std::move(why)]() mutable {
                  promise.deliver(std::move(why));
                });
              });
    });
    if (way.twice) w->later(me, way.twice_in, [=] { caf::anon_send(leases, request); });
    return promise;
  };
}

road_actor::behavior_type road(road_actor::pointer self, world* w, int from, leases_actor leases) {
  return {along<joined, join_cluster>(self, w, from, leases),
          along<cluster_table, beat_node>(self, w, from, leases),
          along<shards_taken, take_shards>(self, w, from, leases),
          along<std::uint64_t, release_shards>(self, w, from, leases),
          [w](std::uint64_t number) { w->run_event(number); }};
}

using answer_promise = caf::typed_response_promise<remote_answer>;

caf::error way_is_lost() { return caf::make_error(errc::busy, "the way is lost"); }

template<class Answer, class Request>
bool pass_if(wire_actor::pointer self, world* w, const trip& way, int to, caf::message& what,
             answer_promise& promise) {
  if (!what.match_elements<Request>()) return false;
  const auto me = wire_actor{self};
  auto request = what.get_as<Request>(0);
  auto say = [=](bool answers) mutable {
    auto& there = w->at(to);
    if (!there.alive) {
      if (answers) promise.deliver(way_is_lost());
      return;
    }
    self->request(there.router.door, call_timeout, request)
        .then(
            [=](Answer& answer) mutable {
              if (!answers || !way.back) return;
              auto said = remote_answer{{}, caf::make_message(std::move(answer))};
              w->later(me, way.back_in, [=]() mutable { promise.deliver(said); });
            },
            [=](caf::error& why) mutable {
              if (!answers || !way.back) return;
              const bool ours = why.category() == caf::atom("troupe");
              auto said = remote_answer{ours ? why : way_is_lost(), {}};
              w->later(me, way.back_in, [=]() mutable { promise.deliver(said); });
            });
  };
  w->later(me, way.there_in, [=]() mutable { say(true); });
  if (way.twice) {
    if constexpr (!std::is_same_v<Request, get_account> && !std::is_same_v<Request, tick_account>)
      w->note_twice(request.reference);
    w->later(me, way.twice_in, [=]() mutable { say(false); });
  }
  return true;
}

template<class... Commands>
bool pass(wire_actor::pointer self, world* w, const trip& way, int to, caf::message& what,
          answer_promise& promise, std::variant<Commands...>*) {
  return pass_if<account_view, get_account>(self, w, way, to, what, promise)
      || (pass_if<receipt, Commands>(self, w, way, to, what, promise) || ...);
}

wire_actor::behavior_type wire(wire_actor::pointer self, world* w, int from, int to) {
  return {
      [=](remote_call& call) -> caf::result<remote_answer> {
        auto promise = self->make_response_promise<remote_answer>();
        const auto way = w->trip_between(from, to);
        if (!way.there || !way.back)
          w->later(wire_actor{self}, call_timeout,
                   [=]() mutable { promise.deliver(way_is_lost()); });
        if (way.there
            && !pass(self, w, way, to, call.what, promise, static_cast<account_command*>(nullptr)))
          promise.deliver(caf::make_error(errc::internal, "not to be passed on"));
        return promise;
      },
      [](const relayed_news&) {},
      [](look_again) {},
      [](const parcel& p) { return parcel_taken{p.number}; },
      [](caf::flush_atom) {},
      [](caf::tick_atom) {},
      [w](std::uint64_t number) { w->run_event(number); },
  };
}

template<class Answer, class Request>
auto through(journal_actor::pointer self, const owned_journal_actor& journal) {
  return [=](const Request& request) -> caf::result<Answer> {
    return self->delegate(journal, request);
  };
}

journal_actor::behavior_type early_journal(journal_actor::pointer self,
                                           owned_journal_actor journal) {
  return {
      [=](const account_append& request) -> caf::result<appended> {
        caf::anon_send(journal, request);
        return appended{request.account, request.rows.back().version};
      },
      through<stored_account, load_account>(self, journal),
      through<std::vector<journal_row>, get_journal>(self, journal),
      through<std::vector<journal_row>, find_reference>(self, journal),
      through<ledger_totals, get_trial_balance>(self, journal),
      through<std::vector<account_id>, get_account_ids>(self, journal),
      through<std::uint64_t, put_dead_letter>(self, journal),
      through<std::vector<dead_letter>, get_dead_letters>(self, journal),
      through<bool, mark_replayed>(self, journal),
      through<std::vector<outbox_row>, get_outbox>(self, journal),
      through<std::uint64_t, put_outbox_cursor>(self, journal),
      through<std::uint64_t, get_outbox_cursor>(self, journal),
      through<journal_status, get_journal_status>(self, journal),
      [](caf::flush_atom) {},
  };
}

} // namespace

trip world::trip_between(int from, int to) {
  trip out;
  out.there_in = odds_.between(nanoseconds{50'000}, milliseconds{1});
  out.back_in = odds_.between(nanoseconds{50'000}, milliseconds{1});
  if (to == database && at(from).road_cut) out.there = false;
  if (!chaotic_) return out;
  if (odds_.chance(slow_)) out.there_in = odds_.between(milliseconds{1}, slowest_);
  if (odds_.chance(slow_)) out.back_in = odds_.between(milliseconds{1}, slowest_);
  if (odds_.chance(loses_)) out.there = false;
  if (odds_.chance(loses_)) out.back = false;
  result_.lost += !out.there || !out.back;
  out.twice = odds_.chance(doubles_);
  out.twice_in = odds_.between(milliseconds{1}, slowest_);
  return out;
}

peer_actor spawn_wire(caf::actor_system& system, world* w, int from, int to) {
  return system.spawn(wire, w, from, to);
}
leases_actor spawn_road(caf::actor_system& system, world* w, int from, leases_actor leases) {
  return system.spawn(road, w, from, leases);
}
caf::actor spawn_believer(caf::actor_system& system, lease_clock_ptr clock) {
  return system.spawn([clock](caf::event_based_actor*) -> caf::behavior {
    return {[clock](const cluster_view_ptr& view) {
      for (std::uint32_t s = 0; s < shard_count; ++s)
        clock->set_epoch(s, view->standing[s] == shard_standing::ours ? view->epoch[s] : 0);
    }};
  });
}
journal_actor spawn_early_journal(caf::actor_system& system, owned_journal_actor journal) {
  return system.spawn(early_journal, journal);
}

} // namespace troupe::simulated
