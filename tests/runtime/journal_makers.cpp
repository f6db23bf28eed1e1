// The journals that need no server.
#include "tests/runtime/journal_makers.hpp"

#include "actors/memory_journal.hpp"
#include "runtime/stores/sqlite_journal.hpp"

namespace troupe {

const std::vector<journal_maker>& journal_makers() {
  static const std::vector<journal_maker> all{
      {"sqlite",
       [](caf::actor_system& system, const temporary_folder& folder) {
         auto spawned = spawn_sqlite_journal(system, folder.file("ledger.db"));
         EXPECT_EQ(spawned.error, "");
         return spawned.handle;
       }},
      {"memory",
       [](caf::actor_system& system, const temporary_folder&) {
         return spawn_memory_journal(system);
       }},
  };
  return all;
}

} // namespace troupe
