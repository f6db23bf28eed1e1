// Chunked bodies however they are cut, through the parsers of what comes in and of what is answered
// to us.
#include "http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::test {

namespace {

struct chunked {
  std::string text, body;
};
// The last chunk alone, too: Beast 1.74 asserts more of it than may have come.
const std::vector<chunked> bodies{{"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "abcde"},
                                  {"3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n", "abc"},
                                  {"0\r\n\r\n", ""},
                                  {"0;x=y\r\nX-Late: 1\r\n\r\n", ""}};

// Gives the bytes in two pieces, then one by one. False when they are refused or not understood.
template<class Parser>
bool understood(Parser& parser, const std::string& bytes, std::size_t cut) {
  parser.eager(true);
  std::string held = bytes.substr(0, cut);
  for (auto next = cut;; held += bytes[next++]) {
    while (!held.empty() && !parser.is_done()) {
      boost::system::error_code failed;
      const std::string exact = held; // ends where the bytes do
      const auto used = parser.put(boost::asio::const_buffer(exact.data(), exact.size()), failed);
      held.erase(0, used);
      if (failed && failed != beast::http::error::need_more) return false;
      if (failed || used == 0) break;
    }
    if (parser.is_done() || next == bytes.size()) break;
  }
  return parser.is_done() && held.empty();
}

} // namespace

TEST(chunked_bodies, of_requests_may_be_cut_anywhere) {
  for (auto& [text, body] : bodies) {
    const auto bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + text;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      parsed_request out;
      request_parser parser{out};
      EXPECT_TRUE(understood(parser, bytes, cut)) << cut;
      EXPECT_EQ(out.body, body) << cut;
    }
  }
}

TEST(chunked_bodies, of_answers_may_be_cut_anywhere) {
  for (auto& [text, body] : bodies) {
    const auto bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + text;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      beast::http::response_parser<beast::http::string_body> parser;
      EXPECT_TRUE(understood(parser, bytes, cut)) << cut;
      EXPECT_EQ(parser.get().body(), body) << cut;
    }
  }
}

} // namespace troupe::test
