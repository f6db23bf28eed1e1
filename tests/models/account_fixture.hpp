// Speaks to one account as its actor would: judge, fold, remember. Stamps times and references.
#pragma once
#include "models/account.hpp"
#include "models/account/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::testing_accounts {

inline constexpr utc_ms monday = 1767571200000; // 2026-01-05 00:00 UTC
inline const std::int64_t monday_number = day_of(monday);

inline money usd(const char* text) {
  const auto out = parse_amount(text);
  if (!out) ADD_FAILURE() << text;
  return out.value_or(money{});
}

/// The index of an event's type.
template<class E>
std::uint8_t kind_of() {
  return static_cast<std::uint8_t>(account_event_body{E{}}.index());
}

struct told_account {
  account who;
  utc_ms now = monday + 10 * hour_ms;
  std::vector<account_event> events;
  int commands = 0;

  explicit told_account(account_id id = "alice") : who{std::move(id)} {}

  /// Names, stamps, judges and folds.
  template<class Command>
  verdict say(Command c) {
    if (c.account.empty()) c.account = who.id();
    if constexpr (!std::is_same_v<Command, tick_account>)
      if (c.reference.empty()) c.reference = "key:" + std::to_string(++commands);
    if (c.at == 0) c.at = now;
    auto v = who.judge(c);
    for (auto& e : v.events) {
      who.fold(e);
      events.push_back(e);
    }
    return v;
  }

  told_account& opened(product what = product::atlas, const char* capital = "1000") {
    open_account c;
    c.what = what;
    c.kind = what == product::none ? account_kind::wallet : account_kind::investment;
    c.initial_capital = usd(capital);
    EXPECT_FALSE(say(c).refused());
    return *this;
  }

  verdict put(const char* amount) {
    deposit c;
    c.amount = usd(amount);
    return say(c);
  }
  verdict take(const char* amount) {
    withdraw c;
    c.amount = usd(amount);
    return say(c);
  }
  verdict reserve(const char* id, const char* amount, bool needs_approval = true) {
    reserve_withdrawal c;
    c.withdrawal = id;
    c.amount = usd(amount);
    c.needs_approval = needs_approval;
    return say(c);
  }
  template<class Step>
  verdict step(const char* id) {
    Step c;
    c.withdrawal = id;
    return say(c);
  }
  settle_trade trade(const std::string& id, const char* profit_loss, utc_ms executed_at = 0) {
    settle_trade c;
    c.reference = "trade:" + id + ":closed";
    c.trade.id = id;
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = usd("0.5");
    c.trade.entry_price = usd("60000");
    c.trade.profit_loss = usd(profit_loss);
    c.trade.executed_at = executed_at ? executed_at : now;
    return c;
  }
  verdict result(const char* profit_loss, utc_ms executed_at = 0) {
    return say(trade("t" + std::to_string(++commands), profit_loss, executed_at));
  }
  verdict performance(std::int64_t day, const char* closing) {
    record_daily_performance c;
    c.reference = "performance:" + std::to_string(day);
    c.row.day = day;
    c.row.closing_balance = usd(closing);
    return say(c);
  }
  verdict critical() {
    report_error c;
    c.critical = true;
    c.error_type = "critical";
    return say(c);
  }
  verdict reset() {
    reset_breaker c;
    c.by = "admin:1";
    return say(c);
  }
  verdict tick() { return say(tick_account{}); }

  std::string balance() const { return to_string(who.balance()); }
  std::string reserved() const { return to_string(who.reserved()); }
  breaker_state breaker() const { return who.breaker().state(); }
};

/// The names of a verdict's events, for reading and comparing.
inline std::string told(const verdict& v) {
  if (v.refused()) return std::string{to_string(v.why)};
  if (v.repeated()) return "repeat of " + std::to_string(v.earlier->version);
  std::string out;
  for (auto& e : v.events) out += (out.empty() ? "" : " ") + std::string{kind_name(e.what.index())};
  return out;
}

} // namespace troupe::testing_accounts
