#include "actors/sync.hpp"

#include "actors/sync_run.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::seconds answer_timeout{10};

// What a status is made of, asked of three at once.
struct picture {
  caf::typed_response_promise<std::vector<symbol_sync>> promise;
  symbol_name symbol;
  std::vector<candle_span> spans;
  feed_status feed;
  feed_lag lag;
  caf::error failure;
  std::size_t missing = 0;
};

class sync_state {
public:
  static inline const char* name = "sync";

  explicit sync_state(sync_actor::pointer self) : self_(self) {}

  void start(sync_options options) {
    options_ = std::move(options);
    for (auto& symbol : options_.symbols) {
      self_->request(options_.store, answer_timeout, get_note{sync_note_name(symbol)})
          .then([this, symbol](
                    const std::string& text) { last_sync_.emplace(symbol, sync_time_of(text)); },
                [](const caf::error&) {}); // it was long ago, then
    }
  }

  caf::result<std::vector<symbol_sync>> answer(const get_sync_status& question) {
    if (!question.symbol.empty() && !known(question.symbol))
      return caf::make_error(errc::symbol_not_found, question.symbol);
    auto p = std::make_shared<picture>();
    p->promise = self_->make_response_promise<std::vector<symbol_sync>>();
    p->symbol = question.symbol;
    p->missing = options_.lag ? 3 : 2;
    self_->request(options_.store, answer_timeout, get_spans{})
        .then(
            [this, p](std::vector<candle_span>& spans) {
              p->spans = std::move(spans);
              have_one(*p);
            },
            [this, p](caf::error& e) {
              p->failure = std::move(e);
              have_one(*p);
            });
    self_->request(options_.feed, answer_timeout, get_feed_status{})
        .then(
            [this, p](feed_status& s) {
              p->feed = std::move(s);
              have_one(*p);
            },
            [this, p](const caf::error&) {
              p->feed.state = "stale"; // a feed that does not answer brings nothing
              have_one(*p);
            });
    if (options_.lag)
      self_->request(options_.lag, answer_timeout, get_feed_lag{})
          .then(
              [this, p](feed_lag& l) {
                p->lag = std::move(l);
                have_one(*p);
              },
              [this, p](const caf::error&) { have_one(*p); });
    return p->promise;
  }

  caf::result<job> order(const start_sync& wanted) {
    if (!known(wanted.symbol)) return caf::make_error(errc::symbol_not_found, wanted.symbol);
    if (const auto* under_way = open_job(wanted.symbol)) return *under_way;
    if (waiting_.size() >= max_sync_orders)
      return caf::make_error(errc::busy, "too many orders to sync wait");
    job j;
    j.id = wanted.job_id;
    j.kind = "sync";
    j.symbol = wanted.symbol;
    j.step = "waits";
    j.created_at = wanted.at;
    jobs_.push_back(j);
    if (jobs_.size() > max_sync_jobs) jobs_.pop_front();
    waiting_.push_back(j.id);
    begin_next();
    return *find(j.id);
  }

  caf::result<job> answer(const get_job& question) {
    if (const auto* j = find(question.id)) return *j;
    return caf::make_error(errc::not_found, "no such job: " + question.id);
  }

private:
  bool known(const symbol_name& symbol) const {
    return std::find(options_.symbols.begin(), options_.symbols.end(), symbol)
        != options_.symbols.end();
  }

  job* find(const std::string& id) {
    const auto i = std::find_if(jobs_.begin(), jobs_.end(), [&](auto& j) { return j.id == id; });
    return i == jobs_.end() ? nullptr : &*i;
  }

  const job* open_job(const symbol_name& symbol) const {
    const auto i = std::find_if(jobs_.begin(), jobs_.end(), [&](auto& j) {
      return j.symbol == symbol && (j.state == job_state::queued || j.state == job_state::running);
    });
    return i == jobs_.end() ? nullptr : &*i;
  }

  void have_one(picture& p) {
    if (--p.missing > 0) return;
    if (p.failure) {
      p.promise.deliver(std::move(p.failure));
      return;
    }
    std::vector<symbol_sync> out;
    for (auto& symbol : options_.symbols)
      if (p.symbol.empty() || p.symbol == symbol) out.push_back(describe(symbol, p));
    p.promise.deliver(std::move(out));
  }

  symbol_sync describe(const symbol_name& symbol, const picture& p) const {
    symbol_sync out;
    out.symbol = symbol;
    for (auto& span : p.spans) {
      if (span.symbol != symbol || span.rows == 0) continue;
      out.rows = span.rows;
      out.first = span.first;
      out.last = span.last;
      out.source = span.source;
      const auto open =
          open_slots({span.first, span.last + base_interval_ms}, calendar_for(symbol));
      out.gaps = static_cast<std::uint64_t>(
          std::max<std::int64_t>(open - static_cast<std::int64_t>(span.rows), 0));
    }
    const auto present = p.lag.now > 0 ? p.lag.now : p.feed.last_candle + base_interval_ms;
    if (out.rows > 0 && present > base_interval_ms)
      out.lag_ms = std::max<std::int64_t>(present - out.last - base_interval_ms, 0);
    const bool stale = options_.lag
        ? std::count(p.lag.stale.begin(), p.lag.stale.end(), symbol) > 0 || p.lag.silenced
        : p.feed.state == "stale";
    out.status = out.rows == 0 ? "empty" : stale ? "stale" : p.feed.state;
    if (out.status == "stale" && !stale) out.status = "live"; // another symbol is
    if (open_job(symbol)) out.status = "syncing";
    if (const auto at = last_sync_.find(symbol); at != last_sync_.end()) out.last_sync = at->second;
    return out;
  }

  void begin_next() {
    if (run_ || waiting_.empty()) return;
    const auto id = waiting_.front();
    waiting_.pop_front();
    auto* j = find(id);
    if (!j) return begin_next();
    j->state = job_state::running;
    run_ = std::make_shared<sync_run>(
        self_, options_, j->symbol,
        [this, id](double share, const std::string& step) {
          if (auto* running = find(id)) {
            running->progress = share;
            running->step = step;
          }
        },
        [this, id](const std::string& error) { ended(id, error); });
    run_->begin();
  }

  void ended(const std::string& id, const std::string& error) {
    const auto at = options_.wall();
    if (auto* j = find(id)) {
      j->state = error.empty() ? job_state::done : job_state::failed;
      j->error = error;
      j->finished_at = at;
      if (error.empty()) {
        j->progress = 1;
        last_sync_[j->symbol] = at;
        self_
            ->request(options_.store, answer_timeout,
                      put_note{sync_note_name(j->symbol), std::to_string(at)})
            .then([](const put_receipt&) {}, [](const caf::error&) {});
      }
      if (options_.log)
        options_.log(error.empty() ? log_level::info : log_level::warn,
                     j->symbol + ": sync: " + (error.empty() ? j->step : error));
    }
    run_.reset();
    begin_next();
  }

  sync_actor::pointer self_;
  sync_options options_;
  std::deque<job> jobs_;
  std::deque<std::string> waiting_;
  std::shared_ptr<sync_run> run_;
  std::map<symbol_name, utc_ms> last_sync_;
};

sync_actor::behavior_type sync_behavior(sync_actor::stateful_pointer<sync_state> self,
                                        sync_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](const get_sync_status& q) { return s.answer(q); },
      [&s](const start_sync& o) { return s.order(o); },
      [&s](const get_job& q) { return s.answer(q); },
  };
}

} // namespace

sync_actor spawn_sync(caf::actor_system& system, sync_options options) {
  return system.spawn(sync_behavior, std::move(options));
}

} // namespace troupe
