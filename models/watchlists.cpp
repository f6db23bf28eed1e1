#include "models/watchlists.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace troupe {

namespace {

watchlists::iterator find(watchlists& all, std::string_view id) {
  return std::find_if(all.begin(), all.end(), [&](auto& w) { return w.id == id; });
}

} // namespace

watchlist_outcome add_watchlist(watchlists& all, watchlist made) {
  if (all.size() >= max_watchlists) return watchlist_outcome::too_many;
  all.push_back(std::move(made));
  return watchlist_outcome::done;
}

watchlist_outcome change_watchlist(watchlists& all, std::string_view id,
                                   const watchlist_change& change, watchlist& changed) {
  const auto found = find(all, id);
  if (found == all.end()) return watchlist_outcome::not_found;
  if (change.version && *change.version != found->version) return watchlist_outcome::stale;
  if (change.name) found->name = *change.name;
  if (change.symbols) found->symbols = *change.symbols;
  ++found->version;
  found->updated_at = change.at;
  changed = *found;
  return watchlist_outcome::done;
}

watchlist_outcome remove_watchlist(watchlists& all, std::string_view id) {
  const auto found = find(all, id);
  if (found == all.end()) return watchlist_outcome::not_found;
  all.erase(found);
  return watchlist_outcome::done;
}

std::string why_no_watchlist(const std::vector<symbol_name>& symbols) {
  if (symbols.size() > max_watchlist_symbols)
    return "must be at most " + std::to_string(max_watchlist_symbols);
  std::set<std::string_view> seen;
  for (const auto& s : symbols) {
    if (!valid_symbol(s)) return "must each be 3 to 20 of A-Z0-9";
    if (!seen.insert(s).second) return "must not name " + s + " twice";
  }
  return "";
}

} // namespace troupe
