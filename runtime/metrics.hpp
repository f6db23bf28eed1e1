// The node's figures in Prometheus' text form: its counters, the observer's last picture, services
// outside, and the process itself. Served by our own server; nothing here listens.
#pragma once
#include "actors/cluster/cluster_report.hpp"
#include "actors/counters.hpp"
#include "actors/dependency_board.hpp"
#include "actors/engine_courier.hpp"
#include "actors/observer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Returns a thread-safe function that renders everything at the moment of the call. The last three
/// may be null: nothing outside, no engine that is told of accounts, no other nodes.
std::function<std::string()> make_metrics(std::shared_ptr<const counters> count,
                                          std::shared_ptr<const snapshot_board> board,
                                          std::shared_ptr<const dependency_board> outside = nullptr,
                                          std::shared_ptr<const courier_figures> outbox = nullptr,
                                          std::function<cluster_report()> cluster = {});

} // namespace troupe
