// Nodes that find and lose each other, over real sockets with TLS.
#include "runtime/cluster/endpoint.hpp"
#include "tests/runtime/cluster_nodes.hpp"

namespace troupe {

namespace {

const certificate_folder& certificates() {
  static const certificate_folder folder;
  return folder;
}

std::unique_ptr<cluster_node> start(const node_name& name, std::uint64_t incarnation = 1,
                                    std::uint16_t port = 0,
                                    std::uint32_t protocol = cluster_protocol) {
  return std::make_unique<cluster_node>(name, incarnation, certificates().of(name), port, protocol);
}

using node_ptr = std::unique_ptr<cluster_node>;

template<class... Nodes>
void introduce(Nodes&... nodes) {
  const std::vector<node_entry> all{nodes->entry()...};
  (nodes->see(all), ...);
}

TEST(cluster_mesh, two_nodes_talk_both_ways_over_tls) {
  auto a = start("a"), b = start("b");
  introduce(a, b);
  EXPECT_EQ(a->call("b", "this"), "this is what you said");
  EXPECT_EQ(b->call("a", "that"), "that is what you said");
  a->tell("b", "1.5");
  EXPECT_TRUE(b->ear().heard_news("1.5"));
  b->tell("a", "2.5");
  EXPECT_TRUE(a->ear().heard_news("2.5"));
}

TEST(cluster_mesh, each_pair_of_three_has_one_way) {
  auto a = start("a"), b = start("b"), c = start("c");
  introduce(a, b, c);
  const std::vector<std::pair<cluster_node*, node_name>> ways{{a.get(), "b"}, {a.get(), "c"},
                                                              {b.get(), "a"}, {b.get(), "c"},
                                                              {c.get(), "a"}, {c.get(), "b"}};
  for (auto& [from, to] : ways) EXPECT_EQ(from->call(to, "x"), "x is what you said");
  for (auto& [from, to] : ways) EXPECT_EQ(from->ear().ways_opened(to), 1u);
}

TEST(cluster_mesh, a_node_that_goes_is_missed_and_found_again_when_it_is_back) {
  auto a = start("a"), b = start("b"), c = start("c");
  introduce(a, b, c);
  EXPECT_EQ(a->call("c", "x"), "x is what you said");
  EXPECT_EQ(b->call("c", "x"), "x is what you said");
  const auto port = c->port();
  c.reset();
  EXPECT_TRUE(a->ear().no_way_to("c"));
  EXPECT_TRUE(b->ear().no_way_to("c"));
  EXPECT_EQ(a->call("b", "y"), "y is what you said");
  c = start("c", 2, port);
  introduce(a, b, c);
  EXPECT_EQ(a->call("c", "z", 2), "z is what you said");
  EXPECT_EQ(c->call("b", "z"), "z is what you said");
}

TEST(cluster_mesh, who_dials_comes_back_too) {
  auto a = start("a"), b = start("b");
  introduce(a, b);
  EXPECT_EQ(b->call("a", "x"), "x is what you said");
  a.reset();
  EXPECT_TRUE(b->ear().no_way_to("a"));
  a = start("a", 2);
  introduce(a, b);
  EXPECT_EQ(b->call("a", "y", 2), "y is what you said");
}

TEST(cluster_mesh, a_newer_process_of_a_name_replaces_the_older_and_not_the_other_way_round) {
  auto b = start("b"), old = start("a", 1), young = start("a", 2);
  b->see({old->entry(), b->entry()});
  old->see({old->entry(), b->entry()});
  EXPECT_EQ(b->call("a", "x"), "x is what you said");
  b->see({young->entry(), b->entry()});
  EXPECT_TRUE(b->ear().no_way_to("a"));
  young->see({young->entry(), b->entry()});
  EXPECT_EQ(b->call("a", "y", 2), "y is what you said");
  EXPECT_TRUE(old->ear().said("older process of that name"));
  EXPECT_EQ(b->call("a", "z", 2), "z is what you said");
  EXPECT_EQ(b->ear().ways_opened("a"), 2u);
}

TEST(cluster_mesh, a_node_of_another_protocol_is_refused_with_a_clear_line_said_once) {
  auto a = start("a", 1, 0, 2), b = start("b");
  introduce(a, b);
  EXPECT_TRUE(b->ear().said("node a speaks protocol 2, this one 1: refused"));
  EXPECT_TRUE(a->ear().said("node a speaks protocol 2, this one 1: refused")); // in the answer
  // Refused again and again, once a tenth of a second; a later node is let in meanwhile.
  auto c = start("c");
  introduce(a, b, c);
  EXPECT_EQ(b->call("c", "x"), "x is what you said");
  EXPECT_EQ(b->ear().times_said("speaks protocol"), 1u);
  EXPECT_EQ(b->ear().ways_opened("a"), 0u);
}

TEST(cluster_mesh, nobody_is_let_in_before_the_node_is_in_the_cluster_itself) {
  auto a = start("a"), b = start("b");
  a->see({a->entry(), b->entry()});
  EXPECT_TRUE(a->ear().said("not in the cluster yet"));
  b->see({a->entry(), b->entry()});
  EXPECT_EQ(a->call("b", "x"), "x is what you said");
}

TEST(cluster_mesh, an_address_with_another_node_behind_it_is_not_taken_for_the_one) {
  auto a = start("a"), b = start("b"), c = start("c");
  auto mistaken = c->entry();
  mistaken.address = b->entry().address;
  a->see({a->entry(), mistaken});
  introduce(b, c);
  EXPECT_TRUE(a->ear().said("node b is"));
  EXPECT_EQ(a->ear().ways_opened("c"), 0u);
}

TEST(cluster_mesh, a_node_with_the_certificate_of_another_authority_stays_outside) {
  const certificate_folder others;
  auto b = start("b");
  auto a = std::make_unique<cluster_node>("a", 1, others.of("a"));
  introduce(a, b);
  EXPECT_TRUE(a->ear().said("cannot be reached"));
  EXPECT_EQ(b->ear().ways_opened("a"), 0u);
}

TEST(cluster_mesh, plain_nodes_meet_on_loopback_and_find_no_way_to_one_with_tls) {
  cluster_transport plain;
  plain.plain = true;
  auto a = std::make_unique<cluster_node>("a", 1, plain);
  auto b = std::make_unique<cluster_node>("b", 1, plain);
  auto c = start("c");
  introduce(a, b, c);
  EXPECT_EQ(a->call("b", "x"), "x is what you said");
  EXPECT_TRUE(a->ear().said("node c cannot be reached"));
  EXPECT_EQ(c->ear().ways_opened("a"), 0u);
}

TEST(cluster_mesh, without_tls_it_listens_on_loopback_alone) {
  actor_config config{1, true};
  caf::actor_system system{config};
  mesh_options options;
  options.transport.plain = true;
  options.address = "0.0.0.0:0";
  EXPECT_NE(open_mesh(system, options).error.find("loopback"), std::string::npos);
  options.address = "here";
  EXPECT_NE(open_mesh(system, options).error.find("cluster.address"), std::string::npos);
}

TEST(cluster_mesh, the_board_shows_what_a_way_has_done) {
  auto a = start("a"), b = start("b");
  introduce(a, b);
  EXPECT_EQ(a->call("b", "x"), "x is what you said");
  const auto rows = a->board().rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "b");
  EXPECT_TRUE(rows[0].connected);
  EXPECT_EQ(rows[0].figures->answers.load(), 1u);
  EXPECT_GT(rows[0].figures->round_trip_ns.load(), 0u);
}

TEST(cluster_endpoint, is_read_and_written) {
  const auto v4 = read_endpoint("10.0.0.1:4100");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "10.0.0.1");
  EXPECT_EQ(v4->port, 4100);
  const auto v6 = read_endpoint("[::1]:1");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(to_string(*v6), "[::1]:1");
  for (auto wrong : {"", "host", ":1", "host:", "host:x", "host:70000", "::1:1", "[]:1", "host:1x"})
    EXPECT_FALSE(read_endpoint(wrong)) << wrong;
  EXPECT_TRUE(is_loopback({"127.0.0.2", 1}));
  EXPECT_TRUE(is_loopback({"::1", 1}));
  EXPECT_FALSE(is_loopback({"10.0.0.1", 1}));
  EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
}

} // namespace

} // namespace troupe
