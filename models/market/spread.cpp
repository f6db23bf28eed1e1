#include "models/market/spread.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace troupe {

std::optional<session_hours> parse_session(std::string_view name) {
  constexpr std::array<session_hours, 4> all{
      {{"all", 0, 24}, {"asia", 0, 9}, {"london", 7, 16}, {"new_york", 12, 21}}};
  for (auto& s : all)
    if (s.name == name) return s;
  return std::nullopt;
}

bool sane(const quote& q) {
  return std::isfinite(q.bid) && std::isfinite(q.ask) && q.bid > 0 && q.ask >= q.bid && q.at > 0;
}

std::optional<spread_row> spread_piece::take(const quote& q) {
  if (!sane(q)) return std::nullopt;
  std::optional<spread_row> ended;
  const bool first = row_.count == 0;
  if (!first && q.at < row_.from) return std::nullopt;
  const bool over =
      !first && (q.at / hour_ms != row_.from / hour_ms || q.at - row_.from >= longest_ms);
  if (over) ended = cut();
  const double spread = q.ask - q.bid;
  if (row_.count == 0) {
    row_.symbol = q.symbol;
    row_.from = q.at;
    row_.min = row_.max = spread;
  }
  row_.to = std::max(row_.to, q.at);
  row_.min = std::min(row_.min, spread);
  row_.max = std::max(row_.max, spread);
  row_.sum += spread;
  ++row_.count;
  return ended;
}

std::optional<spread_row> spread_piece::cut() {
  if (row_.count == 0) return std::nullopt;
  return std::exchange(row_, {});
}

} // namespace troupe
