#include "runtime/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using families = std::vector<MetricFamily>;
using labels = std::vector<ClientMetric::Label>;

double value_of(const counter& c) { return static_cast<double>(c.load(std::memory_order_relaxed)); }

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily f;
  f.name = std::move(name);
  f.help = std::move(help);
  f.type = type;
  return f;
}

void add(MetricFamily& to, labels with, double value) {
  ClientMetric m;
  m.label = std::move(with);
  if (to.type == MetricType::Counter)
    m.counter.value = value;
  else
    m.gauge.value = value;
  to.metric.push_back(std::move(m));
}

void one(families& out, MetricType type, std::string name, std::string help, double value) {
  out.push_back(family(std::move(name), std::move(help), type));
  add(out.back(), {}, value);
}

// Only the bounds from `first` on, so that a family can have the sources' own buckets.
void histogram(families& out, std::string name, std::string help, const latency_histogram& h,
               double first = 0) {
  out.push_back(family(std::move(name), std::move(help), MetricType::Histogram));
  ClientMetric m;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= h.bounds_s.size(); ++i) {
    sum += h.counts[i].load(std::memory_order_relaxed);
    const bool last = i == h.bounds_s.size();
    const double bound = last ? std::numeric_limits<double>::infinity() : h.bounds_s[i];
    if (bound >= first) m.histogram.bucket.push_back({sum, bound});
  }
  m.histogram.sample_count = sum;
  m.histogram.sample_sum = value_of(h.total_ns) * 1e-9;
  out.back().metric.push_back(std::move(m));
}

void predictions(families& out, const counters& count) {
  out.push_back(
      family("ml_predictions_total", "Predictions made, pushed or answered", MetricType::Counter));
  for (auto& row : count.predictions)
    for (std::size_t i = 0; i < horizons.size(); ++i)
      add(out.back(), {{"symbol", row.symbol}, {"horizon", std::to_string(horizons[i])}},
          value_of(row.by_horizon[i]));
}

void gateway(families& out, const counters& c) {
  constexpr auto counted = MetricType::Counter;
  constexpr auto gauge = MetricType::Gauge;
  out.push_back(family("troupe_http_responses_total", "Answers by class of status", counted));
  for (std::size_t i = 0; i < c.by_status_class.size(); ++i)
    add(out.back(), {{"class", std::to_string(i + 1) + "xx"}}, value_of(c.by_status_class[i]));
  one(out, counted, "troupe_http_requests_total", "Requests read", value_of(c.requests));
  one(out, counted, "troupe_cache_hits_total", "Answers from the io thread",
      value_of(c.cache_hits));
  one(out, counted, "troupe_cache_misses_total", "Answers from an actor", value_of(c.cache_misses));
  one(out, counted, "troupe_connections_total", "Connections taken", value_of(c.connections));
  one(out, gauge, "troupe_connections_open", "Connections now", value_of(c.connections_open));
  one(out, gauge, "troupe_sockets_open", "WebSockets now", value_of(c.sockets_open));
  one(out, counted, "troupe_frames_sent_total", "Frames written to sockets",
      value_of(c.frames_sent));
  one(out, counted, "troupe_frames_dropped_total", "Frames of closed slow sockets",
      value_of(c.frames_dropped));
  one(out, counted, "troupe_slow_closes_total", "Sockets closed as too slow",
      value_of(c.slow_closes));
  one(out, counted, "troupe_rate_limited_total", "Requests over a limit", value_of(c.rate_limited));
  one(out, counted, "troupe_unauthorized_total", "Requests without a valid key",
      value_of(c.unauthorized));
  one(out, counted, "troupe_signals_served_total", "Signals that users were served",
      value_of(c.signals_served));
  one(out, counted, "troupe_served_dropped_total",
      "Of them never logged: the store refused too long", value_of(c.served_dropped));
  one(out, counted, "troupe_webhooks_total", "Events with a right signature", value_of(c.webhooks));
  one(out, counted, "troupe_webhooks_unknown_total", "Events of a type nobody knows",
      value_of(c.webhooks_unknown));
  one(out, counted, "troupe_dead_letters_total", "Events kept for an admin",
      value_of(c.dead_letters));
  histogram(out, "ml_prediction_latency_seconds", "POST /predictions, read to answered",
            c.prediction_latency, .01);
  histogram(out, "troupe_http_request_seconds", "Request read to answered", c.request_latency);
  histogram(out, "troupe_candle_to_frame_seconds", "Candle received to frame written",
            c.candle_to_frame);
}

