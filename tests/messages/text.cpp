// Names and codes: what the outside sees of this floor's enums.
#include "messages/candle.hpp"
#include "messages/errors.hpp"
#include "messages/signal.hpp"
#include "messages/symbol.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace troupe;

TEST(symbol_name, is_3_to_20_upper_case_letters_and_digits) {
  for (auto good : {"BTC", "BTCUSDT", "1000SHIBUSDT", "ABCDEFGHIJKLMNOPQRST"})
    EXPECT_TRUE(valid_symbol(good)) << good;
  for (auto bad : {"", "BT", "btcusdt", "BTC-USD", "BTC USD", "ABCDEFGHIJKLMNOPQRSTU", "BTCÜ"})
    EXPECT_FALSE(valid_symbol(bad)) << bad;
}

TEST(error_code, every_error_has_its_own_text_and_a_failing_status) {
  std::set<std::string_view> seen;
  for (int i = 1; i <= static_cast<int>(errc::internal); ++i) {
    const auto e = static_cast<errc>(i);
    EXPECT_TRUE(seen.insert(code_of(e)).second) << code_of(e);
    EXPECT_GE(http_status_of(e), 400);
  }
  EXPECT_EQ(code_of(errc::symbol_not_found), "SYMBOL_NOT_FOUND");
  EXPECT_EQ(code_of(errc::internal), "INTERNAL");
  EXPECT_EQ(code_of(static_cast<errc>(200)), "INTERNAL") << "an unknown code is our own fault";
}

TEST(timeframe, reads_back_what_it_says) {
  for (auto tf : timeframes) EXPECT_EQ(parse_timeframe(to_string(tf)), tf);
  EXPECT_EQ(parse_timeframe("2h"), std::nullopt);
  EXPECT_EQ(parse_signal_type("sell"), signal_type::sell);
  EXPECT_EQ(parse_signal_type("LONG"), std::nullopt);
}
