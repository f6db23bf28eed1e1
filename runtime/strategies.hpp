// Strategies from settings: the data of signals.strategies as the rules of models/signal_rules.
#pragma once
#include "models/signal_rules.hpp"
#include "models/trial.hpp"
#include "runtime/settings.hpp"

#include <string>

namespace troupe {

/// @pre the settings know the name (read_settings checks signals.strategy).
strategy strategy_named(const settings& s, const std::string& name);

/// The rule of trials of new versions, from train.*.
trial_rule trial_rule_of(const settings& s);

/// Where model versions are kept: models.dir, else `models` in the data folder.
std::string models_folder(const settings& s);

} // namespace troupe
