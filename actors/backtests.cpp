#include "actors/backtests.hpp"

#include "actors/worker.hpp"
#include "models/backtest/backtest.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr auto store_timeout = std::chrono::seconds(60);

// Written by the worker that runs a backtest, read by whoever asks how far it is.
struct shared_progress {
  std::atomic<double> share{0};
  std::atomic<const char*> step{"waits"};
};

// One piece of work: what it needs and what it leaves behind.
struct backtest_piece {
  backtest_order_ptr order;
  backtest_options options;
  std::vector<candle> candles;
  std::shared_ptr<shared_progress> progress;
  backtest_outcome outcome;
};

class backtests_state {
public:
  static inline const char* name = "backtests";

  explicit backtests_state(backtests_actor::pointer self) : self_(self) {}
  ~backtests_state() { *stop_ = true; }

  void start(backtests_options options, store_actor store) {
    options_ = std::move(options);
    store_ = std::move(store);
    for (std::uint32_t i = 0; i < std::max(1u, options_.workers); ++i) {
      idle_.push_back(options_.detached
                          ? self_->system().spawn<caf::detached>(worker_behavior, true)
                          : self_->system().spawn(worker_behavior, false));
      self_->link_to(idle_.back());
    }
  }

  caf::result<backtest_status_ptr> take(const backtest_order_ptr& order) {
    const auto known = std::find_if(options_.strategies.begin(), options_.strategies.end(),
                                    [&](auto& s) { return s.name == order->strategy; });
    if (!order->rules && known == options_.strategies.end())
      return caf::make_error(errc::validation_error, "strategy");
    if (horizon_index(order->horizon) < 0)
      return caf::make_error(errc::validation_error, "horizon");
    if (waiting_.size() >= max_waiting_backtests)
      return caf::make_error(errc::busy, "too many backtests wait");
    one_job made;
    made.what.id = order->job_id;
    made.what.kind = "backtest";
    made.what.symbol = order->symbol;
    made.what.created_at = order->at;
    made.progress = std::make_shared<shared_progress>();
    made.taken_at = self_->clock().now();
    made.rules = order->rules ? *order->rules : *known;
    jobs_.push_back(std::move(made));
    waiting_.push_back(order);
    begin_next();
    return status(jobs_.back());
  }

  caf::result<backtest_status_ptr> find(const backtest_question& question) {
    auto* found = job_of(question.id);
    if (!found) return caf::make_error(errc::not_found, "job " + question.id);
    if (!question.until_ended || ended(*found)) return status(*found);
    found->listeners.push_back(self_->make_response_promise<backtest_status_ptr>());
    return found->listeners.back();
  }

private:
  using listener = caf::typed_response_promise<backtest_status_ptr>;

  struct one_job {
    job what;
    strategy rules;
    std::shared_ptr<shared_progress> progress;
    std::shared_ptr<const backtest_report> result;
    caf::actor_clock::time_point taken_at;
    std::vector<listener> listeners; // each a request, bounded by those who may ask
  };

  static bool ended(const one_job& j) {
    return j.what.state == job_state::done || j.what.state == job_state::failed;
  }

  static backtest_status_ptr status(const one_job& j) {
    auto out = std::make_shared<backtest_status>(backtest_status{j.what, j.result});
    if (!ended(j)) {
      out->what.progress = j.progress->share;
      out->what.step = j.progress->step;
    }
    return out;
  }

  one_job* job_of(const std::string& id) {
    const auto i =
        std::find_if(jobs_.begin(), jobs_.end(), [&](auto& j) { return j.what.id == id; });
    return i == jobs_.end() ? nullptr : &*i;
  }

  void begin_next() {
    if (waiting_.empty() || idle_.empty()) return;
    auto order = std::move(waiting_.front());
    waiting_.pop_front();
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    auto* j = job_of(order->job_id);
    j->what.state = job_state::running;
    j->progress->step = "reads candles";
    auto piece = std::make_shared<backtest_piece>();
    piece->order = order;
    piece->progress = j->progress;
    piece->options = options_of(*order, j->rules);
    // What is trained on before the first close, and how far a trade may run, lie outside from and
    // to: all that there is, as far as the bound goes.
    get_candles all{order->symbol, 0, std::numeric_limits<utc_ms>::max(), max_backtest_candles};
    if (order->to > 0) all.to = order->to + 4 * day_ms; // a time-out and a week-end
    self_->request(store_, store_timeout, all)
        .then(
            [this, piece, worker](std::vector<candle>& stored) {
              piece->candles = std::move(stored);
              run(piece, worker);
            },
            [this, piece, worker](const caf::error& e) {
              piece->outcome.error = "the store gives no candles: " + self_->system().render(e);
              finish(*piece, worker);
            });
  }

