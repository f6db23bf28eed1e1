// The settings of a node in a cluster: what is missing or careless is named before anything runs.
#include "runtime/cluster/cluster_settings.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

std::string complaint(const std::vector<std::string>& args, cluster_settings& out) {
  auto read = read_settings(args, {}, "");
  if (auto* wrong = std::get_if<settings_error>(&read)) return wrong->text;
  return read_cluster_settings(std::get<settings>(read), out);
}

std::string complaint(const std::vector<std::string>& args) {
  cluster_settings out;
  return complaint(args, out);
}

bool names(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(cluster_settings, a_node_runs_alone_unless_it_has_an_address) {
  cluster_settings out;
  EXPECT_EQ(complaint({"--cluster.name=a"}, out), "");
  EXPECT_FALSE(out.on());
}

TEST(cluster_settings, a_missing_certificate_is_named_with_the_command_that_makes_it) {
  const auto why = complaint({"--cluster.address=127.0.0.1:4100", "--cluster.certificate=a.pem"});
  EXPECT_TRUE(names(why, "cluster.key is missing")) << why;
  EXPECT_TRUE(names(why, "troupe cluster certs")) << why;
}

TEST(cluster_settings, a_whole_set_is_taken) {
  cluster_settings out;
  EXPECT_EQ(complaint({"--cluster.address=10.0.0.1:4100", "--cluster.certificate=a.pem",
                       "--cluster.key=a.key", "--cluster.ca=ca.pem"},
                      out),
            "");
  EXPECT_TRUE(out.on());
  EXPECT_EQ(out.transport.authority, "ca.pem");
  EXPECT_FALSE(out.transport.plain);
}

TEST(cluster_settings, plain_is_for_loopback_alone) {
  EXPECT_EQ(complaint({"--cluster.address=127.0.0.1:4100", "--cluster.plain"}), "");
  EXPECT_TRUE(names(complaint({"--cluster.address=10.0.0.1:4100", "--cluster.plain"}), "loopback"));
  EXPECT_TRUE(names(complaint({"--cluster.address=0.0.0.0:4100", "--cluster.plain"}), "loopback"));
}

TEST(cluster_settings, an_address_or_a_name_that_is_none_is_refused) {
  EXPECT_TRUE(names(complaint({"--cluster.address=nowhere"}), "cluster.address"));
  EXPECT_TRUE(
      names(complaint({"--cluster.address=127.0.0.1:1", "--cluster.name=a b"}), "cluster.name"));
}

} // namespace

} // namespace troupe
