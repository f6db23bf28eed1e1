// What every store of models must do, asked of the shared one and of the one in memory; and what
// only the shared one can promise.
#include "runtime/stores/postgres/models.hpp"

#include "actors/memory_models.hpp"
#include "tests/runtime/postgres/server.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <gtest/gtest.h>

namespace troupe {
namespace {

class any_model_store : public testing::TestWithParam<std::string> {
protected:
  any_model_store() : system(config), asker(system), url(test::server().make_database()) {
    store = GetParam() == "memory" ? spawn_memory_models(system) : open();
  }
  ~any_model_store() override { caf::anon_send_exit(store, caf::exit_reason::user_shutdown); }

  model_store_actor open() {
    auto spawned = spawn_postgres_models(system, url);
    EXPECT_EQ(spawned.error, "");
    return spawned.handle;
  }
  bool put(const std::string& version, const std::string& files) {
    return asker.ask<bool>(store, put_model_version{"BTCUSDT", version, files});
  }
  bool say(const std::string& champion, std::uint64_t epoch, const std::string& challenger = {}) {
    return asker.ask<bool>(store, put_shared_roles{{"BTCUSDT", champion, challenger}, epoch});
  }
  std::string files(const std::string& version, const symbol_name& symbol = "BTCUSDT") {
    return asker.ask<std::string>(store, get_model_version{symbol, version});
  }
  model_roles roles() { return asker.ask<model_roles>(store, get_shared_roles{"BTCUSDT"}); }

  store_config config;
  caf::actor_system system;
  store_asker asker;
  std::string url;
  model_store_actor store;
};

} // namespace

TEST_P(any_model_store, a_version_comes_back_byte_by_byte_and_never_changes) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 31 % 256);
  EXPECT_TRUE(put("1", bytes));
  EXPECT_FALSE(put("1", "other"));
  EXPECT_EQ(files("1"), bytes);
  EXPECT_EQ(files("2"), "");
  EXPECT_EQ(files("1", "ETHUSDT"), "");
}

TEST_P(any_model_store, what_is_no_version_is_refused) {
  EXPECT_EQ(asker.refusal<bool>(store, put_model_version{"BTCUSDT", "1", ""}),
            errc::validation_error);
  EXPECT_EQ(asker.refusal<bool>(store, put_model_version{"BTCUSDT", "", "x"}),
            errc::validation_error);
  EXPECT_EQ(asker.refusal<bool>(store, put_model_version{"b", "1", "x"}), errc::validation_error);
}

TEST_P(any_model_store, the_word_of_an_earlier_owner_comes_too_late) {
  EXPECT_EQ(roles().champion, "");
  EXPECT_TRUE(say("a", 2, "b"));
  EXPECT_TRUE(say("c", 2));
  EXPECT_FALSE(say("d", 1));
  EXPECT_EQ(roles().champion, "c");
  EXPECT_EQ(roles().challenger, "");
  EXPECT_TRUE(say("e", 3));
  EXPECT_EQ(roles().champion, "e");
}

TEST_P(any_model_store, old_versions_go_unless_they_have_a_part) {
  say("10", 1, "11");
  for (int i = 10; i < 25; ++i) put(std::to_string(i), "x");
  for (auto* kept : {"10", "11", "15", "24"}) EXPECT_EQ(files(kept), "x") << kept;
  for (auto* gone : {"12", "14"}) EXPECT_EQ(files(gone), "") << gone;
}

TEST_P(any_model_store, what_one_node_keeps_another_finds) {
  if (GetParam() == "memory") return; // nobody else can open it
  put("1", "x");
  say("1", 1);
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  store = open();
  EXPECT_EQ(files("1"), "x");
  EXPECT_EQ(roles().champion, "1");
}

INSTANTIATE_TEST_SUITE_P(models, any_model_store, testing::Values("memory", "postgres"),
                         [](const auto& kind) { return kind.param; });

} // namespace troupe
