// An answer before it is bytes, and its serialisation into one buffer with its head. What is said
// in which case is for handlers and codec.
#pragma once
#include "messages/errors.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace troupe {

/// Text encoded once and shared by all who send it.
using shared_text = std::shared_ptr<const std::string>;

struct response {
  int status = 200;
  std::string_view content_type = "application/json"; // static storage
  std::string headers;                                // extra lines, each ended by CRLF
  std::string body;
  shared_text shared; // sent instead of `body` when set
  bool close = false; // the connection ends after this answer

  std::string_view text() const { return shared ? std::string_view{*shared} : body; }
};

/// Adds an extra header. Characters below space in `value` are dropped: no client text may start a
/// new line.
void add_header(response& r, std::string_view name, std::string_view value);

/// What is known of the exchange that an answer belongs to.
struct answer_frame {
  std::string_view request_id;
  std::string_view cors_origin; // empty: none
  bool keep_alive = true;
  bool http10 = false;
  bool head_only = false; // HEAD: the length is said, the body is not sent
};

/// Appends the whole answer to `out`.
void append_answer(std::string& out, const response& r, const answer_frame& frame);

/// `OK`, `Not Found` …
std::string_view reason_of(int status);

/// The error body of SPEC §3. `field` is named when not empty.
response error_response(errc code, std::string_view message, std::string_view request_id,
                        std::string_view field = {});

/// The same with a status that no errc stands for (408, 431).
response error_response(int status, std::string_view code, std::string_view message,
                        std::string_view request_id, std::string_view field = {});

} // namespace troupe
