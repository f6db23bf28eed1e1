// The log of a node: spdlog behind the plain sink that actors are given.
#pragma once
#include "actors/log.hpp"

#include <string>

namespace troupe {

/// Writes to standard error. `level` and `format` are the settings log.level and log.format.
log_sink make_log(const std::string& level, const std::string& format);

} // namespace troupe
