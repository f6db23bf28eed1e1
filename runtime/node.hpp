// One running node: settings in, actors and server up, and down again in order. The wiring is the
// code of node.cpp, read from top to bottom.
#pragma once
#include "actors/log.hpp"
#include "runtime/secrets.hpp"
#include "runtime/settings.hpp"
#include "runtime/users.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace troupe {

class node {
public:
  /// Starts everything. On failure `error` is one line for people and nothing runs.
  static std::unique_ptr<node> start(const settings& s, log_sink log, std::string& error);

  /// Stops what is still running.
  ~node();

  std::uint16_t port() const;
  const node_secrets& secrets() const;
  const demo_user& demo() const; // in demo mode
  const std::string& first_symbol() const;

  /// Ends requests under way, closes sockets with a reason, writes what is unwritten.
  void stop();

private:
  struct parts;
  explicit node(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