  backtest_options options_of(const backtest_order& order, const strategy& rules) const {
    backtest_options out;
    out.history.symbol = order.symbol;
    out.history.horizon = order.horizon;
    out.history.from = order.from;
    out.history.to = order.to;
    out.history.blocks = order.blocks;
    out.history.train_candles = std::size_t{options_.train_days} * 288;
    out.history.fill_limit = options_.fill_limit;
    out.strategies = {rules};
    out.costs = options_.costs;
    if (order.cost_bp) out.costs.round_trip_bp = *order.cost_bp;
    out.random_runs = order.random_runs;
    out.seed = order.seed;
    return out;
  }

  void run(const std::shared_ptr<backtest_piece>& piece, const worker_actor& worker) {
    auto what = std::make_shared<work>();
    what->run = [piece, stop = stop_, stored = options_.stored_models] {
      auto& options = piece->options;
      if (piece->order->serving_models) {
        options.history.models = stored ? stored(options.history.symbol) : nullptr;
        if (!options.history.models) {
          piece->outcome.error = "there are no stored models of " + options.history.symbol;
          return;
        }
      }
      piece->outcome = run_backtest(options, piece->candles, [&](double share, const char* step) {
        piece->progress->share = share;
        piece->progress->step = step;
        return !*stop;
      });
      piece->candles.clear();
    };
    self_->request(worker, caf::infinite, what)
        .then(
            [this, piece, worker](const work_ptr& done) {
              if (!done->error.empty()) piece->outcome.error = done->error;
              finish(*piece, worker);
            },
            [this, piece, worker](const caf::error&) {
              piece->outcome.error = "a worker was lost";
              finish(*piece, worker);
            });
  }

  void finish(backtest_piece& piece, const worker_actor& worker) {
    idle_.push_back(worker);
    auto& j = *job_of(piece.order->job_id); // it is remembered until it has ended
    auto& outcome = piece.outcome;
    if (outcome.error.empty())
      j.result = std::make_shared<const backtest_report>(std::move(outcome.judged.front().report));
    j.what.state = outcome.error.empty() ? job_state::done : job_state::failed;
    j.what.error = outcome.error;
    j.what.progress = outcome.error.empty() ? 1 : j.progress->share.load();
    j.what.step = outcome.error.empty() ? "done" : j.progress->step.load();
    j.what.finished_at = j.what.created_at
        + std::chrono::duration_cast<std::chrono::milliseconds>(self_->clock().now() - j.taken_at)
              .count();
    for (auto& who : j.listeners) who.deliver(status(j));
    j.listeners.clear();
    forget_old();
    begin_next();
  }

  void forget_old() {
    auto done = static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), ended));
    for (auto i = jobs_.begin(); done > max_remembered_backtests; --done)
      i = jobs_.erase(std::find_if(i, jobs_.end(), ended));
  }

  backtests_actor::pointer self_;
  backtests_options options_;
  store_actor store_;
  std::vector<worker_actor> idle_;
  std::deque<one_job> jobs_;
  std::deque<backtest_order_ptr> waiting_;
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
};

backtests_actor::behavior_type
backtests_behavior(backtests_actor::stateful_pointer<backtests_state> self,
                   backtests_options options, store_actor store) {
  auto& s = self->state;
  s.start(std::move(options), std::move(store));
  return {
      [&s](const backtest_order_ptr& order) { return s.take(order); },
      [&s](const backtest_question_ptr& question) { return s.find(*question); },
  };
}

} // namespace

backtests_actor spawn_backtests(caf::actor_system& system, backtests_options options,
                                store_actor store) {
  return system.spawn(backtests_behavior, std::move(options), std::move(store));
}

} // namespace troupe
