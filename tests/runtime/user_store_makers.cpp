// The user stores that need no server.
#include "tests/runtime/user_store_makers.hpp"

#include "actors/memory_users.hpp"
#include "runtime/stores/sqlite_users.hpp"

namespace troupe {

const std::vector<user_store_maker>& user_store_makers() {
  static const std::vector<user_store_maker> all{
      {"sqlite",
       [](caf::actor_system& system, const temporary_folder& folder) {
         auto spawned = spawn_sqlite_users(system, folder.file("users.sqlite3"));
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
      {"memory",
       [](caf::actor_system& system, const temporary_folder&) {
         return spawn_memory_users(system);
       }},
  };
  return all;
}

} // namespace troupe
