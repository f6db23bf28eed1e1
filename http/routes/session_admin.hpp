// Handlers of /admin/sessions: who is connected to this node.
#pragma once
#include "http/exchange.hpp"

namespace troupe {

void get_session_list(exchange& ex);
void get_one_session(exchange& ex);

} // namespace troupe
