// JSON of models, jobs and the node's own state. Built by hand like the other encoders; nothing
// here is hot.
#pragma once
#include "actors/counters.hpp"
#include "http/gateway.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe {

void append_models(std::string& out, const std::vector<model_info>& models);

/// What is known of a model beside its training. Null: it could not be asked.
struct model_evidence {
  std::optional<symbol_scores> scores;
  std::optional<std::vector<trial_report>> trials; // ended, newest first
};

/// Validation figures at the top level and in `validation`; `live` and `challenger`: what both do
/// on what came after their training (null until measured); `trial` under way and `trials` that
/// ended.
void append_model_metrics(std::string& out, const model_info& model, const model_evidence& seen);

/// `{"symbol":…,"champion":…,"challenger":…}`, null where there is none.
void append_roles(std::string& out, const model_roles& roles);

void append_job(std::string& out, const job& j);

/// What `GET /api/stats` says besides the counters.
struct node_load {
  std::size_t actors = 0, pending_requests = 0;
  std::uint64_t dropped_pushes = 0;
  const store_status* store = nullptr; // null: it did not answer
};
void append_stats(std::string& out, const counters& c, const node_load& load);

/// `{"status":…,"gpu":false,"providers":[…]}`.
void append_health(std::string& out, std::string_view status,
                   const std::vector<std::string>& providers);

/// As a line of health: a closed breaker is healthy, a half-open one degraded, an open one
/// unhealthy.
std::string_view status_of(const dependency_status& d);

/// What the parts of a node said of themselves, for `GET /health/detailed`.
struct node_health {
  std::vector<health_check> checks;
  std::vector<dependency_status> breakers; // services outside; each is a check too
  std::vector<symbol_status> symbols;
  std::vector<feed_status> feeds;
  std::optional<journal_status> ledger;
  std::optional<accounts_status> accounts;
  bool healthy() const;
};
void append_detailed_health(std::string& out, const node_health& health,
                            const std::vector<std::string>& providers);

} // namespace troupe
