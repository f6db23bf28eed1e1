#include "runtime/model_files.hpp"

#include "models/forecast/booster.hpp"
#include "runtime/model_manifest.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

namespace fs = std::filesystem;

namespace troupe {
namespace {

using tests::small_models;

class model_files : public testing::Test {
protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("troupe-models-" + std::to_string(::getpid()));
    fs::remove_all(root_);
    version_ = save(small_models());
  }
  /// Where a set now lies.
  fs::path save(const trained_models& set) {
    std::string error;
    const fs::path out = save_models(root_.string(), set, error);
    EXPECT_EQ(error, "");
    return out;
  }
  void TearDown() override { fs::remove_all(root_); }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  /// Loads, and returns why not ("" when it loads).
  std::string refusal() const {
    std::string error;
    return load_models(version_.string(), error) ? "" : error;
  }
  /// Changes the manifest and seals it again: what only a deliberate hand would do.
  void edit(const std::function<void(nlohmann::json&)>& change) {
    auto manifest = nlohmann::json::parse(read(version_ / "manifest.json"));
    change(manifest);
    seal(manifest);
    write(version_ / "manifest.json", manifest.dump());
  }
  /// States size and hash of a file as they now are.
  void restate(const std::string& name) {
    const auto bytes = read(version_ / name);
    edit([&](nlohmann::json& m) {
      for (auto& file : m["files"])
        if (file["name"] == name) {
          file["bytes"] = bytes.size();
          file["sha256"] = sha256_hex(bytes);
        }
    });
  }
  /// The change must be refused by its hash, and by what it breaks when the hash is made to fit.
  void expect_refused(const std::string& name, const std::string& bytes, const std::string& by) {
    write(version_ / name, bytes);
    EXPECT_NE(refusal().find("than stated"), std::string::npos) << by;
    restate(name);
    EXPECT_NE(refusal().find(by), std::string::npos) << refusal();
  }
  static std::string replaced(std::string bytes, const std::string& from, const std::string& to) {
    const auto at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return bytes.replace(at, from.size(), to);
  }
  /// Writes a big-endian number over one element of a typed array of the booster.
  static std::string patched(std::string bytes, const std::string& array, std::size_t element,
                             std::uint32_t word) {
    const auto key = bytes.find(array);
    EXPECT_NE(key, std::string::npos);
    // key, then [$t#L and the count in 8 bytes
    const auto at = key + array.size() + 5 + 8 + 4 * element;
    for (std::size_t i = 0; i < 4; ++i)
      bytes[at + i] = static_cast<char>(word >> (24 - 8 * i) & 255);
    return bytes;
  }

  fs::path root_, version_;
  const std::string booster_ = "range-6-high.ubj";
};

} // namespace

TEST_F(model_files, a_stored_set_comes_back_to_the_bit) {
  std::string error;
  const auto loaded = load_models(version_.string(), error);
  ASSERT_TRUE(loaded) << error;
  const auto &a = *small_models().models, &b = *loaded->models;
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.model_hash, hash_of(b));
  EXPECT_EQ(a.infos.size(), b.infos.size());
  EXPECT_EQ(small_models().boosters, loaded->boosters);
  EXPECT_EQ(version_.filename().string(), a.version);
}

TEST_F(model_files, stored_boosters_stay_loadable_by_the_library) {
  labelled_rows rows;
  rows.columns = feature_count;
  const auto& golden = small_models().golden.front();
  rows.values.assign(golden.features.begin(), golden.features.end());
  rows.labels = {1};
  std::string error;
  const auto out = library_predict(read(version_ / booster_), rows, error);
  ASSERT_EQ(out.size(), 1u) << error;
  EXPECT_EQ(out[0], small_models().models->ranges[0]->trees.predict(golden.features.data()));
}

TEST_F(model_files, saving_twice_changes_nothing) {
  std::string error;
  EXPECT_EQ(save_models(root_.string(), small_models(), error), version_.string());
  EXPECT_EQ(refusal(), "");
}

TEST_F(model_files, a_refused_version_falls_back_to_the_one_before_it) {
  const auto newer = version_.parent_path() / "99990101T000000-deadbeef";
  fs::copy(version_, newer, fs::copy_options::recursive);
  fs::remove(newer / booster_);
  fs::create_directories(version_.parent_path() / ".99990101T000000-unfinished");
  const auto loaded = load_newest_models(root_.string(), "BTCUSDT");
  ASSERT_TRUE(loaded.models);
  EXPECT_EQ(loaded.models->version, small_models().models->version);
  ASSERT_EQ(loaded.refused.size(), 1u);
  EXPECT_NE(loaded.refused[0].find(booster_ + " is missing"), std::string::npos);
}

