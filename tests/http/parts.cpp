// The small pure parts: router, guard, admission, text of JSON, bodies.
#include "http/admission.hpp"
#include "http/codec_request.hpp"
#include "http/json_text.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace troupe::test {

namespace {

std::vector<route> small_table() {
  const auto g = guard_kind::none;
  const auto l = limit_class::exempt;
  return {{method::get, "/a", g, l, nullptr, ""},
          {method::post, "/a", g, l, nullptr, ""},
          {method::get, "/a/:x/b/:y", g, l, nullptr, ""},
          {method::put, "/a/:x", g, l, nullptr, ""}};
}

std::string json_of(double v) {
  std::string out;
  append_number(out, v);
  return out;
}

std::string json_of(std::string_view v) {
  std::string out;
  append_string(out, v);
  return out;
}

} // namespace

TEST(router, finds_exact_paths_and_parameters) {
  const router r{small_table()};
  EXPECT_EQ(r.match(method::post, "/a").found->verb, method::post);
  EXPECT_EQ(r.match(method::head, "/a").found->verb, method::get);
  const auto m = r.match(method::get, "/a/one%20two/b/%2Fetc");
  ASSERT_TRUE(m.found);
  ASSERT_EQ(m.params.size(), 2u);
  EXPECT_EQ(m.params[0].name, "x");
  EXPECT_EQ(m.params[0].value, "one two");
  EXPECT_EQ(m.params[1].value, "/etc"); // an escaped slash separates nothing
}

TEST(router, tells_unknown_paths_from_unknown_methods) {
  const router r{small_table()};
  for (auto path : {"", "a", "/", "/b", "/a/", "/a/b/c", "/a/x/b/", "/a/x/b/y/z"}) {
    const auto m = r.match(method::get, path);
    EXPECT_FALSE(m.found) << path;
    EXPECT_EQ(m.allow, "") << path;
  }
  EXPECT_EQ(r.match(method::put, "/a").allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(r.match(method::get, "/a/x").allow, "PUT, OPTIONS");
}

TEST(router, a_broken_escape_is_told) {
  const router r{small_table()};
  for (auto path : {"/a/%", "/a/%2", "/a/%zz", "/a/%00"})
    EXPECT_TRUE(r.match(method::put, path).bad_path) << path;
}

TEST(router, no_two_routes_of_the_table_are_the_same) {
  const auto table = all_routes();
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_FALSE(table[i].summary.empty());
    for (std::size_t k = 0; k < i; ++k)
      EXPECT_FALSE(table[i].verb == table[k].verb && table[i].pattern == table[k].pattern);
  }
}

TEST(query, is_decoded_and_bounded) {
  query_fields q;
  ASSERT_TRUE(q.parse("a=1&b=x+y%26&&c&a=2"));
  EXPECT_EQ(q.get("a"), "1");
  EXPECT_EQ(q.get("b"), "x y&");
  EXPECT_EQ(q.get("c"), "");
  EXPECT_FALSE(q.get("d"));
  EXPECT_FALSE(q.parse("a=%4"));
  std::string many;
  for (std::size_t i = 0; i <= max_query_fields; ++i) many += "x=1&";
  EXPECT_FALSE(q.parse(many));
}

TEST(guard, only_the_whole_key_is_valid) {
  const key_guard g{{"secret", "sesame"}};
  EXPECT_EQ(g.holder_of("secret"), key_holder::engine);
  EXPECT_EQ(g.holder_of("sesame"), key_holder::admin);
  for (auto key : {"", "s", "secre", "secrets", "Secret", "secretsecret"})
    EXPECT_EQ(g.holder_of(key), key_holder::nobody) << key;
  EXPECT_EQ(g.holder_of(std::string_view{"secret\0", 7}), key_holder::nobody);
  // No key is not an open door.
  EXPECT_EQ(key_guard{guard_keys{}}.holder_of(""), key_holder::nobody);
}

TEST(guard, an_address_has_its_minute) {
  key_guard g{{"k", ""}, {2, 10}};
  EXPECT_TRUE(g.take("a", 60).ok);
  const auto second = g.take("a", 61);
  EXPECT_TRUE(second.ok);
  EXPECT_EQ(second.remaining, 0u);
  EXPECT_EQ(second.reset_s, 59u);
  EXPECT_FALSE(g.take("a", 119).ok);
  EXPECT_TRUE(g.take("b", 119).ok);
  EXPECT_TRUE(g.take("a", 120).ok);
}

