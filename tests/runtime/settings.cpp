// Settings: four sources in order, and nothing wrong is taken in silence.
#include "runtime/settings.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace troupe;

namespace {

using words = std::vector<std::string>;
using env = std::map<std::string, std::string>;

settings good(const words& args, const env& e = {}) {
  auto result = read_settings(args, e, "");
  if (auto* wrong = std::get_if<settings_error>(&result)) ADD_FAILURE() << wrong->text;
  return std::get<settings>(std::move(result));
}

std::string wrong(const words& args, const env& e = {}) {
  auto result = read_settings(args, e, "");
  auto* error = std::get_if<settings_error>(&result);
  return error ? error->text : "accepted";
}

// A file that is gone after the test.
struct temporary_file {
  explicit temporary_file(const std::string& text)
      : path(std::filesystem::temp_directory_path()
             / ("troupe-settings-" + std::to_string(++count))) {
    std::ofstream{path} << text;
  }
  ~temporary_file() { std::filesystem::remove(path); }
  std::string option() const { return "--config=" + path.string(); }

  static inline int count = 0;
  std::filesystem::path path;
};

} // namespace

TEST(settings, have_a_valid_default_for_every_option) {
  auto s = good({});
  for (auto& o : declared_options()) EXPECT_EQ(s.text(o.key), o.fallback) << o.key;
  EXPECT_EQ(s.integer("http.port"), 3001);
  EXPECT_EQ(s.list("market.symbols").size(), 4u);
  EXPECT_FALSE(s.given("http.port"));
}

TEST(settings, are_overridden_by_file_then_environment_then_command_line) {
  temporary_file file{"[http]\nport = 4001\nthreads = 2\n[market]\nspeed = 10\n"};
  auto s = good({file.option(), "--market.speed=30", "word"}, {{"PORT", "5001"}});
  EXPECT_EQ(s.integer("http.threads"), 2);
  EXPECT_EQ(s.integer("http.port"), 5001);
  EXPECT_EQ(s.number("market.speed"), 30);
  EXPECT_EQ(s.words(), words{"word"});
  EXPECT_TRUE(s.given("http.port"));
  EXPECT_NE(s.describe().find("http.port = 5001  ; environment PORT"), std::string::npos);
}

TEST(settings, know_the_external_engine_by_its_variables) {
  const auto s = good({},
                      {{"ML_ENGINE_URL", "http://ml:8000"},
                       {"ML_ENGINE_CLIENT_KEY", "topsecret"},
                       {"ML_ENGINE_TIMEOUT_MS", "5000"},
                       {"ML_ENGINE_RETRY_ATTEMPTS", "4"},
                       {"ML_ENGINE_RETRY_DELAY_MS", "250"}});
  EXPECT_EQ(s.text("ml-engine.url"), "http://ml:8000");
  EXPECT_EQ(s.text("ml-engine.client-key"), "topsecret");
  EXPECT_EQ(s.integer("ml-engine.timeout-ms"), 5000);
  EXPECT_EQ(s.integer("ml-engine.retry-attempts"), 4);
  EXPECT_EQ(s.integer("ml-engine.retry-delay-ms"), 250);
  EXPECT_EQ(s.describe().find("topsecret"), std::string::npos);
  EXPECT_EQ(good({}).integer("ml-engine.timeout-ms"), 30000);
  EXPECT_EQ(wrong({}, {{"ML_ENGINE_TIMEOUT_MS", "0"}}),
            "environment ML_ENGINE_TIMEOUT_MS must be 1 to 600000");
}

TEST(settings, take_a_value_behind_equals_or_behind_a_space) {
  EXPECT_EQ(good({"--http.port=7"}).integer("http.port"), 7);
  EXPECT_EQ(good({"--http.port", "7"}).integer("http.port"), 7);
  EXPECT_FALSE(good({"--market.drift=false"}).flag("market.drift"));
  EXPECT_FALSE(good({"--market.drift", "false"}).flag("market.drift"));
  EXPECT_TRUE(good({"--market.drift", "file.csv"}).flag("market.drift"));
}

TEST(settings, refuse_every_wrong_value_and_name_it) {
  EXPECT_EQ(wrong({"--http.prot=1"}), "unknown option --http.prot");
  EXPECT_EQ(wrong({"--http.port"}), "option --http.port lacks its value");
  EXPECT_EQ(wrong({"--http.port=abc"}), "--http.port must be a whole number");
  EXPECT_EQ(wrong({"--http.port=70000"}), "--http.port must be 0 to 65535");
  EXPECT_EQ(wrong({"--log.format=xml"}), "--log.format must be one of text, json");
  EXPECT_EQ(wrong({"--market.drift=on"}), "--market.drift must be true or false");
  EXPECT_EQ(wrong({"--market.symbols="}), "--market.symbols must have 1 to 2000 entries");
  EXPECT_EQ(wrong({}, {{"PORT", "x"}}), "environment PORT must be a whole number");
  EXPECT_NE(wrong({"--signals.strategy=yolo"}).find("no known strategy"), std::string::npos);
  EXPECT_NE(wrong({"--config=/nonexistent/x.ini"}).find("no such file"), std::string::npos);
}

TEST(settings, refuse_in_the_file_what_caf_would_drop_in_silence) {
  temporary_file mistyped{"[http]\nport = \"abc\"\n"};
  EXPECT_NE(wrong({mistyped.option()}).find("http.port must be a whole number"), std::string::npos);
  temporary_file out_of_range{"[http]\nport = 70000\n"};
  EXPECT_NE(wrong({out_of_range.option()}).find("http.port must be 0 to"), std::string::npos);
  temporary_file unknown{"[http]\nprot = 1\n"};
  EXPECT_NE(wrong({unknown.option()}).find("http.prot is no option"), std::string::npos);
  temporary_file broken{"[http\nport = 1\n"};
  EXPECT_NE(wrong({broken.option()}).find("not well-formed"), std::string::npos);
}

TEST(settings, know_strategies_as_data) {
  temporary_file file{"[signals.strategies.mine]\nmargin-r = 0.5\nalways-in = false\n"
                      "[signals]\nstrategy = \"mine\"\n"};
  auto s = good({file.option()});
  EXPECT_EQ(s.strategies().at("mine").at("margin-r"), "0.5");
  EXPECT_TRUE(s.strategies().count("conservative_filter"));
  temporary_file bad{"[signals.strategies.mine]\nmargin = 0.5\n"};
  EXPECT_NE(wrong({bad.option()}).find("no field of a strategy"), std::string::npos);
}

TEST(settings, mask_secrets_when_they_are_shown) {
  auto shown = good({"--http.api-key=topsecret"}).describe();
  EXPECT_EQ(shown.find("topsecret"), std::string::npos);
  EXPECT_NE(shown.find("http.api-key = ********  ; command line"), std::string::npos);
}

TEST(settings, the_shipped_file_says_exactly_the_defaults) {
  auto defaults = good({});
  auto shipped = good({std::string{"--config="} + TROUPE_SOURCE_DIR "/config/troupe.ini"});
  for (auto& o : declared_options()) {
    if (o.key != "config") {
      EXPECT_EQ(shipped.text(o.key), defaults.text(o.key)) << o.key;
    }
  }
  EXPECT_EQ(shipped.strategies().size(), defaults.strategies().size());
}