// What the champion of each symbol does on what came after its training, and trials.
void live_scores_of(families& out, const node_snapshot& seen) {
  constexpr auto gauge = MetricType::Gauge;
  auto accuracy = family(
      "ml_model_accuracy",
      "Events called right; of a range model, outcomes inside its band: live, else in validation",
      gauge);
  struct shown {
    const char *figure, *name, *help;
  };
  static constexpr shown all[] = {
      {"n", "troupe_model_live_outcomes", "Outcomes of the last 30 days"},
      {"mae", "troupe_model_live_mae", "Mean error, fraction of the price"},
      {"skill_har", "troupe_model_live_skill_har", "1 - squared error over linear HAR's"},
      {"skill_atr", "troupe_model_live_skill_atr", "1 - squared error over k x ATR's"},
      {"coverage_q80", "troupe_model_live_coverage_q80", "Outcomes below the stated 80 % quantile"},
      {"coverage_q90", "troupe_model_live_coverage_q90", "Outcomes below the stated 90 % quantile"},
      {"coverage_80", "troupe_model_live_coverage_band", "Outcomes inside q10..q90"},
      {"brier", "troupe_model_live_brier", "Squared error of the odds"},
      {"brier_skill", "troupe_model_live_brier_skill", "1 - Brier score over the base rate's"},
      {"calibration_error", "troupe_model_live_calibration_error",
       "Mean distance of odds and frequency"}};
  std::vector<MetricFamily> live;
  for (auto& one : all) live.push_back(family(one.name, one.help, gauge));
  std::set<std::string> measured;
  for (auto& symbol : seen.scores)
    for (auto& m : symbol.models) {
      if (m.state != "champion") continue;
      for (auto& [name, value] : m.figures) {
        for (std::size_t i = 0; i < live.size(); ++i)
          if (name == all[i].figure) add(live[i], {{"model", m.name}}, value);
        if (name != "accuracy") continue;
        add(accuracy, {{"model_name", m.name}}, value);
        measured.insert(m.name);
      }
    }
  for (auto& m : seen.models)
    for (auto& [name, value] : m.metrics)
      if (name == "accuracy" && m.state != "challenger" && measured.insert(m.name).second)
        add(accuracy, {{"model_name", m.name}}, value);
  auto candles = family("troupe_trial_candles", "Candles a new version was compared on", gauge);
  auto better =
      family("troupe_trial_difference", "Champion's range loss less the challenger's", gauge);
  auto error = family("troupe_trial_standard_error", "Of that difference, over days", gauge);
  for (auto& symbol : seen.scores)
    for (auto& t : symbol.trials) {
      const labels of{{"symbol", symbol.symbol}};
      add(candles, of, static_cast<double>(t.candles));
      add(better, of, t.range_difference);
      add(error, of, t.range_error);
    }
  out.push_back(std::move(accuracy));
  for (auto& f : live) out.push_back(std::move(f));
  for (auto* f : {&candles, &better, &error}) out.push_back(std::move(*f));
}

void snapshot(families& out, const node_snapshot& seen) {
  constexpr auto counted = MetricType::Counter;
  live_scores_of(out, seen);
  auto candles = family("troupe_candles_total", "Candles applied", counted);
  auto gaps = family("troupe_gaps_total", "Gaps met", counted);
  auto restarts = family("troupe_window_restarts_total", "Windows restarted by a gap", counted);
  auto refused = family("troupe_candles_refused_total", "Candles left out", counted);
  auto unstored = family("troupe_unstored_rows", "Rows waiting for the store", MetricType::Gauge);
  auto dropped = family("troupe_log_rows_dropped_total", "Log rows the store never took", counted);
  auto ready = family("troupe_symbol_ready", "1 when signals are made", MetricType::Gauge);
  for (auto& s : seen.symbols) {
    const labels symbol{{"symbol", s.symbol}};
    auto with = [&](const char* why) { return labels{{"symbol", s.symbol}, {"reason", why}}; };
    add(candles, symbol, static_cast<double>(s.candles));
    add(gaps, symbol, static_cast<double>(s.gaps));
    add(restarts, symbol, static_cast<double>(s.resets));
    add(refused, with("duplicate"), static_cast<double>(s.duplicates));
    add(refused, with("late"), static_cast<double>(s.late));
    add(refused, with("invalid"), static_cast<double>(s.invalid));
    add(unstored, symbol, static_cast<double>(s.unstored_rows));
    add(dropped, symbol, static_cast<double>(s.dropped_rows));
    add(ready, symbol, s.ready ? 1 : 0);
  }
  for (auto* f : {&candles, &gaps, &restarts, &refused, &unstored, &dropped, &ready})
    out.push_back(std::move(*f));
  one(out, counted, "troupe_store_rows_total", "Rows written",
      static_cast<double>(seen.store.written_rows));
  one(out, counted, "troupe_store_commits_total", "Transactions",
      static_cast<double>(seen.store.commits));
  one(out, MetricType::Gauge, "troupe_store_queued_rows", "Rows waiting in the store",
      static_cast<double>(seen.store.queued_rows));
  one(out, MetricType::Gauge, "troupe_store_last_commit_seconds", "Last transaction",
      seen.store.last_commit_ms / 1000);
}

