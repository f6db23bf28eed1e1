#include "runtime/stores/postgres/address.hpp"

#include <libpq-fe.h>

#include <map>

namespace troupe {

namespace {

using keywords = std::map<std::string, std::string>;

// libpq's own words about a text it cannot read may quote it, password and all, and are dropped.
std::optional<keywords> parse(const std::string& url) {
  char* words = nullptr;
  auto* const found = PQconninfoParse(url.c_str(), &words);
  if (words) PQfreemem(words);
  if (!found) return std::nullopt;
  keywords out;
  for (const auto* o = found; o->keyword; ++o)
    if (o->val) out[o->keyword] = o->val;
  PQconninfoFree(found);
  return out;
}

std::string quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string location_of(const keywords& words) {
  const auto value = [&](const char* name) {
    const auto it = words.find(name);
    return it == words.end() ? std::string{} : it->second;
  };
  std::string out = "postgres://";
  if (const auto user = value("user"); !user.empty()) out += user + "@";
  out += value("host").empty() ? value("hostaddr") : value("host");
  if (const auto port = value("port"); !port.empty()) out += ":" + port;
  return out + "/" + value("dbname");
}

} // namespace

std::optional<pg_address> read_pg_address(const std::string& url,
                                          const pg_session_options& options) {
  auto words = parse(url);
  if (!words) return std::nullopt;
  pg_address out;
  out.location = location_of(*words);
  words->emplace("connect_timeout", std::to_string(options.connect_timeout_s));
  words->emplace("tcp_user_timeout", std::to_string(options.tcp_user_timeout_ms));
  // A server whose machine went away in silence is noticed while its answer is awaited.
  words->emplace("keepalives_idle", "2");
  words->emplace("keepalives_interval", "1");
  words->emplace("keepalives_count", "3");
  words->emplace("application_name", options.application_name);
  (*words)["client_encoding"] = "UTF8";
  for (const auto& [name, value] : *words) out.connection += name + "=" + quoted(value) + " ";
  return out;
}

std::string pg_location(const std::string& url) {
  const auto words = parse(url);
  return words ? location_of(*words) : "postgres://…";
}

} // namespace troupe
