// Models on their way from the node that made them to the one that takes the symbol.
#include "actors/memory_models.hpp"
#include "runtime/model_files.hpp"
#include "runtime/model_pack.hpp"
#include "runtime/shared_models.hpp"
#include "tests/models/forecast/small_models.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace troupe {
namespace {

using tests::small_models;

class model_sharing : public testing::Test {
protected:
  model_sharing() : system(config), asker(system), store(spawn_memory_models(system)) {}
  ~model_sharing() override { caf::anon_send_exit(store, caf::exit_reason::user_shutdown); }

  struct node {
    temporary_folder folder;
    shared_models models;
    node(caf::actor_system& system, const model_store_actor& store)
        : models(system, store, folder.path()) {}

    loaded_roles loaded() const { return load_by_roles(folder.path(), symbol); }
  };

  std::unique_ptr<node> join() { return std::make_unique<node>(system, store); }

  std::string made_at(const node& n) {
    std::string error;
    EXPECT_NE(save_models(n.folder.path(), small_models(), error), "") << error;
    return small_models().models->version;
  }

  static constexpr auto symbol = "BTCUSDT";
  store_config config;
  caf::actor_system system;
  store_asker asker;
  model_store_actor store;
};

} // namespace

TEST_F(model_sharing, a_node_that_takes_a_symbol_speaks_with_the_bytes_of_the_one_before) {
  const auto a = join(), b = join();
  const auto version = made_at(*a);
  EXPECT_EQ(a->models.give_version(symbol, version), "");
  EXPECT_EQ(a->models.give_roles({symbol, version, ""}, 1), "");
  EXPECT_EQ(b->models.bring(symbol, 2), "");
  const auto there = b->loaded();
  ASSERT_TRUE(there.champion);
  EXPECT_EQ(there.champion->version, version);
  EXPECT_EQ(there.champion->model_hash, small_models().models->model_hash);
  EXPECT_FALSE(there.challenger);
  std::string error;
  EXPECT_EQ(pack_version(a->folder.path(), symbol, version, error),
            pack_version(b->folder.path(), symbol, version, error));
}

TEST_F(model_sharing, who_is_tried_is_tried_by_the_next_owner) {
  const auto a = join(), b = join();
  const auto version = made_at(*a);
  const auto later = tests::train_small(tests::simulated_candles(41 * 288));
  const auto& set = later.models;
  std::string error;
  ASSERT_NE(save_models(a->folder.path(), later, error), "") << error;
  for (auto& one : {version, set->version}) EXPECT_EQ(a->models.give_version(symbol, one), "");
  EXPECT_EQ(a->models.give_roles({symbol, version, set->version}, 1), "");
  EXPECT_EQ(b->models.bring(symbol, 2), "");
  const auto there = b->loaded();
  ASSERT_TRUE(there.champion && there.challenger);
  EXPECT_EQ(there.champion->version, version);
  EXPECT_EQ(there.challenger->version, set->version);
}

TEST_F(model_sharing, an_owner_whose_models_nobody_knows_gives_them) {
  const auto a = join(), b = join(), c = join();
  const auto version = made_at(*a);
  EXPECT_EQ(a->models.bring(symbol, 0), ""); // it only looks
  EXPECT_EQ(c->models.bring(symbol, 0), "");
  EXPECT_FALSE(c->loaded().champion);
  EXPECT_EQ(a->models.bring(symbol, 1), "");
  EXPECT_EQ(b->models.bring(symbol, 2), "");
  ASSERT_TRUE(b->loaded().champion);
  EXPECT_EQ(b->loaded().champion->version, version);
}

TEST_F(model_sharing, the_store_counts_where_a_folder_says_otherwise) {
  const auto a = join(), b = join();
  const auto version = made_at(*a);
  EXPECT_EQ(a->models.bring(symbol, 1), "");
  ASSERT_EQ(write_roles(b->folder.path(), {symbol, "20200101T000000-gone", ""}), "");
  EXPECT_EQ(b->models.bring(symbol, 2), "");
  ASSERT_TRUE(b->loaded().champion);
  EXPECT_EQ(b->loaded().champion->version, version);
  EXPECT_EQ(read_roles(b->folder.path(), symbol).champion, version);
}

TEST_F(model_sharing, a_former_owner_changes_nothing_any_more) {
  const auto a = join(), b = join();
  const auto version = made_at(*a);
  EXPECT_EQ(a->models.bring(symbol, 3), "");
  EXPECT_NE(a->models.give_roles({symbol, "20200101T000000-old", ""}, 2), "");
  EXPECT_EQ(b->models.bring(symbol, 4), "");
  EXPECT_EQ(read_roles(b->folder.path(), symbol).champion, version);
}

TEST_F(model_sharing, damaged_bytes_are_no_version) {
  const auto a = join();
  const auto version = made_at(*a);
  std::string error;
  const auto good = pack_version(a->folder.path(), symbol, version, error);
  const temporary_folder folder;
  const auto refused = [&](const std::string& bytes, const std::string& name = symbol,
                           const std::string& as = {}) {
    error.clear();
    const bool kept = unpack_version(folder.path(), name, as.empty() ? version : as, bytes, error);
    return !kept && !error.empty() && stored_versions(folder.path(), name).empty();
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(good.substr(0, good.size() - 1)));
  EXPECT_TRUE(refused(good + "x"));
  for (std::size_t i = 1; i < 8; ++i) {
    auto flipped = good;
    flipped[good.size() * i / 8] ^= 1;
    EXPECT_TRUE(refused(flipped)) << i;
  }
  EXPECT_TRUE(refused(good, "ETHUSDT"));
  EXPECT_TRUE(refused(good, symbol, "20200101T000000-other"));
  EXPECT_TRUE(refused(good, symbol, "../" + version));
  EXPECT_TRUE(unpack_version(folder.path(), symbol, version, good, error)) << error;
}

TEST_F(model_sharing, a_piece_that_names_a_file_elsewhere_is_refused) {
  for (auto* name : {"../x", "a/b", "", ".x", ".."}) {
    const auto bytes = pack_files({{name, "text"}});
    const temporary_folder folder;
    std::string error;
    EXPECT_FALSE(unpack_version(folder.path(), symbol, "20200101T000000-x", bytes, error)) << name;
    EXPECT_FALSE(fs::exists(fs::path(folder.path()) / symbol / "x"));
  }
}

TEST_F(model_sharing, a_version_that_nobody_has_is_not_there) {
  const auto a = join();
  EXPECT_NE(a->models.bring_version(symbol, "20200101T000000-x"), "");
  EXPECT_NE(a->models.give_version(symbol, "20200101T000000-x"), "");
}

TEST_F(model_sharing, a_store_that_is_away_is_said_to_be) {
  const auto a = join();
  caf::anon_send_exit(store, caf::exit_reason::kill);
  EXPECT_NE(a->models.bring(symbol, 1), "");
}

} // namespace troupe
