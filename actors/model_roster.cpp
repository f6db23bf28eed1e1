#include "actors/model_roster.hpp"

#include "models/trial.hpp"

#include <memory>
#include <utility>

namespace troupe {

model_roster::model_roster(trainer_actor::pointer self, const trainer_options& options,
                           model_keeper keeper, store_actor store, worker_actor worker,
                           log_sink log)
    : self_(self), trials_(options.trials), keeper_(std::move(keeper)), worker_(std::move(worker)),
      log_(log), ended_(self, std::move(store), std::move(log)) {}

model_set_ptr model_roster::find(const sets& all, const symbol_name& symbol) {
  const auto i = all.find(symbol);
  return i == all.end() ? nullptr : i->second;
}

void model_roster::start_with(const std::vector<model_set_ptr>& champions,
                              const std::vector<model_set_ptr>& challengers) {
  for (auto& set : champions) champions_[set->symbol] = set;
  for (auto& set : challengers) challengers_[set->symbol] = set;
  known_ = {champions_, challengers_};
}

void model_roster::start_with(const symbol_name& symbol, const started_models& models) {
  const auto set = [&](sets& all, const model_set_ptr& one) {
    if (one)
      all[symbol] = one;
    else
      all.erase(symbol);
  };
  for (auto* all : {&champions_, &known_.champions}) set(*all, models.champion);
  for (auto* all : {&challengers_, &known_.challengers}) set(*all, models.challenger);
}

template<class Message>
void model_roster::tell(const symbol_name& symbol, Message what) {
  if (const auto i = symbols_.find(symbol); i != symbols_.end())
    self_->send(i->second, std::move(what));
}

void model_roster::say(log_level level, const std::string& text) const {
  if (log_) log_(level, text);
}

void model_roster::introduce(const symbol_started& symbol) {
  symbols_[symbol.symbol] = caf::actor_cast<symbol_actor>(symbol.who);
  const auto models = champion(symbol.symbol), tried = challenger(symbol.symbol);
  if (!models) return;
  const bool other = !symbol.has_model || find(known_.champions, symbol.symbol) != models;
  const bool other_trial = other || find(known_.challengers, symbol.symbol) != tried;
  if (other) tell(symbol.symbol, model_published{models});
  if (other_trial && (tried || !other)) tell(symbol.symbol, challenger_published{tried});
  known_.champions[symbol.symbol] = models;
  known_.challengers[symbol.symbol] = tried;
}

void model_roster::take(const model_set_ptr& fresh) {
  const auto speaks = champion(fresh->symbol);
  if (!speaks || !trials_ || replaces_at_once(*speaks, *fresh)) {
    crown(fresh);
  } else {
    challengers_[fresh->symbol] = fresh;
    tell(fresh->symbol, challenger_published{fresh});
  }
  keep_roles(fresh->symbol);
}

// The symbol says of a trial that this ends that it was superseded.
void model_roster::crown(const model_set_ptr& models) {
  champions_[models->symbol] = models;
  challengers_.erase(models->symbol);
  tell(models->symbol, model_published{models});
}

void model_roster::ended(const trial_report& report) {
  ended_.add(report);
  const auto tried = challenger(report.symbol);
  const bool known = tried && tried->version == report.challenger;
  if (report.state == trial_state::superseded) return; // by what is known here already
  if (known) challengers_.erase(report.symbol);
  if (report.state != trial_state::promoted) {
    if (known) keep_roles(report.symbol);
    return;
  }
  // It speaks already: the symbol took it when it decided.
  if (known) {
    champions_[report.symbol] = tried;
    return keep_roles(report.symbol);
  }
  load(report.symbol, report.challenger,
       [this, report](const model_set_ptr& models, const std::string& error) {
         if (!models) return say(log_level::error, report.symbol + ": " + error);
         champions_[report.symbol] = models;
         keep_roles(report.symbol);
       });
}

caf::result<model_roles> model_roster::promote(const promote_version& request) {
  const auto speaks = champion(request.symbol), tried = challenger(request.symbol);
  auto answer = self_->make_response_promise<model_roles>();
  auto crowned = [this, answer, symbol = request.symbol](const model_set_ptr& models) mutable {
    if (models) crown(models);
    keep_roles(symbol, [this, answer, symbol](const std::string& error) mutable {
      if (error.empty())
        answer.deliver(roles_of(symbol));
      else
        answer.deliver(caf::make_error(errc::model_load_error, error));
    });
  };
  if (speaks && speaks->version == request.version) {
    crowned(nullptr); // as it is
  } else if (tried && tried->version == request.version) {
    crowned(tried);
  } else {
    load(request.symbol, request.version,
         [answer, crowned](const model_set_ptr& models, const std::string& error) mutable {
           if (models) return crowned(models);
           answer.deliver(caf::make_error(errc::model_not_found, error));
         });
  }
  return answer;
}

void model_roster::load(const symbol_name& symbol, const std::string& version, then_known then) {
  struct found {
    model_set_ptr models;
    std::string error;
  };
  auto out = std::make_shared<found>();
  auto piece = std::make_shared<work>();
  piece->run = [out, symbol, version, load = keeper_.load] {
    out->models = load ? load(symbol, version, out->error) : nullptr;
  };
  self_->request(worker_, caf::infinite, piece)
      .then(
          [out, then](const work_ptr& done) {
            then(out->models, done->error.empty() ? out->error : done->error);
          },
          [then](const caf::error&) { then(nullptr, "a training worker was lost"); });
}

model_roles model_roster::roles_of(const symbol_name& symbol) const {
  const auto speaks = champion(symbol), tried = challenger(symbol);
  return {symbol, speaks ? speaks->version : "", tried ? tried->version : ""};
}

void model_roster::keep_roles(const symbol_name& symbol,
                              std::function<void(const std::string& error)> then) {
  auto piece = std::make_shared<work>();
  auto error = std::make_shared<std::string>();
  piece->run = [error, roles = roles_of(symbol), name = keeper_.name_roles] {
    if (name) *error = name(roles);
  };
  self_->request(worker_, caf::infinite, piece)
      .then(
          [error, then](const work_ptr& done) { then(done->error.empty() ? *error : done->error); },
          [then](const caf::error&) { then("a training worker was lost"); });
}

void model_roster::keep_roles(const symbol_name& symbol) {
  keep_roles(symbol, [this, symbol](const std::string& error) {
    if (!error.empty()) say(log_level::error, symbol + ": " + error);
  });
}

caf::result<std::vector<trial_report>> model_roster::trials(const get_trials& question) {
  auto answer = self_->make_response_promise<std::vector<trial_report>>();
  ended_.list(question.symbol, answer);
  return answer;
}

void model_roster::list(const symbol_name& symbol, std::vector<model_info>& out) const {
  const auto add = [&](const model_set_ptr& set, const char* state) {
    if (!set || (!symbol.empty() && set->symbol != symbol)) return;
    for (auto row : set->infos) {
      row.state = state;
      out.push_back(std::move(row));
    }
  };
  for (auto& [name, set] : champions_) {
    add(set, "champion");
    add(challenger(name), "challenger");
  }
}

} // namespace troupe
