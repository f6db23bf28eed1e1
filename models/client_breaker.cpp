#include "models/client_breaker.hpp"

#include <limits>

namespace troupe {

bool client_breaker::admits(std::int64_t now_ms) const {
  return state_ == state::closed || (state_ == state::open && now_ms >= next_try_ms());
}

std::optional<client_breaker::pass> client_breaker::admit(std::int64_t now_ms) {
  if (!admits(now_ms)) return std::nullopt;
  if (state_ == state::open) enter(state::half_open);
  return pass{period_};
}

void client_breaker::succeeded(pass p) {
  if (p.period != period_) return;
  failures_ = 0;
  if (state_ == state::half_open) enter(state::closed);
}

void client_breaker::failed(pass p, std::int64_t now_ms) {
  if (p.period != period_) return;
  if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
  if (state_ == state::closed && failures_ < limit_) return;
  opened_at_ms_ = now_ms;
  enter(state::open);
}

void client_breaker::withdrawn(pass p) {
  if (p.period == period_ && state_ == state::half_open) enter(state::open);
}

void client_breaker::enter(state next) {
  state_ = next;
  ++period_;
}

std::string_view to_string(client_breaker::state s) {
  constexpr std::array<std::string_view, 3> names{"closed", "open", "half_open"};
  return names[static_cast<std::size_t>(s)];
}

} // namespace troupe
