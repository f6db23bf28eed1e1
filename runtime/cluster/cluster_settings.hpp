// The settings of a node in a cluster, read and judged together: where it listens, who it is, what
// it proves itself with.
#pragma once
#include "runtime/cluster/transport.hpp"
#include "runtime/settings.hpp"

#include <cstdint>
#include <string>

namespace troupe {

struct cluster_settings {
  std::string address; // host:port to announce; empty: a node alone
  std::string listen;  // host:port to listen on
  std::string name;    // empty: the node's identity
  cluster_transport transport;

  bool on() const { return !address.empty(); }
  /// What others are told: `address`, and where its port is 0 the one that is listened on.
  std::string announced(std::uint16_t port) const;
};

/// Returns what is wrong, one line for people that names the setting, or nothing.
std::string read_cluster_settings(const settings& s, cluster_settings& out);

} // namespace troupe
