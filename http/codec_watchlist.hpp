// Watchlists in JSON: bodies read, lists written, and the note that keeps all lists of a user.
#pragma once
#include "http/json_fields.hpp"
#include "models/watchlists.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// `{"name","symbols":[…]}` of a new list (symbols may be absent), or `{"name"?,"symbols"?,
/// "version"?}` of a change, which must change something. Symbols may still be unknown.
std::optional<bad_body> read_watchlist(std::string_view body, watchlist& out);
std::optional<bad_body> read_watchlist_change(std::string_view body, watchlist_change& out);

void append_watchlist(std::string& out, const watchlist& w);

/// As kept: at most some 50 KiB, whatever the lists hold.
std::string watchlists_to_note(const watchlists& all);
/// None when it is no such note; an empty text is no lists.
std::optional<watchlists> watchlists_from_note(std::string_view text);

} // namespace troupe
