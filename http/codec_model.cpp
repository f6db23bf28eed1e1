#include "http/codec_model.hpp"

#include "http/json_text.hpp"

#include <algorithm>

namespace troupe {

namespace {

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_count(std::string& out, std::string_view name, const counter& value) {
  append_count(out, name, value.load(std::memory_order_relaxed));
}

// Null for a time that has not come.
void append_time_field(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  if (at == 0)
    out += "null";
  else
    append_time(out, at);
}

void append_flag(std::string& out, std::string_view name, bool value) {
  append_key(out, name);
  out += value ? "true" : "false";
}

void append_figures(std::string& out, const model_info& model) {
  for (auto& [name, value] : model.metrics) append_field(out, name, value);
}

void append_model_members(std::string& out, const model_info& m) {
  append_field(out, "name", m.name);
  append_field(out, "kind", m.kind);
  append_field(out, "symbol", m.symbol);
  append_key(out, "horizon");
  if (m.horizon > 0)
    append_integer(out, m.horizon);
  else
    out += "null";
  append_field(out, "version", m.version);
  append_time_field(out, "trained_at", m.trained_at);
  append_count(out, "rows", m.rows);
  append_field(out, "state", m.state);
  append_field(out, "source", m.source);
}

} // namespace

void append_models(std::string& out, const std::vector<model_info>& models) {
  out += "{\"models\":[";
  for (auto& m : models) {
    out += out.back() == '[' ? "{" : ",{";
    append_model_members(out, m);
    append_key(out, "metrics");
    out += '{';
    append_figures(out, m);
    out += "}}";
  }
  out += "]}";
}

namespace {

void append_live(std::string& out, const model_info& model, const model_evidence& seen,
                 std::string_view state) {
  const model_scores* mine = nullptr;
  if (seen.scores)
    for (auto& row : seen.scores->models)
      if (row.name == model.name && row.state == state) mine = &row;
  if (!mine) {
    out += "null";
    return;
  }
  out += '{';
  append_field(out, "version", mine->version);
  append_time_field(out, "from", mine->from);
  append_time_field(out, "to", mine->to);
  for (auto& [name, value] : mine->figures) append_field(out, name, value);
  out += '}';
}

void append_difference(std::string& out, std::string_view name, double loss, double difference,
                       double error) {
  append_key(out, name);
  out += '{';
  append_field(out, "champion_loss", loss);
  append_field(out, "difference", difference);
  append_field(out, "standard_error", error);
  out += '}';
}

void append_trial(std::string& out, const trial_report& t) {
  out += '{';
  append_field(out, "state", to_string(t.state));
  append_field(out, "champion", t.champion);
  append_field(out, "challenger", t.challenger);
  append_time_field(out, "from", t.from);
  append_time_field(out, "to", t.to);
  append_count(out, "candles", t.candles);
  append_count(out, "days", t.days);
  append_difference(out, "range", t.range_loss, t.range_difference, t.range_error);
  append_difference(out, "tpsl", t.tpsl_loss, t.tpsl_difference, t.tpsl_error);
  out += '}';
}

} // namespace

void append_model_metrics(std::string& out, const model_info& model, const model_evidence& seen) {
  out += '{';
  append_model_members(out, model);
  append_figures(out, model);
  append_key(out, "validation");
  out += '{';
  append_figures(out, model);
  out += '}';
  append_key(out, "live");
  append_live(out, model, seen, "champion");
  append_key(out, "challenger");
  append_live(out, model, seen, "challenger");
  append_key(out, "trial");
  if (seen.scores && !seen.scores->trials.empty())
    append_trial(out, seen.scores->trials.front());
  else
    out += "null";
  append_key(out, "trials");
  if (!seen.trials) {
    out += "null}";
    return;
  }
  out += '[';
  for (auto& t : *seen.trials) {
    if (out.back() != '[') out += ',';
    append_trial(out, t);
  }
  out += "]}";
}

void append_roles(std::string& out, const model_roles& roles) {
  out += '{';
  append_field(out, "symbol", roles.symbol);
  append_field(out, "champion", roles.champion);
  append_key(out, "challenger");
  if (roles.challenger.empty())
    out += "null";
  else
    append_string(out, roles.challenger);
  out += '}';
}

void append_job(std::string& out, const job& j) {
  out += '{';
  append_field(out, "job_id", j.id);
  append_field(out, "kind", j.kind);
  append_field(out, "symbol", j.symbol);
  append_field(out, "status", to_string(j.state));
  append_field(out, "progress", j.progress);
  append_field(out, "step", j.step);
  append_key(out, "error");
  if (j.error.empty())
    out += "null";
  else
    append_string(out, j.error);
  append_time_field(out, "created_at", j.created_at);
  append_time_field(out, "finished_at", j.finished_at);
  out += '}';
}

namespace {

void append_requests(std::string& out, const counters& c) {
  append_key(out, "requests");
  out += '{';
  append_count(out, "total", c.requests);
  constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < classes.size(); ++i)
    append_count(out, classes[i], c.by_status_class[i]);
  append_count(out, "rate_limited", c.rate_limited);
  append_count(out, "unauthorized", c.unauthorized);
  append_count(out, "busy", c.busy);
  out += '}';
}

void append_prediction_counts(std::string& out, const counters& c) {
  std::uint64_t total = 0;
  append_key(out, "predictions");
  out += "{\"by_symbol\":{";
  for (auto& row : c.predictions) {
    append_key(out, row.symbol);
    out += '{';
    for (std::size_t i = 0; i < horizons.size(); ++i) {
      total += row.by_horizon[i].load(std::memory_order_relaxed);
      append_count(out, std::to_string(horizons[i]), row.by_horizon[i]);
    }
    out += '}';
  }
  out += '}';
  append_count(out, "total", total);
  out += '}';
}

void append_sockets(std::string& out, const counters& c) {
  append_key(out, "connections");
  out += '{';
  append_count(out, "total", c.connections);
  append_count(out, "open", c.connections_open);
  append_count(out, "refused", c.connections_refused);
  out += '}';
  append_key(out, "websocket");
  out += '{';
  append_count(out, "total", c.sockets);
  append_count(out, "open", c.sockets_open);
  append_count(out, "frames_sent", c.frames_sent);
  append_count(out, "frames_dropped", c.frames_dropped);
  append_count(out, "slow_closes", c.slow_closes);
  out += '}';
}

} // namespace

