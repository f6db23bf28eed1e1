// The quality of the models as a table for people.
#pragma once
#include "models/forecast/comparison.hpp"
#include "models/forecast/walk_forward.hpp"

#include <string>

namespace troupe {

/// Several lines, each ended; at most 100 columns.
std::string to_text(const quality& q);
std::string to_text(const comparison& c);

} // namespace troupe
