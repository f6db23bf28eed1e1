// Beast's request parser with storage of our own that is kept from request to request, so that a
// kept-alive connection parses without allocating. Included by connection.cpp alone.
#pragma once
#include "http/request.hpp"
#include "http/response.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <vector>

namespace troupe {

namespace beast = boost::beast;

/// What the parser fills; offsets, since `text` may move while it grows.
struct parsed_request {
  struct span {
    std::size_t name = 0, name_size = 0, value = 0, value_size = 0;
  };
  std::string text; // target, then names and values
  std::size_t target_size = 0;
  std::vector<span> fields;
  std::string body;
  method verb = method::other;
  int version = 11; // 10 or 11

  void clear() {
    text.clear();
    fields.clear();
    body.clear();
    target_size = 0;
    verb = method::other;
    version = 11;
  }
};

/// What a client hears whose bytes are no request of ours.
inline response unreadable_response(const beast::error_code& why, std::string_view request_id) {
  using error = beast::http::error;
  if (why == error::header_limit)
    return error_response(431, "VALIDATION_ERROR", "the request's head is too large", request_id);
  if (why == error::body_limit)
    return error_response(errc::payload_too_large, "the body is too large", request_id);
  if (why == error::bad_version)
    return error_response(505, "VALIDATION_ERROR", "only HTTP/1.0 and 1.1 are spoken", request_id);
  return error_response(errc::validation_error, "malformed HTTP request: " + why.message(),
                        request_id);
}

inline constexpr std::size_t max_header_fields = 100;

class request_parser : public beast::http::basic_parser<true> {
public:
  explicit request_parser(parsed_request& out) : out_(out) {}

private:
  using view = beast::string_view;
  using code = beast::error_code;

  void on_request_impl(beast::http::verb, view verb, view target, int version, code&) override {
    out_.version = version;
    out_.verb = troupe::parse_method({verb.data(), verb.size()});
    out_.text.append(target.data(), target.size());
    out_.target_size = target.size();
  }
  void on_response_impl(int, view, int, code&) override {}
  void on_field_impl(beast::http::field, view name, view value, code& failed) override {
    if (trailer_) return; // views of the head are out already, and nobody reads trailers
    if (out_.fields.size() == max_header_fields) {
      failed = beast::http::error::header_limit;
      return;
    }
    const auto at = out_.text.size();
    out_.text.append(name.data(), name.size()).append(value.data(), value.size());
    out_.fields.push_back({at, name.size(), at + name.size(), value.size()});
  }
  void on_header_impl(code&) override { trailer_ = true; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, code&) override {}
  std::size_t on_body_impl(view part, code&) override {
    out_.body.append(part.data(), part.size());
    return part.size();
  }
  void on_chunk_header_impl(std::uint64_t, view, code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view part, code&) override {
    out_.body.append(part.data(), part.size());
    return part.size();
  }
  void on_finish_impl(code&) override {}

  parsed_request& out_;
  bool trailer_ = false;
};

} // namespace troupe
