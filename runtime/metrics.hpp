// The node's figures in Prometheus' text form: its counters, the observer's last picture, and the
// process itself. Served by our own server; nothing here listens.
#pragma once
#include "actors/counters.hpp"
#include "actors/observer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Returns a thread-safe function that renders everything at the moment of the call.
std::function<std::string()> make_metrics(std::shared_ptr<const counters> count,
                                          std::shared_ptr<const snapshot_board> board);

} // namespace troupe
