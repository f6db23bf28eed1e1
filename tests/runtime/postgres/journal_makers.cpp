// The journals that need a server.
#include "tests/runtime/journal_makers.hpp"

#include "runtime/stores/postgres/journal.hpp"
#include "tests/runtime/postgres/server.hpp"

namespace troupe {

const std::vector<journal_maker>& journal_makers() {
  static const std::vector<journal_maker> all{
      {"postgres",
       [](caf::actor_system& system, const temporary_folder&) {
         postgres_journal_options options;
         options.node = "node-1";
         auto spawned = spawn_postgres_journal(system, test::server().make_database(), options);
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
  };
  return all;
}

} // namespace troupe