double number(std::uint64_t x) { return static_cast<double>(x); }

void ledger(families& out, const journal_status& s) {
  constexpr auto counted = MetricType::Counter;
  constexpr auto gauge = MetricType::Gauge;
  one(out, counted, "troupe_journal_rows_total", "Rows of accounts written",
      number(s.written_rows));
  one(out, counted, "troupe_journal_commits_total", "Transactions", number(s.commits));
  one(out, gauge, "troupe_journal_queued_rows", "Rows waiting in the journal",
      number(s.queued_rows));
  one(out, gauge, "troupe_journal_last_commit_seconds", "Last transaction",
      static_cast<double>(s.last_commit_us) * 1e-6);
  one(out, gauge, "troupe_journal_failing", "1 when the last transaction was refused or lost",
      s.failing ? 1 : 0);
  one(out, gauge, "troupe_journal_may_append", "0 while another holds the lease",
      s.lease == "waiting" ? 0 : 1);
  one(out, gauge, "troupe_journal_epoch", "Of the lease; 0: none", number(s.epoch));
}

void accounts_held(families& out, const accounts_status& s) {
  constexpr auto counted = MetricType::Counter;
  one(out, MetricType::Gauge, "troupe_accounts_loaded", "Accounts in memory", number(s.loaded));
  one(out, counted, "troupe_accounts_loads_total", "Accounts read from the journal",
      number(s.loads));
  one(out, counted, "troupe_accounts_passivated_total", "Idle accounts let go",
      number(s.passivated));
  one(out, counted, "troupe_accounts_failed_total", "Accounts that ended by themselves",
      number(s.failed));
  one(out, MetricType::Gauge, "troupe_accounts_asleep",
      "Of the accounts in memory, those that sleep", number(s.asleep));
  one(out, counted, "troupe_accounts_woken_total", "Accounts woken without reading the journal",
      number(s.woken));
  one(out, counted, "troupe_accounts_refused_total", "Commands answered busy: too many loaded",
      number(s.refused));
}

double state_of(const dependency_status& d) {
  return d.state == "closed" ? 0 : d.state == "half_open" ? 1 : 2;
}

void dependencies(families& out, const std::vector<dependency_status>& rows) {
  if (rows.empty()) return;
  auto each = [&](const char* name, const char* help, MetricType type, auto value) {
    out.push_back(family(name, help, type));
    for (auto& d : rows) add(out.back(), {{"name", d.name}}, value(d));
  };
  constexpr auto counted = MetricType::Counter;
  constexpr auto gauge = MetricType::Gauge;
  each("troupe_dependency_state", "Breaker: 0 closed, 1 half open, 2 open", gauge, state_of);
  each("troupe_dependency_answered_total", "Attempts that brought an answer below 500", counted,
       [](auto& d) { return number(d.answered); });
  each("troupe_dependency_failed_total", "Attempts that did not", counted,
       [](auto& d) { return number(d.failed); });
  each("troupe_dependency_refused_total", "Requests refused unsent: busy or breaker open", counted,
       [](auto& d) { return number(d.refused); });
  each("troupe_dependency_repeated_total", "Attempts beyond the first", counted,
       [](auto& d) { return number(d.repeated); });
  each("troupe_dependency_in_flight", "Attempts under way", gauge,
       [](auto& d) { return static_cast<double>(d.in_flight); });
  each("troupe_dependency_waiting", "Requests waiting for their turn", gauge,
       [](auto& d) { return static_cast<double>(d.waiting); });
  out.push_back(family("troupe_dependency_latency_seconds", "Newest answer", gauge));
  for (auto& d : rows)
    if (d.latency_ms >= 0)
      add(out.back(), {{"name", d.name}}, static_cast<double>(d.latency_ms) / 1000);
}

void outbox(families& out, const courier_figures& f) {
  constexpr auto counted = MetricType::Counter;
  constexpr auto gauge = MetricType::Gauge;
  one(out, counted, "troupe_outbox_told_total", "Rows the ML engine took", value_of(f.told));
  one(out, counted, "troupe_outbox_refused_total", "Rows that became dead letters",
      value_of(f.refused));
  one(out, counted, "troupe_outbox_repeated_total", "Tries that failed", value_of(f.repeated));
  one(out, gauge, "troupe_outbox_waiting_rows", "Rows read and not told", value_of(f.waiting));
  one(out, gauge, "troupe_outbox_position", "Rows of the journal up to here are told",
      value_of(f.position));
}

