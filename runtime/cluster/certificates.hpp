// A private certificate authority for the nodes of one cluster, and their certificates: whoever
// holds one of these is a node, whoever does not is a stranger. Files in one folder, each readable
// by its owner alone.
#pragma once
#include <string>
#include <vector>

namespace troupe {

struct certificate_request {
  std::string folder;             // made if it is not there
  std::vector<std::string> nodes; // letters, digits, `.`, `-`, `_`
  std::vector<std::string> hosts; // names and addresses that each certificate is for as well
  int authority_days = 3650;
  int node_days = 825;
};

struct certificates_made {
  std::vector<std::string> files; // in the order they were written
  bool authority_was_there = false;
  std::string error; // one line for people; empty: all were made
};

/// Makes `ca.pem` and `ca.key` if there are none, and `NODE.pem` and `NODE.key` of each node,
/// signed by it. Overwrites nothing: a node that has a certificate already is an error before
/// anything is written.
certificates_made make_certificates(const certificate_request& request);

} // namespace troupe
