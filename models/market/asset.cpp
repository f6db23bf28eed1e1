#include "models/market/asset.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 4> names{"crypto", "forex", "metal", "other"};

// ISO 4217, of those that are traded against each other.
constexpr std::array<std::string_view, 27> currencies{
    "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "SEK",
    "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "ILS", "ZAR",
    "MXN", "BRL", "SGD", "HKD", "CNH", "CNY", "THB", "INR", "KRW"};
constexpr std::array<std::string_view, 4> metals{"XAU", "XAG", "XPT", "XPD"};
// What coins are priced in; longer names first, since one may end with another.
constexpr std::array<std::string_view, 9> coin_quotes{"FDUSD", "USDT", "USDC", "BUSD", "TUSD",
                                                      "DAI",   "BTC",  "ETH",  "BNB"};

template<class List>
bool in(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

template<class List>
std::string_view ending_in(const List& list, std::string_view symbol) {
  for (const auto quote : list)
    if (symbol.size() > quote.size() && symbol.substr(symbol.size() - quote.size()) == quote)
      return quote;
  return {};
}

} // namespace

std::string_view to_string(asset_type t) { return names[static_cast<std::size_t>(t)]; }

std::optional<asset_type> parse_asset_type(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<asset_type>(i);
  return std::nullopt;
}

asset asset_of(std::string_view symbol) {
  if (symbol.size() == 6 && in(currencies, symbol.substr(3))) {
    const auto base = symbol.substr(0, 3);
    if (in(currencies, base)) return {asset_type::forex, base, symbol.substr(3)};
    if (in(metals, base)) return {asset_type::metal, base, symbol.substr(3)};
  }
  auto quote = ending_in(coin_quotes, symbol);
  if (quote.empty()) quote = ending_in(currencies, symbol);
  if (quote.empty()) return {asset_type::other, symbol, {}};
  const auto base = symbol.substr(0, symbol.size() - quote.size());
  return {asset_type::crypto, base, symbol.substr(base.size())};
}

} // namespace troupe
