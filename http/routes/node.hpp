// Handlers that speak of the node itself: health, counters, metrics (SPEC §3.5).
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_health(exchange& ex);
void get_live(exchange& ex);
void get_ready(exchange& ex);
void get_detailed_health(exchange& ex);
void get_stats(exchange& ex);
void get_metrics(exchange& ex);
void get_cluster(exchange& ex);

} // namespace troupe
