// Certificates of a cluster: made once, never over others, private, and good for what they are for.
#include "runtime/cluster/certificates.hpp"

#include "runtime/cluster/tls.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace troupe {

namespace {

struct certificates : ::testing::Test {
  certificates() {
    char path[] = "/tmp/troupe-certs-XXXXXX";
    folder = std::string{::mkdtemp(path)} + "/certs";
  }
  ~certificates() override {
    std::filesystem::remove_all(std::filesystem::path{folder}.parent_path());
  }
  std::string make(std::vector<std::string> nodes) {
    return make_certificates({folder, std::move(nodes), {"10.0.0.1", "a.example"}}).error;
  }
  std::string bytes(const std::string& file) const {
    std::ifstream in{folder + "/" + file};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  std::shared_ptr<X509> read(const std::string& file) const {
    auto* in = std::fopen((folder + "/" + file).c_str(), "r");
    std::shared_ptr<X509> out{in ? PEM_read_X509(in, nullptr, nullptr, nullptr) : nullptr,
                              X509_free};
    if (in) std::fclose(in);
    return out;
  }
  std::string folder;
};

TEST_F(certificates, are_readable_by_their_owner_alone) {
  ASSERT_EQ(make({"a", "b"}), "");
  for (auto file : {"ca.pem", "ca.key", "a.pem", "a.key", "b.pem", "b.key"}) {
    struct stat found {};
    ASSERT_EQ(::stat((folder + "/" + file).c_str(), &found), 0) << file;
    EXPECT_EQ(found.st_mode & 0777, 0600u) << file;
  }
}

TEST_F(certificates, are_signed_by_the_authority_for_both_ends_of_a_connection) {
  ASSERT_EQ(make({"a"}), "");
  const auto authority = read("ca.pem"), node = read("a.pem");
  ASSERT_TRUE(authority && node);
  EXPECT_EQ(X509_verify(node.get(), X509_get0_pubkey(authority.get())), 1);
  EXPECT_EQ(X509_check_ca(authority.get()), 1);
  EXPECT_EQ(X509_check_ca(node.get()), 0);
  EXPECT_EQ(X509_check_purpose(node.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(node.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
  EXPECT_EQ(X509_check_host(node.get(), "a", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(node.get(), "a.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(node.get(), "b", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(node.get(), "10.0.0.1", 0), 1);
  tls_context read_back;
  EXPECT_EQ(read_certificates({false, folder + "/a.pem", folder + "/a.key", folder + "/ca.pem"},
                              read_back),
            "");
}

TEST_F(certificates, of_later_nodes_are_signed_by_the_same_authority) {
  ASSERT_EQ(make({"a"}), "");
  const auto authority = bytes("ca.pem"), key = bytes("ca.key"), a = bytes("a.pem");
  const auto later = make_certificates({folder, {"b"}, {}});
  EXPECT_EQ(later.error, "");
  EXPECT_TRUE(later.authority_was_there);
  EXPECT_EQ(bytes("ca.pem"), authority);
  EXPECT_EQ(bytes("ca.key"), key);
  EXPECT_EQ(bytes("a.pem"), a);
  EXPECT_EQ(X509_verify(read("b.pem").get(), X509_get0_pubkey(read("ca.pem").get())), 1);
}

TEST_F(certificates, are_never_written_over_others) {
  ASSERT_EQ(make({"a"}), "");
  const auto a = bytes("a.pem"), key = bytes("a.key");
  EXPECT_NE(make({"b", "a"}).find("a.pem is there already"), std::string::npos);
  EXPECT_EQ(bytes("a.pem"), a);
  EXPECT_EQ(bytes("a.key"), key);
  EXPECT_FALSE(std::filesystem::exists(folder + "/b.pem")) << "nothing is made of what fails";
}

TEST_F(certificates, need_the_whole_authority_to_add_a_node) {
  ASSERT_EQ(make({"a"}), "");
  std::filesystem::remove(folder + "/ca.key");
  EXPECT_NE(make({"b"}).find("there in part"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder + "/b.pem"));
}

TEST_F(certificates, take_no_names_that_would_leave_the_folder) {
  for (auto name : {"", "..", "../x", "a/b", "ca", ".hidden", "a b"})
    EXPECT_NE(make({name}).find("no name for a node"), std::string::npos) << name;
  EXPECT_NE(make({"a", "a"}).find("twice"), std::string::npos);
}

TEST_F(certificates, that_do_not_belong_together_are_named) {
  ASSERT_EQ(make({"a", "b"}), "");
  tls_context out;
  const auto wrong = [&](const std::string& certificate, const std::string& key,
                         const std::string& authority) {
    return read_certificates(
        {false, folder + "/" + certificate, folder + "/" + key, folder + "/" + authority}, out);
  };
  EXPECT_NE(wrong("a.pem", "b.key", "ca.pem").find("cluster.key"), std::string::npos);
  EXPECT_NE(wrong("x.pem", "a.key", "ca.pem").find("cluster.certificate"), std::string::npos);
  EXPECT_NE(wrong("a.pem", "a.key", "x.pem").find("cluster.ca"), std::string::npos);
}

} // namespace

} // namespace troupe
