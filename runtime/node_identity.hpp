// Who this node is towards the others that share a database: a name made once and kept in the data
// folder, so that a restarted node is known again, and held by one process at a time.
#pragma once
#include "runtime/stores/file_lock.hpp"

#include <memory>
#include <string>

namespace troupe {

class node_identity {
public:
  /// Locks the folder's identity, or says in `error` who has it. @pre the folder exists
  static std::unique_ptr<node_identity> take(const std::string& folder, std::string& error);

  /// `node-` and 16 hex digits.
  const std::string& name() const { return name_; }

private:
  node_identity(file_lock lock, std::string name)
      : lock_(std::move(lock)), name_(std::move(name)) {}
  file_lock lock_;
  std::string name_;
};

} // namespace troupe
