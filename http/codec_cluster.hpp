// The cluster as JSON, for operators.
#pragma once
#include "actors/cluster/cluster_report.hpp"

#include <string>

namespace troupe {

/// "alone", "joining", "serving", "without a lease" or "leaving".
std::string_view state_of(const cluster_report& report);

/// The answer of `GET /admin/cluster`. A node that runs alone has `clustered` false.
void append_cluster(std::string& out, const cluster_report& report, bool clustered);

} // namespace troupe
