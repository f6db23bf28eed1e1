#include "runtime/secrets.hpp"
#include "tests/runtime/store_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace troupe {

namespace {

class secrets_test : public testing::Test {
protected:
  std::string take(std::vector<std::string> words) {
    words.push_back("--data.dir=" + folder.file("."));
    auto read = read_settings(words, {}, "", {});
    EXPECT_TRUE(std::holds_alternative<settings>(read));
    found = {};
    return take_secrets(std::get<settings>(read), found);
  }

  temporary_folder folder;
  node_secrets found;
};

} // namespace

TEST_F(secrets_test, demo_mode_makes_each_secret_once_for_its_owner_alone) {
  EXPECT_EQ(take({}), "");
  EXPECT_TRUE(found.demo);
  const auto first = found;
  EXPECT_EQ(first.api_key.size(), 64u);
  EXPECT_NE(first.api_key, first.admin_key);
  EXPECT_NE(first.api_key, first.webhook_secret);
  EXPECT_EQ(take({}), "");
  EXPECT_EQ(found.api_key, first.api_key);
  EXPECT_EQ(found.admin_key, first.admin_key);
  EXPECT_EQ(found.webhook_secret, first.webhook_secret);
  for (auto* name :
       {"api-key", "admin-key", "webhook-secret", "jwt-secret", "jwt-refresh-secret"}) {
    struct stat facts {};
    ASSERT_EQ(stat(folder.file(name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u) << name;
  }
}

TEST_F(secrets_test, a_file_that_holds_no_key_stops_the_start) {
  std::ofstream{folder.file("webhook-secret")} << "short\n";
  EXPECT_NE(take({}).find("webhook-secret does not hold a key"), std::string::npos);
}

TEST_F(secrets_test, outside_demo_mode_a_missing_secret_is_named) {
  const std::string url = "--store.url=postgres://db/x", key = "--http.api-key=k";
  for (auto& outside : {url, std::string{"--http.address=0.0.0.0"}}) {
    EXPECT_NE(take({outside}).find("ML_ENGINE_API_KEY"), std::string::npos);
    EXPECT_NE(take({outside, key}).find("ML_ENGINE_WEBHOOK_SECRET"), std::string::npos);
    const std::string webhook = "--http.webhook-secret=w", a(32, 'a'), b(32, 'b');
    const auto access = "--auth.jwt-secret=" + a, refresh = "--auth.jwt-refresh-secret=" + b;
    EXPECT_EQ(take({outside, key, webhook}).find("JWT_SECRET is missing"), 0u);
    EXPECT_EQ(take({outside, key, webhook, access}).find("JWT_REFRESH_SECRET is missing"), 0u);
    EXPECT_EQ(take({outside, key, webhook, "--auth.jwt-secret=" + a.substr(1), refresh})
                  .find("JWT_SECRET is shorter"),
              0u);
    EXPECT_NE(take({outside, key, webhook, access, "--auth.jwt-refresh-secret=" + a})
                  .find("are the same"),
              std::string::npos);
    EXPECT_EQ(take({outside, key, webhook, access, refresh}), "");
    EXPECT_FALSE(found.demo);
    EXPECT_EQ(found.admin_key, ""); // /admin stays closed
  }
  std::ifstream none{folder.file("api-key")};
  EXPECT_FALSE(none.is_open());
}

TEST_F(secrets_test, an_operator_is_no_service) {
  EXPECT_NE(take({"--http.api-key=same", "--http.admin-key=same"}).find("are the same"),
            std::string::npos);
}

} // namespace troupe