void append_stats(std::string& out, const counters& c, const node_load& load) {
  out += '{';
  append_requests(out, c);
  append_prediction_counts(out, c);
  append_key(out, "cache");
  out += '{';
  append_count(out, "hits", c.cache_hits);
  append_count(out, "misses", c.cache_misses);
  out += '}';
  append_sockets(out, c);
  append_count(out, "actors", load.actors);
  append_key(out, "queues");
  out += '{';
  append_count(out, "pending_requests", load.pending_requests);
  append_count(out, "dropped_pushes", load.dropped_pushes);
  append_key(out, "store_rows");
  if (load.store)
    append_integer(out, static_cast<std::int64_t>(load.store->queued_rows));
  else
    out += "null";
  out += "}}";
}

void append_health(std::string& out, std::string_view status,
                   const std::vector<std::string>& providers) {
  out += '{';
  append_field(out, "status", status);
  append_flag(out, "gpu", false);
  append_key(out, "providers");
  out += '[';
  for (auto& p : providers) {
    if (out.back() != '[') out += ',';
    append_string(out, p);
  }
  out += "]}";
}

std::string_view status_of(const dependency_status& d) {
  return d.state == "closed" ? "healthy" : d.state == "half_open" ? "degraded" : "unhealthy";
}

bool node_health::healthy() const {
  return std::all_of(checks.begin(), checks.end(), [](auto& c) { return c.status == "healthy"; });
}

