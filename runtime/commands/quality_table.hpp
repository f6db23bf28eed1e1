// The validation figures of a model set as a text table, each beside its baselines.
#pragma once
#include "models/forecast/model_set.hpp"

#include <string>

namespace troupe {

std::string quality_table(const model_set& models);

} // namespace troupe
