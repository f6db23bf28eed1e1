#include "http/address_limit.hpp"

#include "http/limits.hpp"

#include <string>
#include <utility>

namespace troupe {

void count_together(exchange& ex, const allowance& here, std::function<void(allowance)> done) {
  const auto& gate = ex.with->gate;
  if (!gate.shares_limits || !here.ok) return done(here);
  const take_allowance asked{std::string{ex.in.address}, user_plan::free, limit_kind::address,
                             ex.wall_ms()};
  ex.with->port.request<allowance_left>(
      gate.limiter, limiter_timeout, asked,
      [here, at = asked.at, done = std::move(done)](caf::expected<allowance_left> left) {
        if (!left || (left->ok && left->remaining >= here.remaining)) return done(here);
        done(allowance_of(limit_kind::address, *left, at));
      });
}

} // namespace troupe
