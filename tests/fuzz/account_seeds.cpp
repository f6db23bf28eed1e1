#include "tests/fuzz/account_seeds.hpp"
#include "tests/fuzz/command_source.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

money dollars(int n) { return money::whole(n); }

struct life {
  account who{"fund:1"};
  utc_ms now = story_start + 10 * hour_ms;
  std::vector<account_event> events;
  int count = 0;

  template<class Command>
  void say(Command c) {
    c.account = who.id();
    c.at = now;
    if constexpr (!std::is_same_v<Command, tick_account>)
      c.reference = "key:" + std::to_string(++count);
    const auto v = who.judge(c);
    claim(!v.refused(), "a seed's commands are accepted");
    for (auto& e : v.events) {
      who.fold(e);
      events.push_back(e);
    }
  }
  void reserve(const char* id, int amount, bool needs_approval) {
    reserve_withdrawal c;
    c.withdrawal = id;
    c.amount = dollars(amount);
    c.needs_approval = needs_approval;
    say(c);
  }
  void send(const char* id) {
    transfer_out c;
    c.transfer = id;
    c.to = "wallet:1";
    c.amount = dollars(30);
    say(c);
  }
  void trade(const char* id, int profit_loss, trade_status status) {
    settle_trade c;
    c.trade = {id,
               "BTCUSDT",
               trade_side::buy,
               dollars(1),
               dollars(60000),
               dollars(60001),
               dollars(profit_loss),
               status,
               now,
               ""};
    say(c);
  }
  void performance(int closing) {
    record_daily_performance c;
    c.row.day = story_start / day_ms;
    c.row.closing_balance = dollars(closing);
    c.row.raw_closing_balance = "1000.000000001";
    say(c);
  }
};

template<class Step>
Step step(const char* id) {
  Step c;
  c.withdrawal = id;
  return c;
}

} // namespace

std::vector<account_event> a_full_life() {
  life l;
  open_account open;
  open.what = product::atlas;
  open.owner = "user:1";
  open.initial_capital = dollars(1000);
  l.say(open);
  l.reserve("w1", 10, true);
  l.reserve("w2", 20, false);
  l.reserve("w3", 5, true);
  l.say(step<approve_withdrawal>("w1"));
  auto complete = step<complete_withdrawal>("w1");
  complete.target = house_account::transit;
  complete.to = "wallet:1";
  l.say(complete);
  l.say(step<expire_withdrawal>("w3"));
  l.send("x1");
  l.send("x2");
  settle_transfer settle;
  settle.transfer = "x1";
  l.say(settle);
  return_transfer back;
  back.transfer = "x2";
  l.say(back);
  l.trade("t1", -40, trade_status::closed);
  l.now += 8 * day_ms;
  l.say(tick_account{});
  l.trade("t2", 0, trade_status::open);
  l.performance(1000);
  report_error error;
  error.critical = true;
  error.error_type = "broker";
  l.say(error);
  reset_breaker reset;
  reset.by = "admin:1";
  l.say(reset);
  l.say(pause_account{});
  return l.events;
}

std::vector<account_event> every_event() {
  auto out = a_full_life();
  std::string kinds;
  for (std::size_t kind = 0; kind < std::variant_size_v<account_event_body>; ++kind) {
    account_event e;
    e.version = 1;
    const auto empty = to_bytes(e);
    // The kind stands before the body; of an empty body most bytes are 0, whatever it is.
    const auto body_at = to_bytes([] {
                           account_event d;
                           d.what = deposited{};
                           return d;
                         }())
                             .size()
        - 1;
    for (std::size_t size = 0; size < 200; ++size) {
      const auto bytes =
          empty.substr(0, body_at) + static_cast<char>(kind) + std::string(size, '\0');
      if (auto made = event_from_bytes(bytes)) {
        out.push_back(*made);
        break;
      }
    }
  }
  return out;
}

} // namespace troupe::fuzz
