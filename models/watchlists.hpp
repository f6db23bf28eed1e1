// What may be done to one user's watchlists. Pure: who the user is, where the lists are kept and
// which symbols there are is decided elsewhere.
#pragma once
#include "messages/watchlist.hpp"

#include <optional>
#include <string_view>

namespace troupe {

/// Absent: stays as it is. `version`: the change is refused unless the list is at it; absent: the
/// last writer wins.
struct watchlist_change {
  std::optional<std::string> name;
  std::optional<std::vector<symbol_name>> symbols;
  std::optional<std::uint64_t> version;
  utc_ms at = 0;
};

enum class watchlist_outcome : std::uint8_t { done, not_found, too_many, stale };

using watchlists = std::vector<watchlist>;

watchlist_outcome add_watchlist(watchlists& all, watchlist made);
/// `changed`: the list as it is then.
watchlist_outcome change_watchlist(watchlists& all, std::string_view id,
                                   const watchlist_change& change, watchlist& changed);
watchlist_outcome remove_watchlist(watchlists& all, std::string_view id);

/// What is wrong with these symbols as a list (too many, one twice, one that is none), or empty.
std::string why_no_watchlist(const std::vector<symbol_name>& symbols);

} // namespace troupe
