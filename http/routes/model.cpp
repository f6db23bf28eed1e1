#include "http/routes/model.hpp"

#include "http/codec_model.hpp"
#include "http/codec_request.hpp"
#include "http/json_text.hpp"

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

void get_model_metrics(exchange& ex) {
  ex.with->port.request<std::vector<model_info>>(
      ex.with->gate.trainer, actor_timeout, get_models{},
      [held = ex.share(), name = ex.param("name")](caf::expected<std::vector<model_info>> models) {
        if (!models) return held->fail(models.error());
        const auto found =
            std::find_if(models->begin(), models->end(), [&](auto& m) { return m.name == name; });
        if (found == models->end())
          return held->fail(errc::model_not_found, "there is no model of that name", "name");
        std::string body;
        append_model_metrics(body, *found);
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

// Whose a job is, its id says.
void get_job_state(exchange& ex) {
  auto tell = [held = ex.share()](caf::expected<job> j) {
    if (!j) return held->fail(j.error());
    std::string body;
    append_job(body, *j);
    held->answer_json(std::move(body));
  };
  get_job question{ex.param("id")};
  const auto& gate = ex.with->gate;
  if (gate.sync && question.id.rfind(sync_job_prefix, 0) == 0)
    ex.with->port.request<job>(gate.sync, actor_timeout, std::move(question), std::move(tell));
  else
    ex.with->port.request<job>(gate.trainer, actor_timeout, std::move(question), std::move(tell));
}

} // namespace troupe