void cluster_of(families& out, const cluster_report& seen) {
  constexpr auto counted = MetricType::Counter;
  constexpr auto gauge = MetricType::Gauge;
  one(out, gauge, "troupe_cluster_lease_seconds", "What is left of the lease; 0: nothing is held",
      static_cast<double>(seen.lease_left_ms) / 1000);
  out.push_back(family("troupe_cluster_shards", "Shards, by where they are", gauge));
  add(out.back(), {{"at", "here"}}, number(seen.count(shard_standing::ours)));
  add(out.back(), {{"at", "elsewhere"}}, number(seen.count(shard_standing::another)));
  add(out.back(), {{"at", "moving"}}, number(seen.count(shard_standing::moving)));
  out.push_back(
      family("troupe_cluster_commands_total", "Commands to accounts, by who answered", counted));
  add(out.back(), {{"at", "here"}}, number(seen.here));
  add(out.back(), {{"at", "elsewhere"}}, number(seen.there));
  one(out, counted, "troupe_cluster_repeated_total", "Commands said again", number(seen.repeated));
  one(out, counted, "troupe_cluster_given_up_total",
      "Commands whose account did not arrive in time", number(seen.given_up));
  one(out, gauge, "troupe_cluster_waiting", "Commands that wait for their account",
      number(seen.waiting));
  const auto each = [&](const char* name, const char* help, MetricType type, auto value) {
    out.push_back(family(name, help, type));
    for (auto& p : seen.peers) add(out.back(), {{"peer", p.name}}, value(p));
  };
  each("troupe_peer_calls_total", "Questions to a node", counted,
       [](auto& p) { return number(p.calls); });
  each("troupe_peer_failed_total", "Of them without an answer", counted,
       [](auto& p) { return number(p.failed); });
  each("troupe_peer_served_total", "Questions of a node", counted,
       [](auto& p) { return number(p.served); });
  each("troupe_peer_parcels_total", "Parcels to a node", counted,
       [](auto& p) { return number(p.parcels_sent); });
  each("troupe_peer_news_total", "News to a node", counted,
       [](auto& p) { return number(p.news_sent); });
  each("troupe_peer_news_dropped_total", "News for which there was no room", counted,
       [](auto& p) { return number(p.news_dropped); });
  each("troupe_peer_pending", "Questions without an answer yet", gauge,
       [](auto& p) { return number(p.pending); });
  each("troupe_peer_round_trip_seconds", "Of a question, lately", gauge,
       [](auto& p) { return p.round_trip_ms / 1000; });
}

double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

class node_metrics : public prometheus::Collectable {
public:
  node_metrics(std::shared_ptr<const counters> count, std::shared_ptr<const snapshot_board> board,
               std::shared_ptr<const dependency_board> services,
               std::shared_ptr<const courier_figures> engine,
               std::function<cluster_report()> cluster)
      : count_(std::move(count)), board_(std::move(board)), services_(std::move(services)),
        engine_(std::move(engine)), cluster_(std::move(cluster)) {}

  families Collect() const override {
    families out;
    predictions(out, *count_);
    gateway(out, *count_);
    const auto seen = board_->read();
    snapshot(out, *seen);
    if (seen->journal) ledger(out, *seen->journal);
    if (seen->accounts) accounts_held(out, *seen->accounts);
    if (services_) dependencies(out, services_->read());
    if (engine_) outbox(out, *engine_);
    if (cluster_) cluster_of(out, cluster_());
    one(out, MetricType::Gauge, "process_resident_memory_bytes", "Resident memory",
        resident_bytes());
    one(out, MetricType::Counter, "process_cpu_seconds_total", "CPU time of the process",
        static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
    return out;
  }

private:
  std::shared_ptr<const counters> count_;
  std::shared_ptr<const snapshot_board> board_;
  std::shared_ptr<const dependency_board> services_;
  std::shared_ptr<const courier_figures> engine_;
  std::function<cluster_report()> cluster_;
};

} // namespace

std::function<std::string()> make_metrics(std::shared_ptr<const counters> count,
                                          std::shared_ptr<const snapshot_board> board,
                                          std::shared_ptr<const dependency_board> outside,
                                          std::shared_ptr<const courier_figures> outbox,
                                          std::function<cluster_report()> cluster) {
  auto all = std::make_shared<node_metrics>(std::move(count), std::move(board), std::move(outside),
                                            std::move(outbox), std::move(cluster));
  return [all] { return prometheus::TextSerializer{}.Serialize(all->Collect()); };
}

} // namespace troupe
