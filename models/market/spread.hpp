// What a market costs to cross: statistics of ask minus bid, by hour pieces that add up, and the
// trading sessions they are asked by. Sessions are hours of the UTC day and overlap as the desks
// do.
#pragma once
#include "messages/quote.hpp"

#include <optional>
#include <string_view>

namespace troupe {

/// All: the whole day. Asia [0, 9), London [7, 16), New York [12, 21), in hours UTC; summer time is
/// not followed, so an edge may lie an hour off the desk's.
struct session_hours {
  std::string_view name;
  int from = 0, to = 24;
};

/// `all`, `asia`, `london`, `new_york`; nothing for another name.
std::optional<session_hours> parse_session(std::string_view name);

/// Both finite and above 0, and the ask not below the bid: else it is no quote to learn from.
bool sane(const quote& q);

/// Collects quotes of one symbol into pieces. A piece never crosses an hour, so that every one
/// belongs to its session whole.
class spread_piece {
public:
  static constexpr utc_ms longest_ms = 10 * minute_ms;

  /// Takes a quote in; returns the piece that it ended, if any. Insane ones and those from before
  /// the piece are left out.
  std::optional<spread_row> take(const quote& q);

  /// Ends the piece under way.
  std::optional<spread_row> cut();

private:
  spread_row row_;
};

} // namespace troupe
