#include "runtime/cluster/cluster_settings.hpp"

#include "runtime/cluster/endpoint.hpp"

#include <algorithm>

namespace troupe {

namespace {

// As node_name wants it: it goes into the database, into logs and onto the command line.
bool is_name(const std::string& name) {
  return name.size() <= 128
      && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; });
}

} // namespace

std::string cluster_settings::announced(std::uint16_t port) const {
  auto where = read_endpoint(address);
  if (!where || where->port != 0) return address;
  where->port = port;
  return to_string(*where);
}

std::string read_cluster_settings(const settings& s, cluster_settings& out) {
  out.address = s.text("cluster.address");
  out.listen = s.text("cluster.listen").empty() ? out.address : s.text("cluster.listen");
  out.name = s.text("cluster.name");
  out.transport = {s.flag("cluster.plain"), s.text("cluster.certificate"), s.text("cluster.key"),
                   s.text("cluster.ca")};
  if (!out.on()) return "";
  if (!read_endpoint(out.address)) return "cluster.address must be host:port: " + out.address;
  const auto where = read_endpoint(out.listen);
  if (!where) return "cluster.listen must be host:port: " + out.listen;
  if (!is_name(out.name)) return "cluster.name must be 1 to 128 visible characters";
  if (out.transport.plain)
    return is_loopback(*where)
        ? ""
        : "cluster.plain is for loopback alone: anybody could join at " + out.listen;
  for (auto key : {"cluster.certificate", "cluster.key", "cluster.ca"})
    if (s.text(key).empty())
      return std::string{key}
      + " is missing: nodes prove themselves to each other; `troupe cluster certs` makes what "
        "is needed (or give --cluster.plain on loopback)";
  return "";
}

} // namespace troupe
