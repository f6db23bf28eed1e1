// Whole requests as bytes: however they are cut into pieces, the same request is read from the same
// number of bytes, within its bounds. Then what is decided about it before any route runs.
#include "http/admission.hpp"
#include "http/request_parser.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <optional>

namespace troupe::fuzz {

namespace {

constexpr std::uint32_t max_head = 1024, max_body = 512;

struct outcome {
  parsed_request request;
  std::size_t used = 0;
  bool keep_alive = false, chunked = false;
};

/// The first request in the bytes, read as the connection reads it. None: malformed or unfinished.
std::optional<outcome> read(std::string_view bytes, byte_source cuts) {
  outcome out;
  request_parser parser{out.request};
  parser.eager(true);
  parser.header_limit(max_head);
  parser.body_limit(max_body);
  std::string buffer; // what was received and not taken yet
  while (!parser.is_done()) {
    const auto size =
        cuts.done() ? bytes.size() : std::min<std::size_t>(1 + cuts.below(9), bytes.size());
    buffer.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    boost::system::error_code failed;
    const std::string exact = buffer; // ends where the bytes do
    const auto used = parser.put(boost::asio::const_buffer(exact.data(), exact.size()), failed);
    claim(used <= buffer.size(), "no more is taken than there is");
    buffer.erase(0, used);
    out.used += used;
    if (failed && failed != beast::http::error::need_more) return std::nullopt;
    if (bytes.empty() && (used == 0 || buffer.empty()) && !parser.is_done()) return std::nullopt;
  }
  out.keep_alive = parser.keep_alive();
  out.chunked = parser.chunked();
  return out;
}

bool same(const outcome& a, const outcome& b) {
  return a.request.text == b.request.text && a.request.body == b.request.body
      && a.request.verb == b.request.verb && a.request.fields.size() == b.request.fields.size()
      && a.used == b.used && a.keep_alive == b.keep_alive && a.chunked == b.chunked;
}

void decide(const outcome& o) {
  static const router routes{
      {{method::get, "/accounts/:id/status", guard_kind::none, limit_class::exempt, nullptr, ""},
       {method::post, "/predictions", guard_kind::none, limit_class::exempt, nullptr, ""}}};
  request in;
  in.verb = o.request.verb;
  const std::string_view text = o.request.text;
  const auto target = text.substr(0, o.request.target_size);
  const auto mark = target.find('?');
  in.path = target.substr(0, mark);
  in.query = mark == target.npos ? std::string_view{} : target.substr(mark + 1);
  for (auto& f : o.request.fields)
    in.headers.push_back({text.substr(f.name, f.name_size), text.substr(f.value, f.value_size)});
  claim(in.headers.size() <= max_header_fields, "headers are bounded");
  for (auto& h : in.headers)
    claim(h.value.find_first_of("\r\n") == h.value.npos, "a header is one line");
  const bool bad = !malformed_head(in, o.request.version, o.chunked).empty();
  const auto hosts = std::count_if(in.headers.begin(), in.headers.end(),
                                   [](auto& h) { return same_name(h.name, "Host"); });
  claim(bad || hosts == 1 || (hosts == 0 && o.request.version < 11), "one host, or an old client");
  std::string kept;
  identify_client(in, "127.0.0.1", true, {"127.0.0.1"}, kept);
  claim(!in.address.empty(), "every client has an address");
  (void)is_preflight(in);
  (void)allowed_origin(in.get("Origin"), {"https://a.example"});
  (void)upgrade_accept(in, o.request.version);
  claim(!sane_request_id(in.get("X-Request-Id")) || in.get("X-Request-Id").size() <= 64,
        "an id that is echoed is short");
  const auto match = routes.match(in.verb, in.path);
  if (match.found && !match.bad_path)
    for (auto& p : match.params) claim(!p.value.empty(), "a segment of a path is not empty");
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  const auto cuts = in.take(in.below(64));
  const auto at_once = read(in.rest(), byte_source{{}});
  const auto in_pieces = read(in.rest(), byte_source{cuts});
  if (at_once && in_pieces)
    claim(same(*at_once, *in_pieces), "the cuts between pieces decide nothing");
  claim(!at_once || in_pieces || at_once->used > max_head / 2,
        "what is understood at once is understood in pieces");
  if (!at_once) return;
  claim(at_once->request.body.size() <= max_body, "a body is bounded");
  decide(*at_once);
}

std::vector<std::string> made_seeds() {
  std::string many = "\7\1\2\3\4\5\6\7GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) many += "a: b\r\n";
  return {many + "\r\n"};
}

} // namespace troupe::fuzz
