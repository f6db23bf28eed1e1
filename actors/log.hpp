// How actors say something to the people who run the node. A plain function handed in at spawn, so
// that no actor knows a logging library or a global.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace troupe {

enum class log_level : std::uint8_t { debug, info, warn, error };

/// Thread safe; never throws. Empty in tests that do not listen.
using log_sink = std::function<void(log_level, const std::string&)>;

} // namespace troupe
