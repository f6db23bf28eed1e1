// Appends JSON scalars to a string: the fast path of the encoders. Objects and commas are the
// caller's; reading JSON is in codec_request.
#pragma once
#include "messages/time.hpp"
#include "models/utf8.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// The shortest text that reads back as the same double; `null` when it is not finite.
void append_number(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);

/// Quoted and escaped. Bytes that are not UTF-8 become U+FFFD, so that a frame is always valid.
void append_string(std::string& out, std::string_view text);

/// `"2026-01-05T10:00:00.000Z"`.
void append_time(std::string& out, utc_ms at);

/// `,"name":` or `"name":` right after an opening brace. `name` needs no escaping.
void append_key(std::string& out, std::string_view name);

inline void append_field(std::string& out, std::string_view name, double value) {
  append_key(out, name);
  append_number(out, value);
}
inline void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_key(out, name);
  append_string(out, value);
}

} // namespace troupe
