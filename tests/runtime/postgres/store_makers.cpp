// The store that needs a server.
#include "tests/runtime/store_makers.hpp"

#include "runtime/stores/postgres/market_store.hpp"
#include "tests/runtime/postgres/server.hpp"

namespace troupe {

const std::vector<store_maker>& store_makers() {
  static const std::vector<store_maker> all{
      {"postgres",
       [](caf::actor_system& system, const temporary_folder&) {
         auto spawned = spawn_postgres_store(system, test::server().make_database());
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
  };
  return all;
}

} // namespace troupe
