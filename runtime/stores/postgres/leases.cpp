#include "runtime/stores/postgres/leases.hpp"

#include "runtime/stores/postgres/ledger_arrays.hpp"
#include "runtime/stores/postgres/ledger_session.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace troupe {

namespace {

const std::vector<ledger_statement>& statements() {
  static const std::vector<ledger_statement> all{
      {"join",
       "SELECT node_join($1::text, $2::text, $3::bigint::int, $4::bigint, $5::bigint <> 0)"},
      {"beat", "SELECT node_beat($1::text, $2::bigint, $3::bigint, $4::bigint <> 0)"},
      // One statement, so that nodes and shards are of one moment.
      {"table",
       "SELECT NULL::smallint, node, incarnation, address, protocol,"
       " expires_at > clock_timestamp(), leaving FROM nodes"
       " UNION ALL SELECT shard, node, incarnation, '', epoch, false, false FROM leases"
       " ORDER BY 1, 2"},
      {"take", "SELECT * FROM leases_take($1::text, $2::bigint, $3::smallint[])"},
      {"release", "SELECT leases_release($1::text, $2::bigint, $3::smallint[], $4::bigint[])"},
  };
  return all;
}

std::string pg_number(std::uint64_t value) { return pg_int8(static_cast<std::int64_t>(value)); }

std::string pg_shards(const std::vector<std::uint16_t>& shards) {
  ledger_array out{ledger_element::int2};
  for (const auto shard : shards) out.add(static_cast<std::int16_t>(shard));
  return out.bytes();
}

std::string pg_epochs(const std::vector<std::uint64_t>& epochs) {
  ledger_array out{ledger_element::int8};
  for (const auto epoch : epochs) out.add(static_cast<std::int64_t>(epoch));
  return out.bytes();
}

cluster_table table_of(const pqxx::result& rows) {
  cluster_table out;
  for (const auto& row : rows) {
    if (row[0].is_null()) {
      out.nodes.push_back({row[1].c_str(), row[2].as<std::uint64_t>(), row[3].c_str(),
                           row[4].as<std::uint32_t>(), row[5].as<bool>(), row[6].as<bool>()});
      continue;
    }
    out.shards[row[0].as<std::size_t>() % shard_count] = {
        row[1].c_str(), row[2].as<std::uint64_t>(), row[4].as<std::uint64_t>()};
  }
  return out;
}

caf::error away(const pg_result& result) {
  return caf::make_error(errc::store_unavailable, "leases: " + result.words);
}

struct leases_state {
  static inline const char* name = "leases";
  std::unique_ptr<ledger_session> session;

  caf::result<joined> join(const join_cluster& request) {
    joined out;
    bool refused = false;
    const auto result = session->attempt([&](pqxx::connection_base& connection) {
      const auto answer = run_statement(connection, "join",
                                        {request.name, request.address, pg_int8(request.protocol),
                                         pg_int8(request.lease_ms), pg_int8(request.polite)});
      refused = answer[0][0].is_null();
      if (!refused) out.incarnation = answer[0][0].as<std::uint64_t>();
    });
    if (!result.done()) return away(result);
    if (refused)
      return caf::make_error(errc::validation_error,
                             "leases: a node that lives speaks another protocol");
    if (out.incarnation == 0)
      return caf::make_error(errc::journal_fenced, "leases: another process bears the name");
    return out;
  }

  // The table is read after the beat is committed: whoever took a shard before it is seen.
  caf::result<cluster_table> beat(const beat_node& request) {
    cluster_table out;
    bool known = false;
    const auto result = session->attempt_twice([&](pqxx::connection_base& connection) {
      known = run_statement(connection, "beat",
                            {request.name, pg_number(request.incarnation),
                             pg_int8(request.lease_ms), pg_int8(request.leaving)})[0][0]
                  .as<bool>();
      out = table_of(run_statement(connection, "table", {}));
    });
    if (!result.done()) return away(result);
    if (!known)
      return caf::make_error(errc::journal_fenced, "leases: a newer process bears the name");
    return out;
  }

  // Not tried twice: what was taken by a lost call is seen in the table, as this process's own.
  caf::result<shards_taken> take(const take_shards& request) {
    shards_taken out;
    const auto result = session->attempt([&](pqxx::connection_base& connection) {
      for (const auto& row :
           run_statement(connection, "take",
                         {request.name, pg_number(request.incarnation), pg_shards(request.shards)}))
        out.claims.push_back({row[0].as<std::uint16_t>(), row[1].as<std::uint64_t>()});
    });
    if (!result.done()) return away(result);
    return out;
  }

  caf::result<std::uint64_t> release(const release_shards& request) {
    std::uint64_t out = 0;
    const auto result = session->attempt_twice([&](pqxx::connection_base& connection) {
      out = run_statement(connection, "release",
                          {request.name, pg_number(request.incarnation), pg_shards(request.shards),
                           pg_epochs(request.epochs)})[0][0]
                .as<std::uint64_t>();
    });
    if (!result.done()) return away(result);
    return out;
  }
};

leases_actor::behavior_type leases(leases_actor::stateful_pointer<leases_state> self,
                                   const std::string& url) {
  auto& s = self->state;
  s.session = std::make_unique<ledger_session>(url, statements());
  return {
      [&s](const join_cluster& request) { return s.join(request); },
      [&s](const beat_node& request) { return s.beat(request); },
      [&s](const take_shards& request) { return s.take(request); },
      [&s](const release_shards& request) { return s.release(request); },
  };
}

} // namespace

leases_actor spawn_postgres_leases(caf::actor_system& system, const std::string& url) {
  return system.spawn<caf::detached>(leases, url);
}

} // namespace troupe
