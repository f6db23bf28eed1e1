#include "http/routes/node.hpp"

#include "http/codec_model.hpp"
#include "http/json_text.hpp"

#include <caf/actor_registry.hpp>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds check_timeout{2000};

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// Asks every part of the node at once how it is, and calls `done` when the last has answered or
// failed to.
struct checkup : std::enable_shared_from_this<checkup> {
  node_health found;
  std::size_t missing = 0;
  std::function<void(node_health&)> done;

  template<class R, class Handle, class Question>
  void ask(services& with, const Handle& whom, Question what, std::string name,
           std::function<bool(R&)> judge) {
    const auto start = std::chrono::steady_clock::now();
    with.port.request<R>(
        whom, check_timeout, std::move(what),
        [self = shared_from_this(), name = std::move(name), judge, start](caf::expected<R> r) {
          const bool good = r && judge(*r);
          self->found.checks.push_back({name,
                                        good    ? "healthy"
                                            : r ? "degraded"
                                                : "unhealthy",
                                        ms_since(start)});
          if (--self->missing == 0) self->done(self->found);
        });
  }

  static void run(services& with, std::function<void(node_health&)> done) {
    auto self = std::make_shared<checkup>();
    self->done = std::move(done);
    self->missing = 2 + with.gate.symbols.size(); // before asking: a refusal answers at once
    auto* raw = self.get();
    self->ask<store_status>(with, with.gate.store, get_store_status{}, "database",
                            [](store_status& s) { return !s.failing; });
    self->ask<feed_status>(with, with.gate.feed, get_feed_status{}, "feed", [raw](feed_status& f) {
      raw->found.feeds.push_back(f);
      return f.state != "stale";
    });
    for (auto& [name, actor] : with.gate.symbols)
      self->ask<symbol_status>(with, actor, get_symbol_status{}, "symbol:" + name,
                               [raw](symbol_status& s) {
                                 raw->found.symbols.push_back(s);
                                 return s.ready && s.has_model;
                               });
  }
};

const health_check* find(const node_health& h, std::string_view name) {
  for (auto& c : h.checks)
    if (c.name == name) return &c;
  return nullptr;
}

} // namespace

void get_health(exchange& ex) {
  std::string body;
  append_health(body, "healthy", ex.with->gate.providers);
  ex.answer_json(std::move(body));
}

void get_live(exchange& ex) { ex.answer_json(R"({"status":"alive"})"); }

void get_ready(exchange& ex) {
  checkup::run(*ex.with, [held = ex.share()](node_health& h) {
    const auto* store = find(h, "database");
    bool one = h.symbols.empty() && held->with->gate.symbols.empty();
    for (auto& s : h.symbols) one |= s.ready && s.has_model;
    if (store && store->status == "healthy" && one)
      return held->answer_json(R"({"status":"ready"})");
    const bool stored = store && store->status == "healthy";
    response r;
    r.status = 503;
    add_header(r, "Retry-After", std::to_string(held->with->gate.retry_after_s));
    r.body = stored ? R"({"status":"warming up"})" : R"({"status":"store unavailable"})";
    held->answer(std::move(r));
  });
}

void get_detailed_health(exchange& ex) {
  checkup::run(*ex.with, [held = ex.share()](node_health& h) {
    const auto& gate = held->with->gate;
    if (gate.more_health)
      for (auto& check : gate.more_health()) h.checks.push_back(check);
    std::string body;
    append_detailed_health(body, h, gate.providers);
    held->answer_json(std::move(body));
  });
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

void get_metrics(exchange& ex) {
  response r;
  r.content_type = "text/plain; version=0.0.4; charset=utf-8";
  if (ex.with->gate.metrics_text) r.body = ex.with->gate.metrics_text();
  ex.answer(std::move(r));
}

} // namespace troupe