namespace {

void append_symbol_status(std::string& out, const symbol_status& s) {
  out += out.back() == '[' ? "{" : ",{";
  append_field(out, "symbol", s.symbol);
  append_flag(out, "ready", s.ready);
  append_flag(out, "has_model", s.has_model);
  append_count(out, "warmup_left", s.warmup_left);
  append_field(out, "model_version", s.model_version);
  append_field(out, "model_source", s.model_source);
  append_time_field(out, "last_candle", s.last_candle);
  append_count(out, "candles", s.candles);
  append_count(out, "duplicates", s.duplicates);
  append_count(out, "late", s.late);
  append_count(out, "invalid", s.invalid);
  append_count(out, "gaps", s.gaps);
  append_count(out, "filled", s.filled);
  append_count(out, "resets", s.resets);
  append_count(out, "unstored_rows", s.unstored_rows);
  out += '}';
}

// Times are null while the breaker is closed, latency before the first answer.
void append_breaker(std::string& out, const dependency_status& d) {
  out += out.back() == '[' ? "{" : ",{";
  append_field(out, "name", d.name);
  append_field(out, "status", status_of(d));
  append_key(out, "latencyMs");
  if (d.latency_ms < 0)
    out += "null";
  else
    append_integer(out, d.latency_ms);
  append_field(out, "state", d.state);
  append_count(out, "failures", d.failures);
  append_time_field(out, "opened_at", d.opened_at);
  append_time_field(out, "next_try", d.next_try);
  append_count(out, "in_flight", d.in_flight);
  append_count(out, "waiting", d.waiting);
  out += '}';
}

void append_ledger(std::string& out, const journal_status& s) {
  append_key(out, "ledger");
  out += '{';
  append_field(out, "kind", s.kind);
  append_field(out, "lease", s.lease);
  append_count(out, "epoch", s.epoch);
  append_count(out, "queued_rows", s.queued_rows);
  append_count(out, "written_rows", s.written_rows);
  append_count(out, "commits", s.commits);
  append_flag(out, "failing", s.failing);
  out += '}';
}

void append_accounts(std::string& out, const accounts_status& s) {
  append_key(out, "accounts");
  out += '{';
  append_count(out, "loaded", s.loaded);
  append_count(out, "loads", s.loads);
  append_count(out, "passivated", s.passivated);
  append_count(out, "failed", s.failed);
  append_count(out, "refused", s.refused);
  append_count(out, "asleep", s.asleep);
  append_count(out, "woken", s.woken);
  out += '}';
}

void append_feed_status(std::string& out, const feed_status& f) {
  out += out.back() == '[' ? "{" : ",{";
  append_field(out, "name", f.name);
  append_field(out, "state", f.state);
  append_count(out, "candles", f.candles);
  append_time_field(out, "last_candle", f.last_candle);
  append_field(out, "note", f.note);
  out += '}';
}

} // namespace

void append_detailed_health(std::string& out, const node_health& health,
                            const std::vector<std::string>& providers) {
  append_health(out, health.healthy() ? "healthy" : "degraded", providers);
  out.pop_back();
  append_key(out, "checks");
  out += '[';
  for (auto& c : health.checks) {
    out += out.back() == '[' ? "{" : ",{";
    append_field(out, "name", c.name);
    append_field(out, "status", c.status);
    append_field(out, "latencyMs", c.latency_ms);
    out += '}';
  }
  out += "],\"symbols\":[";
  for (auto& s : health.symbols) append_symbol_status(out, s);
  out += "],\"feeds\":[";
  for (auto& f : health.feeds) append_feed_status(out, f);
  out += "],\"breakers\":[";
  for (auto& b : health.breakers) append_breaker(out, b);
  out += ']';
  if (health.ledger) append_ledger(out, *health.ledger);
  if (health.accounts) append_accounts(out, *health.accounts);
  out += '}';
}

} // namespace troupe
