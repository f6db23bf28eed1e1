// The secrets a node is reached with. None has a usable default: in demo mode (loopback, no
// DATABASE_URL) each is made once and kept in the data folder, readable by its owner alone; else
// the settings must give it.
#pragma once
#include "runtime/settings.hpp"

#include <string>

namespace troupe {

struct node_secrets {
  std::string api_key;                        // of services
  std::string admin_key;                      // of operators; empty: /admin is closed
  std::string webhook_secret;                 // signs what arrives at /webhooks/ml-engine
  std::string jwt_secret, jwt_refresh_secret; // sign users' tokens
  bool demo = false;
};

/// Reads the key kept in the file `path`, or makes one of 256 random bits in hex. Returns "" with
/// the reason in `error` when it can be neither.
std::string kept_or_made_key(const std::string& path, std::string& error);

/// Fills in all of them. Returns one line for people when one is missing or cannot be kept, else
/// nothing. @pre the data folder exists
std::string take_secrets(const settings& s, node_secrets& out);

} // namespace troupe
