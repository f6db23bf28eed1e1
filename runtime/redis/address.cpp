#include "runtime/redis/address.hpp"

#include "http/request.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

template<class T>
bool read_number(std::string_view text, T most, T& out) {
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && stop == text.data() + text.size() && out <= most;
}

bool read_credentials(std::string_view text, redis_address& out) {
  const auto colon = text.find(':');
  if (colon == text.npos) return false;
  auto user = percent_decode(text.substr(0, colon), false);
  auto password = percent_decode(text.substr(colon + 1), false);
  if (!user || !password) return false;
  out.user = std::move(*user);
  out.password = std::move(*password);
  return true;
}

bool read_host(std::string_view text, redis_address& out) {
  const bool bracketed = !text.empty() && text.front() == '[';
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return false;
  out.host = std::string{bracketed ? text.substr(1, end - 1) : text.substr(0, end)};
  const auto rest = text.substr(std::min(text.size(), bracketed ? end + 1 : end));
  if (out.host.empty()) return false;
  if (rest.empty()) return true;
  return rest.front() == ':' && read_number<std::uint16_t>(rest.substr(1), 65535, out.port)
      && out.port > 0;
}

} // namespace

std::string redis_address::location() const {
  const bool bare = host.find(':') == host.npos;
  return "redis://" + (bare ? host : "[" + host + "]") + ":" + std::to_string(port) + "/"
      + std::to_string(database);
}

std::string read_redis_address(const std::string& url, redis_address& out) {
  constexpr std::string_view scheme = "redis://", sealed = "rediss://";
  if (url.rfind(sealed, 0) == 0)
    return "rediss (Redis over TLS) is not spoken: use redis:// to a Redis of this machine or of a "
           "closed network";
  if (url.rfind(scheme, 0) != 0) return "it does not begin with redis://";
  auto rest = std::string_view{url}.substr(scheme.size());
  redis_address found;
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    if (!read_credentials(rest.substr(0, at), found)) return "before the @ belongs [user]:password";
    rest = rest.substr(at + 1);
  }
  const auto slash = rest.find('/');
  if (!read_host(rest.substr(0, slash), found)) return "its host or port cannot be read";
  const auto database = slash == rest.npos ? std::string_view{} : rest.substr(slash + 1);
  if (!database.empty() && !read_number<std::uint32_t>(database, 1'000'000, found.database))
    return "after the host belongs the number of a database";
  out = std::move(found);
  return "";
}

} // namespace troupe
