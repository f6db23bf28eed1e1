#include "actors/training_job.hpp"

#include "models/market/calendar.hpp"
#include "models/market/candle_gate.hpp"
#include "models/simulated_market.hpp"

#include <chrono>
#include <limits>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr auto store_timeout = std::chrono::seconds(60);
constexpr std::uint32_t candles_per_day = 288;
// Shares of a whole job, roughly by time: rows are made, then fits, then it is put together.
constexpr double prepared_share = .05, fitted_share = .95;

std::vector<candle> simulated_candles(const trainer_options& options, const training_order& order) {
  const auto count = options.quick_days * candles_per_day;
  const auto origin = order.at / base_interval_ms * base_interval_ms - count * base_interval_ms;
  simulated_market market{options.seed, order.symbol, origin};
  std::vector<candle> out;
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(market.next());
  return out;
}

} // namespace

// Filled in by workers, one piece at a time but for the results, which have a place each.
struct training_job::product {
  training_options options;
  std::shared_ptr<const dataset> data;
  training_plan plan;
  std::vector<fit_result> results;
  model_set_ptr kept;
  std::string error;
};

training_job::training_job(trainer_actor::pointer self, const trainer_options& options,
                           const model_keeper& keeper, store_actor store,
                           std::vector<worker_actor> workers, training_order order)
    : self_(self), options_(options), keeper_(keeper), store_(std::move(store)),
      workers_(std::move(workers)), order_(std::move(order)), made_(std::make_shared<product>()) {}

void training_job::start(progress_report progress, end_report ended) {
  progress_ = std::move(progress);
  ended_ = std::move(ended);
  progress_(0, "reads candles");
  auto me = shared_from_this();
  get_candles all{order_.symbol, 0, std::numeric_limits<utc_ms>::max(),
                  order_.days * candles_per_day};
  self_->request(store_, store_timeout, all)
      .then([me](std::vector<candle>& stored) { me->prepare(std::move(stored)); },
            [me](const caf::error& e) {
              me->finish({nullptr, "the store gives no candles: " + me->self_->system().render(e)});
            });
}

// Runs a piece on a worker and goes on here.
void training_job::delegate(const worker_actor& worker, std::function<void()> piece,
                            std::function<void(const std::string& error)> then) {
  auto what = std::make_shared<work>();
  what->run = std::move(piece);
  auto me = shared_from_this();
  self_->request(worker, caf::infinite, what)
      .then([me, then](const work_ptr& done) { then(done->error); },
            [me, then](const caf::error&) { then("a training worker was lost"); });
}

void training_job::prepare(std::vector<candle> stored) {
  progress_(0, "makes rows");
  auto made = made_;
  auto me = shared_from_this();
  made->options.trained_at = order_.at;
  made->options.kind = order_.kind;
  made->options.network_rounds = options_.network_rounds;
  made->options.horizons = order_.horizons;
  made->options.tpsl = order_.horizons.empty();
  const bool too_few = stored.size() < least_training_candles;
  made->options.source = too_few ? "simulated" : options_.source;
  auto piece = [made, me, too_few, raw = std::move(stored)] {
    const auto& order = me->order_;
    auto candles = too_few
        ? simulated_candles(me->options_, order)
        : admitted(raw, candle_gate{calendar_for(order.symbol), me->options_.fill_limit});
    const auto hours = calendar_for(order.symbol);
    made->data = std::make_shared<const dataset>(
        make_dataset(order.symbol, std::move(candles), [hours](utc_ms last, utc_ms next) {
          return hours.scheduled_closure(last, next);
        }));
    made->plan = plan_training(made->data, made->options);
    made->results.resize(made->plan.tasks.size());
  };
  delegate(workers_.front(), std::move(piece), [me, made](const std::string& error) {
    if (!error.empty()) return me->finish({nullptr, error});
    if (!made->plan.error.empty()) return me->finish({nullptr, made->plan.error});
    for (auto& worker : me->workers_) me->fit_next(worker);
  });
}

void training_job::fit_next(const worker_actor& worker) {
  if (next_task_ == made_->plan.tasks.size()) return;
  const auto at = next_task_++;
  auto made = made_;
  auto me = shared_from_this();
  delegate(
      worker, [made, at] { made->results[at] = run(made->plan.tasks[at]); },
      [me, made, worker, at](const std::string& error) {
        if (!error.empty()) made->results[at].error = error;
        me->fitted();
        me->fit_next(worker);
      });
}

void training_job::fitted() {
  ++done_tasks_;
  const auto all = made_->plan.tasks.size();
  const auto share = static_cast<double>(done_tasks_) / static_cast<double>(all);
  progress_(prepared_share + (fitted_share - prepared_share) * share,
            "fitted " + std::to_string(done_tasks_) + " of " + std::to_string(all) + " models");
  if (done_tasks_ == all) put_together();
}

void training_job::put_together() {
  progress_(fitted_share, "keeps the models");
  auto made = made_;
  auto me = shared_from_this();
  auto piece = [made, me] {
    std::shared_ptr<const trained_models> previous;
    if (!me->order_.horizons.empty() && me->order_.serving) {
      previous = me->keeper_.recall(*me->order_.serving, made->error);
      if (!previous) return;
    }
    auto whole = assemble(*made->data, std::move(made->results), made->options, previous.get());
    made->error = whole.error;
    if (made->error.empty()) made->kept = me->keeper_.keep(whole.made, made->error);
  };
  delegate(workers_.front(), std::move(piece), [me, made](const std::string& error) {
    const auto& why = error.empty() ? made->error : error;
    if (!why.empty()) return me->finish({nullptr, why});
    me->finish({made->kept, ""});
  });
}

void training_job::finish(training_end end) {
  if (auto report = std::exchange(ended_, nullptr)) report(std::move(end));
}

} // namespace troupe
