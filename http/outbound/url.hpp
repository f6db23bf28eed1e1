// The base address of a service outside, as a setting gives it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

struct endpoint {
  bool tls = false;
  std::string host; // a name, or an address (IPv6 without brackets)
  std::uint16_t port = 80;
  std::string prefix; // before every path: empty, or `/api/v1` (no slash at its end)

  /// As the Host header says it: with brackets and, unless it is the scheme's own, the port.
  std::string authority() const;
};

/// Reads `https://host:8443/api/v1`. Nothing when it is not http or https, or has a user, a query,
/// a fragment, or characters that belong into no such address.
std::optional<endpoint> parse_endpoint(std::string_view url);

} // namespace troupe
