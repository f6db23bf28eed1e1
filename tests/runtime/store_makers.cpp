// The stores that need no server.
#include "tests/runtime/store_makers.hpp"

#include "actors/memory_store.hpp"
#include "runtime/stores/sqlite_store.hpp"

namespace troupe {

const std::vector<store_maker>& store_makers() {
  static const std::vector<store_maker> all{
      {"sqlite",
       [](caf::actor_system& system, const temporary_folder& folder) {
         auto spawned = spawn_sqlite_store(system, folder.file("market.db"));
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
      {"memory",
       [](caf::actor_system& system, const temporary_folder&) {
         return spawn_memory_store(system);
       }},
  };
  return all;
}

} // namespace troupe
