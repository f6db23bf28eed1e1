// Takes whatever actors answer to calls of another node, on whichever thread they answer, and keeps
// it until the peer_actor looks. So a peer_actor serves thousands of calls at once, of any type:
// CAF's own response handlers know the type beforehand, and are searched one by one.
#pragma once
#include "messages/cluster_types.hpp"

#include <caf/actor.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace troupe {

class answer_tray {
public:
  struct entry {
    std::uint64_t key; // as given out by ask()
    remote_answer answer;
  };

  /// `wake` is called on any thread, at most once until empty_out().
  answer_tray(caf::actor_system& system, std::function<void()> wake);
  ~answer_tray();
  answer_tray(const answer_tray&) = delete;
  answer_tray& operator=(const answer_tray&) = delete;

  /// Sends `what` as a request; its answer will bear the key that is returned.
  std::uint64_t ask(const caf::actor& whom, caf::message what);

  /// All that has come in.
  std::vector<entry> empty_out();

private:
  struct inbox;
  std::shared_ptr<inbox> inbox_;
  caf::actor handle_;
  caf::actor_companion* self_;
};

} // namespace troupe
