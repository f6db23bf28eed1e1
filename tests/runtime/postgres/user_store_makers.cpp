// The user store that needs a server.
#include "tests/runtime/user_store_makers.hpp"

#include "runtime/stores/postgres/users.hpp"
#include "tests/runtime/postgres/server.hpp"

namespace troupe {

const std::vector<user_store_maker>& user_store_makers() {
  static const std::vector<user_store_maker> all{
      {"postgres",
       [](caf::actor_system& system, const temporary_folder&) {
         auto spawned = spawn_postgres_users(system, test::server().make_database());
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
  };
  return all;
}

} // namespace troupe
