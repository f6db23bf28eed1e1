// Names and codes: what the outside sees of this floor's enums.
#include "messages/candle.hpp"
#include "messages/errors.hpp"
#include "messages/signal.hpp"
#include "messages/symbol.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

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
    EXPECT_GE(http_status_of(e), 400);
    // Between an account and its journal; the outside need not know which kind of busy it is.
    if (e == errc::journal_stale || e == errc::journal_fenced) continue;
    EXPECT_TRUE(seen.insert(code_of(e)).second) << code_of(e);
  }
  EXPECT_EQ(code_of(errc::symbol_not_found), "SYMBOL_NOT_FOUND");
  EXPECT_EQ(code_of(errc::internal), "INTERNAL");
  EXPECT_EQ(code_of(static_cast<errc>(200)), "INTERNAL") << "an unknown code is our own fault";
}

TEST(error_code, the_failures_of_money_have_their_statuses) {
  const std::tuple<errc, const char*, int> rows[] = {
      {errc::amount_invalid, "AMOUNT_INVALID", 400},
      {errc::idempotency_key_required, "IDEMPOTENCY_KEY_REQUIRED", 400},
      {errc::idempotency_conflict, "IDEMPOTENCY_CONFLICT", 409},
      {errc::in_progress, "IN_PROGRESS", 409},
      {errc::capital_mismatch, "CAPITAL_MISMATCH", 409},
      {errc::insufficient_funds, "INSUFFICIENT_FUNDS", 409},
      {errc::account_paused, "ACCOUNT_PAUSED", 409},
      {errc::account_closed, "ACCOUNT_CLOSED", 409},
      {errc::breaker_open, "BREAKER_OPEN", 409},
      {errc::kyc_required, "KYC_REQUIRED", 403}};
  for (auto& [e, code, status] : rows) {
    EXPECT_EQ(code_of(e), code);
    EXPECT_EQ(http_status_of(e), status) << code;
  }
}

TEST(timeframe, reads_back_what_it_says) {
  for (auto tf : timeframes) EXPECT_EQ(parse_timeframe(to_string(tf)), tf);
  EXPECT_EQ(parse_timeframe("2h"), std::nullopt);
  EXPECT_EQ(parse_signal_type("sell"), signal_type::sell);
  EXPECT_EQ(parse_signal_type("LONG"), std::nullopt);
}
