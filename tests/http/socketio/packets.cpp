// The codecs of Engine.IO and Socket.IO: what is read, what is refused.
#include "http/codec_frames.hpp"
#include "http/socketio/engine_packet.hpp"
#include "http/socketio/packet.hpp"

#include <gtest/gtest.h>

namespace troupe::socketio {

TEST(engine_packets, one_packet_is_a_digit_and_its_data) {
  const auto p = parse_engine_packet("4hello");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->type, engine_type::message);
  EXPECT_EQ(p->data, "hello");
  EXPECT_EQ(parse_engine_packet("2probe")->type, engine_type::ping);
  EXPECT_EQ(parse_engine_packet("1")->data, "");
  EXPECT_EQ(to_text(engine_type::pong, "probe"), "3probe");
  for (auto bad : {"", "7", "abc", "-1", "bAQ=="}) EXPECT_FALSE(parse_engine_packet(bad)) << bad;
}

TEST(engine_packets, a_payload_is_split_and_its_bytes_decoded) {
  const auto packets = parse_payload("4a\x1e"
                                     "bAQIDBA==\x1e"
                                     "3");
  ASSERT_TRUE(packets);
  ASSERT_EQ(packets->size(), 3u);
  EXPECT_EQ((*packets)[1].type, engine_type::binary);
  EXPECT_EQ((*packets)[1].data, "\x01\x02\x03\x04");
  EXPECT_EQ((*packets)[2].type, engine_type::pong);
  for (auto bad : {"", "4a\x1e",
                   "\x1e"
                   "4a",
                   "4a\x1ex", "bA", "bA===", "b====", "b AQ=",
                   "bAQ=="
                   "AQ=="})
    EXPECT_FALSE(parse_payload(bad)) << bad;
}

TEST(engine_packets, packets_of_a_payload_are_bounded) {
  std::string many = "4";
  for (std::size_t i = 1; i < max_payload_packets; ++i)
    many += "\x1e"
            "4";
  EXPECT_TRUE(parse_payload(many));
  EXPECT_FALSE(parse_payload(many
                             + "\x1e"
                               "4"));
}

TEST(engine_packets, base64_comes_back_at_every_length) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 37);
  }
}

TEST(engine_packets, a_frame_gives_its_payload_back_at_every_length) {
  for (std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    const std::string text(size, 'x');
    EXPECT_EQ(frame_payload(websocket_frame(text)), text);
  }
  EXPECT_TRUE(is_binary_frame(websocket_frame("x", 2)));
  EXPECT_FALSE(is_binary_frame(websocket_frame("x")));
}

TEST(engine_packets, the_open_packet_says_what_clients_need) {
  EXPECT_EQ(to_json({"abc", true, 300, 200, 1000000}),
            R"({"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,)"
            R"("maxPayload":1000000})");
  EXPECT_NE(to_json({"abc", false, 1, 1, 1}).find(R"("upgrades":[])"), std::string::npos);
}

TEST(packets, what_a_client_may_say_is_read_and_written_back) {
  struct row {
    const char* text;
    packet_type type;
    const char* nsp;
    std::optional<std::uint64_t> id;
    std::size_t attachments;
    const char* data;
  };
  const auto none = std::optional<std::uint64_t>{};
  for (const auto& want :
       {row{"0", packet_type::connect, "/", none, 0, ""},
        row{R"(0/signals,{"token":"t"})", packet_type::connect, "/signals", none, 0,
            R"({"token":"t"})"},
        row{"1/signals,", packet_type::disconnect, "/signals", none, 0, ""},
        row{R"(2["a"])", packet_type::event, "/", none, 0, R"(["a"])"},
        row{R"(212["a",1])", packet_type::event, "/", 12, 0, R"(["a",1])"},
        row{R"(2/signals,0["a"])", packet_type::event, "/signals", 0, 0, R"(["a"])"},
        row{"37[]", packet_type::ack, "/", 7, 0, "[]"},
        row{R"(52-/a,3["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
            packet_type::binary_event, "/a", 3, 2,
            R"(["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"}}) {
    const auto p = parse_packet(want.text);
    ASSERT_TRUE(p) << want.text;
    EXPECT_EQ(p->type, want.type) << want.text;
    EXPECT_EQ(p->nsp, want.nsp) << want.text;
    EXPECT_EQ(p->id, want.id) << want.text;
    EXPECT_EQ(p->attachments, want.attachments) << want.text;
    EXPECT_EQ(p->data, want.data) << want.text;
    EXPECT_EQ(to_text(*p), want.text);
  }
}

TEST(packets, parameters_of_a_namespace_are_not_part_of_its_name) {
  const auto p = parse_packet(R"(0/signals?a=1,{"token":"t"})");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->nsp, "/signals");
  EXPECT_EQ(p->data, R"({"token":"t"})");
}

TEST(packets, what_is_malformed_or_not_a_clients_is_refused) {
  const std::string deep(max_json_depth, '['), shut(max_json_depth, ']');
  for (const std::string& bad : {std::string{},
                                 std::string{"7"},
                                 std::string{"abc"},
                                 std::string{"2"},
                                 std::string{"2{}"},
                                 std::string{"2[]"},
                                 std::string{"2[1]"},
                                 std::string{"2[null]"},
                                 std::string{R"(2["a")"},
                                 std::string{R"(2["a"]x)"},
                                 std::string{R"(2"a")"},
                                 std::string{R"(2x["a"])"},
                                 std::string{R"(2["connect"])"},
                                 std::string{R"(2["disconnect"])"},
                                 std::string{R"(2["newListener"])"},
                                 std::string{"0[]"},
                                 std::string{"0{"},
                                 std::string{"01{}"},
                                 std::string{"1{}"},
                                 std::string{"3[]"},
                                 std::string{"31{}"},
                                 std::string{R"(4{"message":"x"})"},
                                 std::string{R"(5["a"])"},
                                 std::string{R"(50-["a"])"},
                                 std::string{R"(517-["a"])"},
                                 std::string{R"(5x-["a"])"},
                                 std::string{R"(51["a"])"},
                                 std::string{R"(51-["a",{"_placeholder":true,"num":1}])"},
                                 std::string{R"(51-["a",{"_placeholder":true,"num":-1}])"},
                                 std::string{R"(51-["a",{"_placeholder":true,"num":"0"}])"},
                                 std::string{R"(51-["a",[{"x":{"_placeholder":true}}]])"},
                                 std::string{R"(29999999999999999999["a"])"},
                                 "2[\"a\"," + deep + shut + "]",
                                 "2/" + std::string(max_namespace_bytes, 'n') + R"(,["a"])"})
    EXPECT_FALSE(parse_packet(bad)) << bad;
  std::string many = R"(2["a")";
  for (std::size_t i = 1; i < max_arguments; ++i) many += ",1";
  EXPECT_TRUE(parse_packet(many + "]"));
  EXPECT_FALSE(parse_packet(many + ",1]"));
}

TEST(packets, elements_are_the_text_that_was_written) {
  using strings = std::vector<std::string_view>;
  EXPECT_EQ(elements_of("[]"), strings{});
  EXPECT_EQ(elements_of(R"([ "a,]\"" , 1.50,{"x":[1,2]},[[]] ])"),
            (strings{R"("a,]\"")", "1.50", R"({"x":[1,2]})", "[[]]"}));
  EXPECT_EQ(text_of(R"("a\u0041")"), "aA");
  EXPECT_FALSE(text_of("1"));
}

} // namespace troupe::socketio
