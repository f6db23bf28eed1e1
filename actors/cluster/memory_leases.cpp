#include "actors/cluster/memory_leases.hpp"

#include "messages/types.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace troupe {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

struct leases_state {
  static inline const char* name = "memory_leases";

  leases_actor::pointer self = nullptr;
  std::shared_ptr<lease_book> book;
  std::shared_ptr<const leases_weather> weather;

  std::int64_t now() const { return self->clock().now().time_since_epoch().count(); }

  caf::result<joined> answer(const join_cluster& request) {
    node_entry node;
    node.name = request.name;
    node.address = request.address;
    node.protocol = request.protocol;
    if (request.polite && book->alive(request.name, now()))
      return caf::make_error(errc::journal_fenced, "leases: another process bears the name");
    const auto incarnation = book->join(node, request.lease_ms * ns_per_ms, now());
    if (!incarnation)
      return caf::make_error(errc::validation_error, "leases: another protocol is spoken");
    return joined{*incarnation};
  }

  caf::result<cluster_table> answer(const beat_node& request) {
    if (!book->beat(request.name, request.incarnation, request.lease_ms * ns_per_ms,
                    request.leaving, now()))
      return caf::make_error(errc::journal_fenced, "leases: a newer process bears the name");
    return book->table(now());
  }

  caf::result<shards_taken> answer(const take_shards& request) {
    return shards_taken{book->take(request.name, request.incarnation, request.shards, now())};
  }

  caf::result<std::uint64_t> answer(const release_shards& request) {
    return book->release(request.name, request.incarnation, request.shards, request.epochs);
  }
};

using leases_pointer = leases_actor::stateful_pointer<leases_state>;

template<class Answer, class Request>
auto answered(leases_pointer self) {
  return [self](const Request& request) -> caf::result<Answer> {
    if (self->state.weather && self->state.weather->away)
      return caf::make_error(errc::store_unavailable, "leases: told to be away");
    return self->state.answer(request);
  };
}

leases_actor::behavior_type memory_leases(leases_pointer self, std::shared_ptr<lease_book> book,
                                          std::shared_ptr<const leases_weather> weather) {
  self->state.self = self;
  self->state.book = std::move(book);
  self->state.weather = std::move(weather);
  return {
      answered<joined, join_cluster>(self),
      answered<cluster_table, beat_node>(self),
      answered<shards_taken, take_shards>(self),
      answered<std::uint64_t, release_shards>(self),
  };
}

} // namespace

leases_actor spawn_memory_leases(caf::actor_system& system, std::shared_ptr<lease_book> book,
                                 std::shared_ptr<const leases_weather> weather) {
  return system.spawn(memory_leases, std::move(book), std::move(weather));
}

} // namespace troupe