TEST_F(model_files, an_unknown_symbol_has_no_models_and_no_complaint) {
  const auto loaded = load_newest_models(root_.string(), "ETHUSDT");
  EXPECT_FALSE(loaded.models);
  EXPECT_TRUE(loaded.refused.empty());
}

TEST_F(model_files, only_so_many_versions_are_kept) {
  for (std::size_t i = 0; i < kept_versions + 3; ++i)
    fs::create_directories(version_.parent_path() / ("2020010" + std::to_string(i) + "T0-0"));
  std::string error;
  save_models(root_.string(), small_models(), error);
  std::size_t left = 0;
  for (auto& entry : fs::directory_iterator(version_.parent_path())) left += entry.is_directory();
  EXPECT_EQ(left, kept_versions);
  EXPECT_TRUE(fs::exists(version_));
}

TEST_F(model_files, missing_empty_and_truncated_boosters_are_refused) {
  const auto good = read(version_ / booster_);
  expect_refused(booster_, "", "empty");
  expect_refused(booster_, good.substr(0, good.size() / 2), "not whole UBJSON");
  expect_refused(booster_, "{\"learner\": {}}", "not whole UBJSON");
  fs::remove(version_ / booster_);
  EXPECT_NE(refusal().find("is missing"), std::string::npos);
}

TEST_F(model_files, damaged_trees_are_refused_by_structure) {
  const auto good = read(version_ / booster_);
  expect_refused(booster_, patched(good, "left_children", 0, 999999), "child is out of range");
  expect_refused(booster_, patched(good, "left_children", 0, 0), "child is out of range");
  expect_refused(booster_, patched(good, "right_children", 0, 1), "reached twice");
  expect_refused(booster_, patched(good, "split_indices", 0, 9999), "split index");
  expect_refused(booster_, patched(good, "split_conditions", 0, 0x7fc00000), "not finite");
}

TEST_F(model_files, a_threshold_of_another_value_is_refused_by_what_it_answers) {
  const auto good = read(version_ / booster_);
  expect_refused(booster_, patched(good, "split_conditions", 0, 0x7f000000), "");
  EXPECT_NE(refusal(), "");
}

TEST_F(model_files, heads_of_another_kind_are_refused) {
  using namespace std::string_literals;
  const auto good = read(version_ / booster_);
  const auto text = [](const std::string& s) {
    return "SL"s + "\0\0\0\0\0\0\0"s + char(s.size()) + s;
  };
  const auto key = [](const std::string& s) {
    return "L"s + "\0\0\0\0\0\0\0"s + char(s.size()) + s;
  };
  const auto wrong_features =
      replaced(good, key("num_feature") + text("24"), key("num_feature") + text("3"));
  const auto at = good.find("base_score") + 10;
  const std::size_t length = static_cast<unsigned char>(good[at + 9]);
  auto wrong_base = good;
  wrong_base.replace(at, 10 + length, text("abc"));
  expect_refused(booster_, wrong_base, "base score abc");
  expect_refused(booster_, replaced(good, text("reg:gamma"), text("reg:magic")), "objective");
  expect_refused(booster_, replaced(good, "volatility_10", "volatility_99"), "name and order");
  write(version_ / booster_, wrong_features); // the first num_feature may be a tree's own
  EXPECT_NE(refusal(), "");
}

TEST_F(model_files, an_edited_manifest_is_refused) {
  auto text = read(version_ / "manifest.json");
  const auto good = text;
  write(version_ / "manifest.json", replaced(text, "\"atr_k\": ", "\"atr_k\": 1"));
  EXPECT_NE(refusal().find("changed after"), std::string::npos);
  for (const auto* broken : {"", "{", "[]", "null", "{\"schema\":1}"}) {
    write(version_ / "manifest.json", broken);
    EXPECT_NE(refusal(), "") << broken;
  }
  const auto sealed = [&](const std::function<void(nlohmann::json&)>& change) {
    write(version_ / "manifest.json", good);
    edit(change);
    return refusal();
  };
  using json = nlohmann::json;
  const auto has = [](const std::string& why, const char* part) {
    return why.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(sealed([](json& m) { m["schema"] = 9; }), "schema"));
  EXPECT_TRUE(has(sealed([](json& m) { std::swap(m["feature_names"][0], m["feature_names"][1]); }),
                  "other features"));
  EXPECT_TRUE(has(sealed([](json& m) { m["feature_hash"] = "0"; }), "other features"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][0]["har"][0] = 1.5; }), "golden row"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][0]["har"][0] = nullptr; }), "type"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][3]["seed_coverage"] = .99; }), "model hash"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"].erase(7); }), "missing"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][0]["seeds"] = 1u << 30; }), "seeds"));
  EXPECT_TRUE(has(sealed([](json& m) { m["tpsl"][1]["stops"][0]["tp_rate"] = .9; }), ""));
  EXPECT_TRUE(has(sealed([](json& m) { m["golden"] = json::array(); }), "golden"));
  EXPECT_TRUE(has(sealed([](json& m) { m["version"] = "x"; }), "version"));
  EXPECT_TRUE(has(sealed([](json& m) { m["files"][0]["name"] = "../x"; }), "elsewhere"));
  EXPECT_EQ(sealed([](json&) {}), "");
}

