// Who speaks and who is tried, written beside the stored versions: `{folder}/{SYMBOL}/roles`, a
// line `champion VERSION`, and where there are any `challenger VERSION`, `previous VERSION` (who
// spoke before) and `newest VERSION` (the newest that was there: a later one, which `troupe train`
// made meanwhile, is tried). Without the file the newest version speaks.
#pragma once
#include "messages/outcome.hpp"
#include "models/forecast/model_set.hpp"

#include <string>
#include <vector>

namespace troupe {

struct stored_roles {
  std::string champion, challenger, previous, newest; // versions; empty: none
};

/// What the file says; all empty where it is missing or not ours.
stored_roles read_roles(const std::string& folder, const symbol_name& symbol);

/// Replaces the file as a whole, synced. Another champion than before makes that one `previous`.
/// "" or why it could not be written, for people.
std::string write_roles(const std::string& folder, const model_roles& roles);

struct loaded_roles {
  model_set_ptr champion, challenger; // null: none
  std::vector<std::string> refused;   // versions that could not be loaded, and why
};

/// The champion, or, where it cannot be trusted, the newest version that can; and the challenger: a
/// version newer than the file, else the one it names.
loaded_roles load_by_roles(const std::string& folder, const symbol_name& symbol);

/// One stored version of a symbol, null with a reason.
model_set_ptr load_version(const std::string& folder, const symbol_name& symbol,
                           const std::string& version, std::string& error);

} // namespace troupe
