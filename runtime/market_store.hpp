// Which store of candles, predictions and signals the settings mean: PostgreSQL when store.url is
// set, else the file in the data folder.
#pragma once
#include "runtime/settings.hpp"
#include "runtime/stores/store_write.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <string>

namespace troupe {

/// Opens it, making what is missing. `report` as in store_queue_options. @pre the data folder
/// exists
spawned_store open_market_store(caf::actor_system& system, const settings& s,
                                std::function<void(const std::string&)> report = {});

/// False when nothing was ever kept: no file and no PostgreSQL.
bool has_market_store(const settings& s);

} // namespace troupe
