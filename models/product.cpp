// The table itself.
#include "models/product.hpp"

namespace troupe {

namespace {

constexpr std::array<product_limits, 4> table{{
    {},
    {100, 200, 1000, 4, 24 * hour_ms, 5000, 1000, false},
    {200, 400, 2000, 5, 12 * hour_ms, 5000, 1500, true},
    {500, 800, 3000, 6, 6 * hour_ms, 5000, 2000, true},
}};

} // namespace

const product_limits& limits_of(product what) { return table[static_cast<std::size_t>(what)]; }

money share_of(money amount, std::uint32_t bps) {
  return *scaled(amount, money::from_units(bps), money::from_units(10'000));
}

} // namespace troupe
