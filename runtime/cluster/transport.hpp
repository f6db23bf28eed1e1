// What nodes of a cluster prove themselves to each other with.
#pragma once
#include <string>

namespace troupe {

struct cluster_transport {
  bool plain = false; // without TLS, on loopback alone; then the files are not looked at
  std::string certificate, key, authority; // PEM files: this node's, its key, who signed all nodes'
};

} // namespace troupe
