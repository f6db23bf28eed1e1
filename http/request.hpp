// A request as handlers see it: views into the connection's memory, valid until it is answered.
// How bytes become one is connection.cpp's; nothing here knows Beast.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

enum class method : std::uint8_t { get, head, post, put, del, patch, options, other };

/// `GET` …; `other` has no text of its own.
std::string_view to_string(method m);
method parse_method(std::string_view text);

struct request;

/// Sets path and query from a request line's target, be it a path or (as to a proxy) a whole URL.
void set_target(request& in, std::string_view target);

/// Decodes %XX (and `+` as space when `form`). Empty when an escape is broken or decodes to NUL.
std::optional<std::string> percent_decode(std::string_view text, bool form);

/// The other way round: letters, digits and `-._~` stay, all else becomes %XX.
std::string percent_encode(std::string_view text);

/// Equal but for the case of ASCII letters, as header names are compared.
bool same_name(std::string_view a, std::string_view b);

/// Decoded `a=1&b=2`, at most max_query_fields of them.
class query_fields {
public:
  /// False when an escape is broken or there are too many fields.
  bool parse(std::string_view raw);
  /// The first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;

private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

inline constexpr std::size_t max_query_fields = 64;

struct header {
  std::string_view name, value;
};

struct request {
  method verb = method::other;
  std::string_view path, query; // raw: still percent-encoded
  std::vector<header> headers;  // at most 100
  std::string_view body;
  std::string_view address; // of the client, without port
  bool loopback = false;    // straight from this machine, no proxy in between
  std::string_view id;      // X-Request-Id: the client's own when sane, else minted

  /// The first header of that name, or an empty view.
  std::string_view get(std::string_view name) const;
};

} // namespace troupe
