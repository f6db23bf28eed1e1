// The sign-ins by providers of a node: the settings of those that have a client id, and the
// services that speak to them, each behind a breaker of its own. Without any nothing is started.
#pragma once
#include "actors/dependency_board.hpp"
#include "actors/log.hpp"
#include "http/oauth/sign_ins.hpp"
#include "http/outbound/client.hpp"
#include "runtime/secrets.hpp"
#include "runtime/settings.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe {

class sign_in_part {
public:
  sign_in_part() = default;
  ~sign_in_part();
  sign_in_part(const sign_in_part&) = delete;
  sign_in_part& operator=(const sign_in_part&) = delete;

  /// Starts what the settings name; once. `port`: where this node listens, for the way back in demo
  /// mode. Returns what is wrong, for people, or nothing.
  std::string start(caf::actor_system& system, const settings& s, const node_secrets& secrets,
                    std::uint16_t port, const std::shared_ptr<dependency_board>& board);

  /// Null when none is offered.
  const std::shared_ptr<sign_ins>& all() const { return sign_ins_; }
  /// Who speaks to each service, for the observer.
  const std::vector<outbound_actor>& services() const { return services_; }

  /// After the server, before the actor system.
  void stop();

private:
  std::string add(caf::actor_system& system, const settings& s, const std::string& name,
                  const std::string& base, const std::shared_ptr<dependency_board>& board,
                  std::vector<oauth_provider>& out);

  std::unique_ptr<outbound_client> client_;
  std::vector<outbound_actor> services_;
  std::shared_ptr<sign_ins> sign_ins_;
};

} // namespace troupe
