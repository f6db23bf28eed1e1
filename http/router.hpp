// The table of routes and how a path is found in it. From the same table come 404, 405 with Allow,
// and the documents. Who may pass is guard.hpp's, what is done is in routes/.
#pragma once
#include "http/request.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe {

class exchange;

/// Who may use a route. `socket_key` takes an access token or a key, the key also from `?api_key=`:
/// browsers cannot set headers on a WebSocket. The admin's key opens whatever the engine's does.
/// `user` takes an access token, or a user's own key whose scopes cover the route; `admin_key`
/// takes such a token too when its role is admin. Whatever takes a token takes it from `?token=`
/// too when a WebSocket is asked for.
enum class guard_kind : std::uint8_t {
  none,
  api_key,
  api_key_unless_loopback,
  socket_key,
  admin_key,
  user
};

/// What a request without a valid key counts against. `exempt`: probes of the node's health.
/// `unless_signed`: the route looks at the signature and counts those without a right one itself.
/// From `predictions` on: routes of users, counted per user as the plan says. An answer of status
/// 400 or more does not count. Who comes without a token counts against the address.
enum class limit_class : std::uint8_t {
  per_address,
  exempt,
  unless_signed,
  predictions,
  signals,
  indicators,
  chat,
  paper,
  payments
};

using handler = void (*)(exchange& ex);

struct route {
  method verb;
  std::string_view pattern; // segments; `:name` takes one
  guard_kind guard;
  limit_class limit;
  handler run;
  std::string_view summary;
  /// Of a user's key that opens a route of users; `*`: any. Empty: none does, only a token.
  std::string_view key_scope = {};
};

struct path_param {
  std::string_view name; // without the colon
  std::string value;     // decoded
};

struct route_match {
  const route* found = nullptr;
  std::vector<path_param> params;
  std::string allow;     // the path is known, the method is not: `GET, HEAD`
  bool bad_path = false; // a broken escape
};

class router {
public:
  explicit router(std::vector<route> table);
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  /// HEAD finds what GET finds.
  route_match match(method verb, std::string_view path) const;

  const std::vector<route>& table() const { return table_; }

private:
  using routes_of_path = std::vector<const route*>;
  struct pattern_routes {
    std::vector<std::string_view> segments;
    routes_of_path routes;
  };

  static void pick(route_match& out, const routes_of_path& routes, method verb);

  std::vector<route> table_;
  std::unordered_map<std::string_view, routes_of_path> exact_;
  std::vector<pattern_routes> patterns_;
};

/// Every route of this node.
std::vector<route> all_routes();

} // namespace troupe
