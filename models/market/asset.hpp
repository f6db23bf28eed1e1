// What kind of thing a symbol names, told from the name alone: there is no list of instruments.
#pragma once
#include "messages/symbol.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe {

enum class asset_type : std::uint8_t { crypto, forex, metal, other };

/// `crypto`, `forex`, `metal`, `other`.
std::string_view to_string(asset_type t);
std::optional<asset_type> parse_asset_type(std::string_view text);

/// Views into the name that was given.
struct asset {
  asset_type type = asset_type::other;
  std::string_view base, quote; // of `other`: the whole name and nothing
};

/// Two currencies are forex (`EURUSD`), a precious metal in a currency is metal (`XAUUSD`),
/// anything else that ends with a coin or a currency is crypto (`BTCUSDT`, `ETHBTC`, `BTCUSD`).
asset asset_of(std::string_view symbol);

} // namespace troupe
