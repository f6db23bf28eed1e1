// Which version of each symbol speaks and which is on trial, who is told of it, and that a restart
// finds it so. Part of the trainer's state. Whether a trial is won is decided by the symbol, on
// models/trial.
#pragma once
#include "actors/log.hpp"
#include "actors/trainer.hpp"
#include "actors/trial_log.hpp"
#include "actors/worker.hpp"
#include "models/forecast/model_set.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <vector>

namespace troupe {

class model_roster {
public:
  /// `worker` runs what touches the disk.
  model_roster(trainer_actor::pointer self, const trainer_options& options, model_keeper keeper,
               store_actor store, worker_actor worker, log_sink log);

  /// Null: none.
  model_set_ptr champion(const symbol_name& symbol) const { return find(champions_, symbol); }
  model_set_ptr challenger(const symbol_name& symbol) const { return find(challengers_, symbol); }

  /// As they were found on disk, and as their symbols have them.
  void start_with(const std::vector<model_set_ptr>& champions,
                  const std::vector<model_set_ptr>& challengers);
  /// What one symbol has just been started with, wherever that was made.
  void start_with(const symbol_name& symbol, const started_models& models);
  /// From now on this symbol is told of its models; at once where it has none, or others than these
  /// (they may have changed while it was starting).
  void introduce(const symbol_started& symbol);
  /// A version that was just trained: it speaks where none does, where the one that does learned
  /// from clearly less, or where there are no trials; else it is tried.
  void take(const model_set_ptr& fresh);
  /// A symbol's verdict.
  void ended(const trial_report& report);
  /// Answered once a restart would find it so. Errors: model_not_found, model_load_error.
  caf::result<model_roles> promote(const promote_version& request);
  caf::result<std::vector<trial_report>> trials(const get_trials& question);
  /// Rows of both, champion before challenger.
  void list(const symbol_name& symbol, std::vector<model_info>& out) const;

private:
  using sets = std::map<symbol_name, model_set_ptr>;
  using promise = caf::typed_response_promise<model_roles>;
  using then_known = std::function<void(const model_set_ptr&, const std::string& error)>;

  static model_set_ptr find(const sets& all, const symbol_name& symbol);
  void crown(const model_set_ptr& models);
  void load(const symbol_name& symbol, const std::string& version, then_known then);
  model_roles roles_of(const symbol_name& symbol) const;
  void keep_roles(const symbol_name& symbol, std::function<void(const std::string& error)> then);
  void keep_roles(const symbol_name& symbol);
  template<class Message>
  void tell(const symbol_name& symbol, Message what);
  void say(log_level level, const std::string& text) const;

  trainer_actor::pointer self_;
  bool trials_;
  model_keeper keeper_;
  worker_actor worker_;
  log_sink log_;
  trial_log ended_;
  std::map<symbol_name, symbol_actor> symbols_;
  sets champions_, challengers_;
  struct {
    sets champions, challengers;
  } known_; // to symbols, when they last came
};

} // namespace troupe
