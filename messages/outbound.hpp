// What is asked of a service outside, what comes back, and what an operator may know of it. Plain
// values; who speaks them is in actors/outbound.hpp. They stay on the node that made them: a
// request may hold a key.
#pragma once
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

struct http_field {
  std::string name, value;
};

inline constexpr std::size_t max_outbound_body_bytes = 4u << 20;

/// One HTTP request. Host, Content-Length and Connection are set by the client and not given here.
struct outbound_request {
  std::string method = "GET";
  std::string path; // below the service's base address, with its query; begins with '/'
  std::vector<http_field> headers;
  std::string body;            // at most max_outbound_body_bytes
  bool safe_to_repeat = false; // sent twice, it has the effect of once
  /// From acceptance to the answer, waiting and repeating included; 0: as the service's options
  /// say. Past it the answer is outbound_errc::timed_out.
  std::int64_t deadline_ms = 0;
};

/// Whatever the service said, errors of its own (status 400 to 599) included.
struct outbound_response {
  int status = 0;
  std::vector<http_field> headers;
  std::string body;

  /// The first header of that name, whatever its case; empty when there is none.
  std::string_view get(std::string_view name) const;
};

/// Why there is no answer. 0 stays unused: a caf::error of code 0 means success.
enum class outbound_errc : std::uint8_t {
  none = 0,
  malformed_request, // what_is_wrong() says why; nothing was sent
  busy,              // too many are waiting; nothing was sent
  breaker_open,      // the service failed too often; nothing was sent
  timed_out,         // it may have been carried out
  cannot_connect,    // no such host, or nobody listens there
  not_trusted,       // the certificate is not the host's, or of no authority we know
  broken_off,        // the connection ended before the answer did
  malformed_answer,  // not HTTP
  too_large,         // the answer is past our limit
  stopped,           // this node stops
};

std::string_view to_string(outbound_errc e);

/// Why a request cannot be sent (method, path, a header that is not allowed, line breaks, size), or
/// empty.
std::string what_is_wrong(const outbound_request& request);

/// A service outside as it looks from here.
struct dependency_status {
  std::string name;
  std::string state = "closed"; // its breaker: "closed", "open", "half_open"
  std::uint32_t failures = 0;   // in a row
  utc_ms opened_at = 0;         // 0 unless open or half open
  utc_ms next_try = 0;          // the same; from then on one request is let through
  std::int64_t latency_ms = -1; // of the newest answer; -1 before the first
  std::uint64_t answered = 0;   // attempts that brought an answer below status 500
  std::uint64_t failed = 0;     // attempts that did not
  std::uint64_t refused = 0;    // requests refused unsent: busy or breaker open
  std::uint64_t repeated = 0;   // attempts beyond the first
  std::uint32_t in_flight = 0, waiting = 0;
};

struct get_dependency {};

} // namespace troupe
