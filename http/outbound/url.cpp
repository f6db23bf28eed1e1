#include "http/outbound/url.hpp"

#include <algorithm>
#include <charconv>

namespace troupe {

namespace {

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [&](char c) {
    return alphanumeric(c) || more.find(c) != more.npos;
  });
}

bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

} // namespace

std::string endpoint::authority() const {
  auto out = host.find(':') == host.npos ? host : '[' + host + ']';
  if (port != (tls ? 443 : 80)) out += ':' + std::to_string(port);
  return out;
}

std::optional<endpoint> parse_endpoint(std::string_view url) {
  endpoint out;
  out.tls = take(url, "https://");
  if (!out.tls && !take(url, "http://")) return std::nullopt;
  out.port = out.tls ? 443 : 80;
  const auto slash = std::min(url.find('/'), url.size());
  auto place = url.substr(0, slash), path = url.substr(slash);
  if (take(place, "[")) {
    const auto end = place.find(']');
    if (end == place.npos || !is_host(place.substr(0, end), ":.")) return std::nullopt;
    out.host = place.substr(0, end);
    place.remove_prefix(end + 1);
  } else {
    const auto end = std::min(place.find(':'), place.size());
    if (!is_host(place.substr(0, end), "-._")) return std::nullopt;
    out.host = place.substr(0, end);
    place.remove_prefix(end);
  }
  if (take(place, ":")) {
    const auto end = place.data() + place.size();
    const auto [at, failed] = std::from_chars(place.data(), end, out.port);
    if (failed != std::errc{} || at != end || out.port == 0) return std::nullopt;
  } else if (!place.empty()) {
    return std::nullopt;
  }
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (!std::all_of(path.begin(), path.end(), [](char c) {
        return c > ' ' && c < 0x7f
            && std::string_view{"?#\"<>\\"}.find(c) == std::string_view::npos;
      }))
    return std::nullopt;
  out.prefix = path;
  return out;
}

} // namespace troupe