TEST(guard, remembers_a_bounded_number_of_addresses) {
  key_guard g{{"k", ""}, {1, 2}};
  EXPECT_TRUE(g.take("a", 0).ok);
  EXPECT_TRUE(g.take("b", 0).ok);
  EXPECT_TRUE(g.take("c", 0).ok); // strangers share one count
  EXPECT_FALSE(g.take("d", 0).ok);
  EXPECT_FALSE(g.take("a", 0).ok);
  EXPECT_TRUE(g.take("d", 60).ok); // the past minute was swept
  EXPECT_TRUE(g.take("e", 60).ok);
  EXPECT_FALSE(g.take("d", 60).ok);
}

TEST(admission, a_forwarded_address_counts_only_from_a_trusted_proxy) {
  request in;
  std::string kept;
  in.headers = {{"X-Forwarded-For", "1.1.1.1, 2.2.2.2 ,10.0.0.9"}};
  identify_client(in, "9.9.9.9", false, {"10.0.0.9"}, kept);
  EXPECT_EQ(in.address, "9.9.9.9");
  identify_client(in, "10.0.0.8", false, {"10.0.0.8", "10.0.0.9"}, kept);
  EXPECT_EQ(in.address, "2.2.2.2"); // what stands before it anyone may have written
  identify_client(in, "127.0.0.1", true, {}, kept);
  EXPECT_FALSE(in.loopback);
  in.headers.clear();
  identify_client(in, "127.0.0.1", true, {}, kept);
  EXPECT_TRUE(in.loopback);
}

TEST(admission, a_star_allows_every_origin_without_naming_it) {
  EXPECT_EQ(allowed_origin("https://a", {"*"}), "*");
  EXPECT_EQ(allowed_origin("https://a", {"https://b"}), "");
  EXPECT_EQ(allowed_origin("https://a", {}), "");
  EXPECT_EQ(allowed_origin("", {"*"}), "");
}

TEST(answers, a_header_value_cannot_start_a_new_line) {
  response r;
  add_header(r, "X", "a\r\nSet-Cookie: b");
  EXPECT_EQ(r.headers, "X: aSet-Cookie: b\r\n");
}

TEST(json_text, numbers_are_the_shortest_that_read_back) {
  EXPECT_EQ(json_of(0.1), "0.1");
  EXPECT_EQ(json_of(43250.0), "43250");
  EXPECT_EQ(json_of(1e21), "1e+21");
  EXPECT_EQ(json_of(-0.25), "-0.25");
  EXPECT_EQ(json_of(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(json_of(std::numeric_limits<double>::infinity()), "null");
  for (double v : {1.0 / 3, 5e-324, 1.7976931348623157e308, 0.1 + 0.2})
    EXPECT_EQ(std::strtod(json_of(v).c_str(), nullptr), v);
}

TEST(json_text, strings_are_escaped_and_always_utf8) {
  EXPECT_EQ(json_of("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
  EXPECT_EQ(json_of("\xe2\x82\xac"), "\"\xe2\x82\xac\"");
  EXPECT_EQ(json_of("\xff\xc3"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(bodies, the_last_field_of_a_name_counts) {
  forecast_request r;
  EXPECT_FALSE(read_forecast_request(R"({"horizon":7,"symbol":"A","horizon":72,"symbol":"B"})", r));
  EXPECT_EQ(r.symbol, "B");
  EXPECT_EQ(r.horizon, 72);
}

TEST(bodies, horizons_of_training_are_sorted_and_unique) {
  train_request r;
  EXPECT_FALSE(read_train_request(R"({"symbol":"A","horizons":[72,6,72]})", r));
  EXPECT_EQ(r.horizons, (std::vector<std::int32_t>{6, 72}));
  train_request all;
  EXPECT_FALSE(read_train_request(R"({"symbol":"A","horizons":null})", all));
  EXPECT_TRUE(all.horizons.empty());
  EXPECT_TRUE(read_train_request(R"({"symbol":"A","horizons":[]})", all));
  EXPECT_TRUE(read_train_request(R"({"symbol":"A","horizons":[6,{"a":[18]}]})", all));
}

} // namespace troupe::test
