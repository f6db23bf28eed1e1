#include "runtime/model_roles.hpp"

#include "runtime/model_files.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace troupe {
namespace {

using tests::small_models;

class model_roles_file : public testing::Test {
protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("troupe-roles-" + std::to_string(::getpid()));
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  /// The small models as a version of that hour of their day.
  std::string save(int hour, int days = 0) const {
    auto made = small_models();
    auto set = std::make_shared<model_set>(*made.models);
    set->trained_at = 1'700'000'000'000 + hour * hour_ms;
    set->train_from -= days * day_ms;
    set->version = version_of(set->trained_at, set->model_hash);
    made.models = set;
    std::string error;
    EXPECT_NE(save_models(folder(), made, error), "") << error;
    return set->version;
  }
  std::string folder() const { return root_.string(); }
  void write(const model_roles& roles) const { EXPECT_EQ(write_roles(folder(), roles), ""); }
  loaded_roles load() const { return load_by_roles(folder(), "BTCUSDT"); }

  fs::path root_;
};

} // namespace

TEST_F(model_roles_file, without_it_the_newest_version_speaks) {
  save(1);
  const auto newest = save(2);
  ASSERT_TRUE(load().champion);
  EXPECT_EQ(load().champion->version, newest);
  EXPECT_FALSE(load().challenger);
}

TEST_F(model_roles_file, says_who_speaks_and_who_is_tried) {
  const auto first = save(1), second = save(2);
  write({"BTCUSDT", first, second});
  EXPECT_EQ(load().champion->version, first);
  EXPECT_EQ(load().challenger->version, second);
  write({"BTCUSDT", first, ""});
  EXPECT_FALSE(load().challenger) << "a version that was let go is not tried again";
}

TEST_F(model_roles_file, remembers_who_spoke_before) {
  const auto first = save(1), second = save(2);
  write({"BTCUSDT", first, second});
  EXPECT_EQ(read_roles(folder(), "BTCUSDT").previous, "");
  write({"BTCUSDT", second, ""});
  EXPECT_EQ(read_roles(folder(), "BTCUSDT").previous, first);
  write({"BTCUSDT", second, ""});
  EXPECT_EQ(read_roles(folder(), "BTCUSDT").previous, first);
}

TEST_F(model_roles_file, a_version_made_meanwhile_is_tried) {
  const auto first = save(1);
  write({"BTCUSDT", first, ""});
  const auto second = save(2);
  EXPECT_EQ(load().champion->version, first);
  ASSERT_TRUE(load().challenger);
  EXPECT_EQ(load().challenger->version, second);
  const auto longer = save(3, 200); // learned from clearly more
  EXPECT_EQ(load().champion->version, longer);
  EXPECT_FALSE(load().challenger);
}

TEST_F(model_roles_file, a_champion_that_cannot_be_trusted_gives_way_to_the_newest_that_can) {
  const auto first = save(1), second = save(2);
  write({"BTCUSDT", first, second});
  fs::remove(root_ / "BTCUSDT" / first / "manifest.json");
  const auto loaded = load();
  EXPECT_EQ(loaded.champion->version, second);
  EXPECT_FALSE(loaded.challenger);
  EXPECT_EQ(loaded.refused.size(), 1u);
}

TEST_F(model_roles_file, what_is_not_ours_counts_for_nothing) {
  const auto only = save(1);
  std::ofstream{root_ / "BTCUSDT" / "roles"} << "champion ../../etc\nchallenger .x\nqueen y\n";
  EXPECT_EQ(load().champion->version, only);
  std::string error;
  for (const auto* version : {"../BTCUSDT", "..", "", ".", "a/b", "nobody"}) {
    EXPECT_FALSE(load_version(folder(), "BTCUSDT", version, error)) << version;
    EXPECT_NE(error, "");
  }
}

TEST_F(model_roles_file, versions_with_a_part_outlive_the_others) {
  const auto champion = save(1), challenger = save(2);
  write({"BTCUSDT", champion, challenger});
  for (int hour = 3; hour < 3 + static_cast<int>(kept_versions) + 2; ++hour) save(hour);
  const auto left = stored_versions(folder(), "BTCUSDT");
  EXPECT_EQ(left.size(), kept_versions + 2);
  EXPECT_EQ(left[left.size() - 1], champion);
  EXPECT_EQ(left[left.size() - 2], challenger);
}

} // namespace troupe
