#include "http/routes/node.hpp"

#include "http/codec_cluster.hpp"
#include "http/codec_model.hpp"
#include "http/json_text.hpp"

#include <caf/actor_registry.hpp>

#include <algorithm>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds check_timeout{2000};

// Whether predictions can be served now: the store takes rows and one symbol at least is live. Asks
// the parts themselves, since a picture made every few seconds would be late.
struct readiness : std::enable_shared_from_this<readiness> {
  bool stored = false, live = false;
  std::size_t missing = 0;
  std::function<void(const readiness&)> done;

  template<class Answer, class Handle, class Question>
  void ask(services& with, const Handle& whom, Question what, bool readiness::*good,
           bool (*judge)(const Answer&)) {
    with.port.request<Answer>(whom, check_timeout, std::move(what),
                              [self = shared_from_this(), good, judge](caf::expected<Answer> a) {
                                if (a && judge(*a)) (*self).*good = true;
                                if (--self->missing == 0) self->done(*self);
                              });
  }

  static void find_out(services& with, std::function<void(const readiness&)> done) {
    auto self = std::make_shared<readiness>();
    self->done = std::move(done);
    self->missing = 1 + with.gate.symbols.size(); // before asking: a refusal answers at once
    self->live = with.gate.symbols.empty();
    self->ask<store_status>(with, with.gate.store, get_store_status{}, &readiness::stored,
                            [](const store_status& s) { return !s.failing; });
    for (auto& [name, actor] : with.gate.symbols)
      self->ask<symbol_status>(with, actor, get_symbol_status{}, &readiness::live,
                               [](const symbol_status& s) { return s.ready && s.has_model; });
  }
};

bool is_among(const std::vector<health_check>& checks, const std::string& name) {
  return std::any_of(checks.begin(), checks.end(), [&](auto& c) { return c.name == name; });
}

// The observer's picture, with what it does not know: breakers, which are always current, and
// symbols that have never answered it.
node_health newest_health(const gateway& gate) {
  node_health out;
  if (gate.observed) {
    const auto seen = gate.observed->read();
    for (auto& part : seen->parts) out.checks.push_back({part.name, part.status, part.latency_ms});
    out.symbols = seen->symbols;
    if (!seen->feed.name.empty()) out.feeds.push_back(seen->feed);
    out.ledger = seen->journal;
    out.accounts = seen->accounts;
    for (auto& [name, actor] : gate.symbols)
      if (!is_among(out.checks, "symbol:" + name))
        out.checks.push_back({"symbol:" + name, "unhealthy", 0});
  }
  if (gate.dependencies) out.breakers = gate.dependencies->read();
  for (auto& b : out.breakers)
    out.checks.push_back({b.name, std::string{status_of(b)},
                          static_cast<double>(std::max<std::int64_t>(b.latency_ms, 0))});
  if (gate.more_health)
    for (auto& check : gate.more_health())
      if (!is_among(out.checks, check.name)) out.checks.push_back(check);
  return out;
}

// A node that leaves, or may serve nothing, is passed by though it could still answer.
std::string_view unready_in_cluster(const gateway& gate) {
  if (!gate.cluster) return {};
  const auto state = state_of(gate.cluster());
  return state == "serving" ? std::string_view{} : state;
}

} // namespace

void get_health(exchange& ex) {
  std::string body;
  append_health(body, "healthy", ex.with->gate.providers);
  ex.answer_json(std::move(body));
}

void get_live(exchange& ex) { ex.answer_json(R"({"status":"alive"})"); }

void get_ready(exchange& ex) {
  if (const auto why = unready_in_cluster(ex.with->gate); !why.empty()) {
    response r;
    r.status = 503;
    add_header(r, "Retry-After", "1");
    r.body = R"({"status":")" + std::string{why} + R"("})";
    return ex.answer(std::move(r));
  }
  readiness::find_out(*ex.with, [held = ex.share()](const readiness& found) {
    if (found.stored && found.live) return held->answer_json(R"({"status":"ready"})");
    response r;
    r.status = 503;
    add_header(r, "Retry-After", std::to_string(held->with->gate.retry_after_s));
    r.body = found.stored ? R"({"status":"warming up"})" : R"({"status":"store unavailable"})";
    held->answer(std::move(r));
  });
}

void get_detailed_health(exchange& ex) {
  const auto& gate = ex.with->gate;
  std::string body;
  append_detailed_health(body, newest_health(gate), gate.providers);
  ex.answer_json(std::move(body));
}

void get_stats(exchange& ex) {
  ex.with->port.request<store_status>(ex.with->gate.store, check_timeout, get_store_status{},
                                      [held = ex.share()](caf::expected<store_status> store) {
                                        auto& with = *held->with;
                                        node_load load;
                                        load.actors = with.system.registry().running();
                                        load.pending_requests = with.port.pending();
                                        load.dropped_pushes = with.port.dropped_pushes();
                                        load.store = store ? &*store : nullptr;
                                        std::string body;
                                        append_stats(body, *with.gate.counts, load);
                                        held->answer_json(std::move(body));
                                      });
}

void get_cluster(exchange& ex) {
  const auto& gate = ex.with->gate;
  std::string body;
  append_cluster(body, gate.cluster ? gate.cluster() : cluster_report{},
                 static_cast<bool>(gate.cluster));
  ex.answer_json(std::move(body));
}

void get_metrics(exchange& ex) {
  response r;
  r.content_type = "text/plain; version=0.0.4; charset=utf-8";
  if (ex.with->gate.metrics_text) r.body = ex.with->gate.metrics_text();
  ex.answer(std::move(r));
}

} // namespace troupe
