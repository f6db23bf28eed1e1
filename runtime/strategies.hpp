// Strategies from settings: the data of signals.strategies as the rules of models/signal_rules.
#pragma once
#include "models/signal_rules.hpp"
#include "runtime/settings.hpp"

#include <string>

namespace troupe {

/// @pre the settings know the name (read_settings checks signals.strategy).
strategy strategy_named(const settings& s, const std::string& name);

/// Where model versions are kept: models.dir, else `models` in the data folder.
std::string models_folder(const settings& s);

} // namespace troupe
