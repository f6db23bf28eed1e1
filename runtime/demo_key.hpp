// The API key of demo mode: made once, kept in the data folder, readable by its owner alone.
#pragma once
#include <string>

namespace troupe {

/// Reads the key kept in `folder`, or makes one of 256 random bits. Returns it, or "" with the
/// reason in `error`.
std::string demo_api_key(const std::string& folder, std::string& error);

} // namespace troupe