TEST_F(model_files, every_kind_comes_back_to_the_bit) {
  for (const auto kind :
       {model_kind::har, model_kind::xgboost, model_kind::gru, model_kind::ensemble}) {
    version_ = save(small_models(kind));
    EXPECT_EQ(refusal(), "") << to_string(kind);
    std::string error;
    const auto loaded = load_models(version_.string(), error);
    ASSERT_TRUE(loaded) << error;
    EXPECT_EQ(loaded->models->kind, kind);
    EXPECT_EQ(hash_of(*loaded->models), small_models(kind).models->model_hash);
    EXPECT_EQ(loaded->boosters, small_models(kind).boosters);
    const auto again = manifest_of(*loaded, contents_of(*loaded));
    EXPECT_EQ(again.at("golden"),
              nlohmann::json::parse(read(version_ / "manifest.json"))["golden"]);
  }
}

TEST_F(model_files, damaged_networks_are_refused) {
  version_ = save(small_models(model_kind::gru));
  const std::string network = "network.f32";
  const auto good = read(version_ / network);
  expect_refused(network, "", "no weights of a network");
  expect_refused(network, good.substr(0, good.size() / 2), "another size than stated");
  auto bytes = good;
  bytes[12] ^= 1;
  expect_refused(network, bytes, "another shape");
  const auto with = [&](std::size_t from_end, float x) {
    auto changed = good;
    std::memcpy(&changed[changed.size() - 4 * from_end], &x, 4);
    return changed;
  };
  expect_refused(network, with(1, std::nanf("")), "not finite or absurd");
  expect_refused(network, with(9, 1e30f), "not finite or absurd");
  expect_refused(network, with(1, .5f), "golden row");
  fs::remove(version_ / network);
  EXPECT_NE(refusal().find("network.f32 is missing"), std::string::npos);
}

TEST_F(model_files, a_kind_that_does_not_fit_its_weights_is_refused) {
  version_ = save(small_models(model_kind::ensemble));
  const auto good = read(version_ / "manifest.json");
  const auto sealed = [&](const std::function<void(nlohmann::json&)>& change) {
    write(version_ / "manifest.json", good);
    edit(change);
    return refusal();
  };
  using json = nlohmann::json;
  const std::string unfit = "the weights of members do not fit the kind";
  const auto has = [](const std::string& why, const std::string& part) {
    return why.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(sealed([](json& m) { m["kind"] = "xgboost"; }), unfit));
  EXPECT_TRUE(has(sealed([](json& m) { m["kind"] = "gru"; }), unfit));
  EXPECT_TRUE(has(sealed([](json& m) { m["kind"] = "oracle"; }), "its kind is unknown"));
  EXPECT_TRUE(has(sealed([](json& m) { m.erase("kind"); }), "kind"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][2]["weights"] = {.5, .5, .5}; }), unfit));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][2]["weights"] = {1.5, -.5, 0.}; }), unfit));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][2]["weights"] = {1.}; }), "missing"));
  EXPECT_TRUE(has(sealed([](json& m) { m["ranges"][2]["weights"] = {0., 0., 1.}; }), "golden row"));
  EXPECT_TRUE(has(sealed([](json& m) { m["golden"][1]["window"][3] = .5; }), "golden row"));
  EXPECT_EQ(sealed([](json&) {}), "");
}

/// With a hash that fits, a flip is either refused or changes nothing that is ever answered.
TEST_F(model_files, random_flips_never_crash_and_never_change_an_answer) {
  const auto good = read(version_ / booster_);
  std::mt19937 random(11);
  int stale = 0, answered = 0;
  for (int round = 0; round < 300; ++round) {
    auto bytes = good;
    const auto flips = 1 + random() % 3;
    for (unsigned i = 0; i < flips; ++i)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    if (bytes == good) continue;
    model_contents files = contents_of(small_models());
    auto manifest = manifest_of(small_models(), files);
    files[booster_] = bytes;
    stale += !flaw_of_contents(manifest, files).empty();
    try {
      const auto restored = restore_models(manifest, files);
      ++answered;
      ASSERT_EQ(hash_of(*restored.models), small_models().models->model_hash);
    } catch (const std::exception&) {
    }
  }
  EXPECT_EQ(stale, 300);
  RecordProperty("flips that change no answer", answered);
}

} // namespace troupe
