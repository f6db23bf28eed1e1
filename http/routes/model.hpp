// Handlers of models and the jobs that train them (SPEC §3.1).
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_models_status(exchange& ex);
void get_model_metrics(exchange& ex);
/// `:name` is a model's or a symbol: all models of a version speak together.
void post_promote(exchange& ex);
void post_train(exchange& ex);
void get_job_state(exchange& ex);

} // namespace troupe
