#include "runtime/stores/postgres/market_store.hpp"

#include "runtime/stores/postgres/market_tables.hpp"
#include "runtime/stores/store_queue.hpp"

namespace troupe {

spawned_store spawn_postgres_store(caf::actor_system& system, const std::string& url,
                                   const postgres_store_options& options) {
  spawned_store result;
  const std::shared_ptr<pg_market_tables> tables =
      pg_market_tables::open(url, options.link, result.error);
  if (tables) result.handle = spawn_store_queue(system, tables, options, pg_location(url));
  return result;
}

} // namespace troupe
