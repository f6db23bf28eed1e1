// What is left of a user's plan.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

/// GET /api/ml/usage: counts nothing itself.
void get_plan_usage(exchange& ex);

} // namespace troupe
