#include "http/routes/model.hpp"

#include "http/codec_model.hpp"
#include "http/codec_request.hpp"
#include "http/json_text.hpp"
#include "http/routes/backtest.hpp"

#include <algorithm>

namespace troupe {

void get_models_status(exchange& ex) {
  get_models want;
  if (const auto symbol = ex.query.get("symbol")) {
    want.symbol = *symbol;
    if (!ex.symbol(want.symbol)) return;
  }
  ex.with->port.request<std::vector<model_info>>(
      ex.with->gate.trainer, actor_timeout, want,
      [held = ex.share()](caf::expected<std::vector<model_info>> models) {
        if (!models) return held->fail(models.error());
        std::string body;
        append_models(body, *models);
        held->answer_json(std::move(body));
      });
}

namespace {

// Of a model's name, `{symbol}-…`, or the symbol itself.
symbol_name symbol_of(const std::string& name) { return name.substr(0, name.find('-')); }

// What cannot be asked is left out: validation's figures are there in any case.
void answer_metrics(const std::shared_ptr<exchange>& held, const model_info& model) {
  auto seen = std::make_shared<model_evidence>();
  auto ask_trials = [held, model, seen] {
    held->with->port.request<std::vector<trial_report>>(
        held->with->gate.trainer, actor_timeout, get_trials{model.symbol},
        [held, model, seen](caf::expected<std::vector<trial_report>> trials) {
          if (trials) seen->trials = std::move(*trials);
          std::string body;
          append_model_metrics(body, model, *seen);
          held->answer_json(std::move(body));
        });
  };
  const auto symbol = held->with->gate.symbols.find(model.symbol);
  if (symbol == held->with->gate.symbols.end()) return ask_trials();
  held->with->port.request<symbol_scores>(symbol->second, actor_timeout, get_live_scores{},
                                          [seen, ask_trials](caf::expected<symbol_scores> scores) {
                                            if (scores) seen->scores = std::move(*scores);
                                            ask_trials();
                                          });
}

} // namespace

void get_model_metrics(exchange& ex) {
  const auto name = ex.param("name");
  ex.with->port.request<std::vector<model_info>>(
      ex.with->gate.trainer, actor_timeout, get_models{symbol_of(name)},
      [held = ex.share(), name](caf::expected<std::vector<model_info>> models) {
        if (!models) return held->fail(models.error());
        const auto found =
            std::find_if(models->begin(), models->end(), [&](auto& m) { return m.name == name; });
        if (found == models->end())
          return held->fail(errc::model_not_found, "there is no model of that name", "name");
        answer_metrics(held, *found);
      });
}

void post_promote(exchange& ex) {
  promote_version order;
  order.symbol = symbol_of(ex.param("name"));
  if (auto bad = read_promote_request(ex.in.body, order.version)) return ex.fail(*bad);
  if (!ex.symbol(order.symbol)) return;
  order.at = ex.with->gate.now_us() / 1000;
  ex.with->port.request<model_roles>(ex.with->gate.trainer, actor_timeout, std::move(order),
                                     [held = ex.share()](caf::expected<model_roles> roles) {
                                       if (!roles) return held->fail(roles.error());
                                       std::string body;
                                       append_roles(body, *roles);
                                       held->answer_json(std::move(body));
                                     });
}

void post_train(exchange& ex) {
  train_request want;
  if (auto bad = read_train_request(ex.in.body, want)) return ex.fail(*bad);
  if (!ex.symbol(want.symbol)) return;
  train order;
  order.symbol = std::move(want.symbol);
  order.horizons = std::move(want.horizons);
  order.job_id = "job-" + ex.with->ids.mint();
  order.at = ex.with->gate.now_us() / 1000;
  ex.with->port.request<job>(ex.with->gate.trainer, actor_timeout, std::move(order),
                             [held = ex.share()](caf::expected<job> j) {
                               if (!j) return held->fail(j.error());
                               std::string body = "{";
                               append_field(body, "job_id", j->id);
                               append_field(body, "status", to_string(j->state));
                               held->answer_json(body += '}', 202);
                             });
}

// Who keeps a job is told by how its id begins; the trainer's have many beginnings.
void get_job_state(exchange& ex) {
  get_job question{ex.param("id")};
  const auto& gate = ex.with->gate;
  const auto is = [&](std::string_view prefix) { return question.id.rfind(prefix, 0) == 0; };
  if (gate.backtests && is(backtest_job_prefix)) return get_backtest_job(ex);
  auto tell = [held = ex.share()](caf::expected<job> j) {
    if (!j) return held->fail(j.error());
    std::string body;
    append_job(body, *j);
    held->answer_json(std::move(body));
  };
  if (gate.sync && is(sync_job_prefix))
    ex.with->port.request<job>(gate.sync, actor_timeout, std::move(question), std::move(tell));
  else
    ex.with->port.request<job>(gate.trainer, actor_timeout, std::move(question), std::move(tell));
}

} // namespace troupe
