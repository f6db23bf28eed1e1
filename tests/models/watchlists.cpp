// What may be done to watchlists, and what a symbol's name tells.
#include "models/watchlists.hpp"

#include "models/market/asset.hpp"

#include <gtest/gtest.h>

namespace troupe {

namespace {

watchlist list_of(const std::string& id) {
  watchlist w;
  w.id = id;
  w.name = "n";
  return w;
}

} // namespace

TEST(watchlists, are_so_many) {
  watchlists all;
  for (std::size_t i = 0; i < max_watchlists; ++i)
    EXPECT_EQ(add_watchlist(all, list_of(std::to_string(i))), watchlist_outcome::done);
  EXPECT_EQ(add_watchlist(all, list_of("x")), watchlist_outcome::too_many);
  EXPECT_EQ(remove_watchlist(all, "7"), watchlist_outcome::done);
  EXPECT_EQ(remove_watchlist(all, "7"), watchlist_outcome::not_found);
  EXPECT_EQ(add_watchlist(all, list_of("x")), watchlist_outcome::done);
}

TEST(watchlists, change_only_what_is_given_and_count_it) {
  watchlists all{list_of("a"), list_of("b")};
  watchlist changed;
  watchlist_change rename{"new", std::nullopt, std::nullopt, 7};
  EXPECT_EQ(change_watchlist(all, "b", rename, changed), watchlist_outcome::done);
  EXPECT_EQ(changed.name, "new");
  EXPECT_EQ(changed.version, 2u);
  EXPECT_EQ(changed.updated_at, 7);
  EXPECT_EQ(all[0].version, 1u);
  watchlist_change refill{std::nullopt, std::vector<symbol_name>{"BTCUSDT"}, 1, 8};
  EXPECT_EQ(change_watchlist(all, "b", refill, changed), watchlist_outcome::stale);
  EXPECT_TRUE(all[1].symbols.empty());
  refill.version = 2;
  EXPECT_EQ(change_watchlist(all, "b", refill, changed), watchlist_outcome::done);
  EXPECT_EQ(all[1].name, "new");
  EXPECT_EQ(change_watchlist(all, "c", rename, changed), watchlist_outcome::not_found);
}

TEST(watchlists, hold_symbols_each_once) {
  EXPECT_EQ(why_no_watchlist({}), "");
  EXPECT_EQ(why_no_watchlist({"BTCUSDT", "EURUSD"}), "");
  EXPECT_NE(why_no_watchlist({"BTCUSDT", "BTCUSDT"}), "");
  EXPECT_NE(why_no_watchlist({"btcusdt"}), "");
  std::vector<symbol_name> many;
  for (std::size_t i = 0; i < max_watchlist_symbols; ++i)
    many.push_back("S" + std::to_string(100 + i));
  EXPECT_EQ(why_no_watchlist(many), "");
  many.push_back("MORE");
  EXPECT_NE(why_no_watchlist(many), "");
}

TEST(assets, are_told_from_their_names) {
  struct row {
    const char *symbol, *type, *base, *quote;
  };
  for (const auto& [symbol, type, base, quote] :
       {row{"BTCUSDT", "crypto", "BTC", "USDT"}, row{"ETHBTC", "crypto", "ETH", "BTC"},
        row{"BTCUSD", "crypto", "BTC", "USD"}, row{"SOLUSDC", "crypto", "SOL", "USDC"},
        row{"BTCFDUSD", "crypto", "BTC", "FDUSD"},
        row{"1000PEPEUSDT", "crypto", "1000PEPE", "USDT"}, row{"EURUSD", "forex", "EUR", "USD"},
        row{"USDJPY", "forex", "USD", "JPY"}, row{"XAUUSD", "metal", "XAU", "USD"},
        row{"XAGEUR", "metal", "XAG", "EUR"}, row{"USDT", "other", "USDT", ""},
        row{"AAPL", "other", "AAPL", ""}, row{"SPX500", "other", "SPX500", ""},
        row{"EURUSDT", "crypto", "EUR", "USDT"}}) {
    const auto what = asset_of(symbol);
    EXPECT_EQ(to_string(what.type), type) << symbol;
    EXPECT_EQ(what.base, base) << symbol;
    EXPECT_EQ(what.quote, quote) << symbol;
    EXPECT_EQ(parse_asset_type(type), what.type);
  }
  EXPECT_FALSE(parse_asset_type("Forex"));
}

} // namespace troupe
