// One training from candles to a kept model set, step by step over workers. Part of the trainer's
// state: it schedules nothing but its own steps and reports how far it is.
#pragma once
#include "actors/trainer.hpp"
#include "actors/worker.hpp"
#include "models/forecast/training.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// What a job is to learn from and make.
struct training_order {
  symbol_name symbol;
  std::uint32_t days = 0;
  std::vector<std::int32_t> horizons; // empty: all
  model_set_ptr serving;              // lends what `horizons` leaves out; null: none
  utc_ms at = 0;
  model_kind kind = model_kind::xgboost;
};

/// How a job ended: models, or why not.
struct training_end {
  model_set_ptr models;
  std::string error;
};

class training_job : public std::enable_shared_from_this<training_job> {
public:
  using progress_report = std::function<void(double share, const std::string& step)>;
  using end_report = std::function<void(training_end)>;

  /// `workers` are used by this job alone until it ends.
  training_job(trainer_actor::pointer self, const trainer_options& options,
               const model_keeper& keeper, store_actor store, std::vector<worker_actor> workers,
               training_order order);

  /// Both are called in the trainer's context, `ended` once.
  void start(progress_report progress, end_report ended);

private:
  struct product;
  void prepare(std::vector<candle> stored);
  void fit_next(const worker_actor& worker);
  void fitted();
  void put_together();
  void finish(training_end end);
  void delegate(const worker_actor& worker, std::function<void()> piece,
                std::function<void(const std::string& error)> then);

  trainer_actor::pointer self_;
  trainer_options options_; // copies: a worker may outlive the trainer by a piece
  model_keeper keeper_;
  store_actor store_;
  std::vector<worker_actor> workers_;
  training_order order_;
  progress_report progress_;
  end_report ended_;
  std::shared_ptr<product> made_;
  std::size_t next_task_ = 0, done_tasks_ = 0;
};

} // namespace troupe
