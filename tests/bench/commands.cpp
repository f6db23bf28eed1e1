// `./dev bench commands`: what judging and folding one command costs, single thread, no actors and
// no journal, and what an idle account weighs.
#include "models/account/bytes.hpp"
#include "models/ledger.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <malloc.h>
#include <time.h>

using namespace troupe;

namespace {

constexpr utc_ms origin = 1767571200000;
constexpr int command_count = 1'000'000;

/// Of this thread's own time: what others do on the machine meanwhile counts little.
std::int64_t spent_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// As long as a UUID with its scope.
std::string reference(const char* scope, int n) {
  auto digits = std::to_string(n);
  return std::string{scope} + "0190b3e2-0000-7000-8000-" + std::string(12 - digits.size(), '0')
      + digits;
}

account opened(const std::string& id) {
  account a{id};
  open_account c;
  c.account = id;
  c.reference = "key:open";
  c.what = product::nova;
  c.initial_capital = money::whole(100'000);
  c.at = origin;
  for (auto& e : a.judge(c).events) a.fold(e);
  return a;
}

std::vector<deposit> deposits(const std::vector<account>& accounts, int count) {
  std::vector<deposit> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto& c = out[static_cast<std::size_t>(i)];
    c.account = accounts[static_cast<std::size_t>(i) % accounts.size()].id();
    c.reference = reference("key:", i);
    c.amount = money::from_units(1'000'000 + i);
    c.at = origin + i / 100;
  }
  return out;
}

std::vector<settle_trade> trades(const std::vector<account>& accounts, int count) {
  std::vector<settle_trade> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto& c = out[static_cast<std::size_t>(i)];
    c.account = accounts[static_cast<std::size_t>(i) % accounts.size()].id();
    c.reference = reference("trade:", i);
    c.trade.id = c.reference.substr(6);
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = money::from_units(50'000'000);
    c.trade.entry_price = money::whole(60'000);
    c.trade.profit_loss = money::from_units(i / 7 % 3 ? 100'000'000 : -100'000'000);
    c.trade.executed_at = c.at = origin + i / 100;
  }
  return out;
}

/// Median of five runs, each on fresh accounts.
template<class Command>
void measure(const char* what, std::size_t accounts, const std::vector<Command>& commands,
             bool with_chain) {
  std::vector<double> rates; // commands a second, in millions
  std::uint64_t kept = 0;
  for (int run = 0; run < 5; ++run) {
    std::vector<account> who;
    for (std::size_t i = 0; i < accounts; ++i)
      who.push_back(opened(reference("", static_cast<int>(i))));
    std::vector<digest> heads(accounts, digest{});
    const auto began = spent_ns();
    for (std::size_t i = 0; i < commands.size(); ++i) {
      auto& a = who[i % accounts];
      for (auto& e : a.judge(commands[i]).events) {
        a.fold(e);
        if (with_chain) heads[i % accounts] = chain_next(heads[i % accounts], to_bytes(e));
        kept += e.version;
      }
    }
    rates.push_back(double(commands.size()) * 1e3 / double(spent_ns() - began));
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%-46s %6.2f M/s  (%.0f ns; runs %.2f to %.2f; %llu)\n", what, rates[2],
              1e3 / rates[2], rates.front(), rates.back(),
              static_cast<unsigned long long>(kept % 10));
}

void weigh(const char* what, int commands_before) {
  constexpr int count = 20'000;
  const auto before = mallinfo2().uordblks;
  std::vector<std::unique_ptr<account>> who;
  who.reserve(count);
  std::size_t said = 0;
  for (int i = 0; i < count; ++i) {
    auto a = opened(reference("", i));
    for (int n = 0; n < commands_before; ++n) {
      deposit c;
      c.account = a.id();
      c.reference = reference("key:", n);
      c.amount = money::whole(1);
      c.at = origin + n * hour_ms * 3;
      for (auto& e : a.judge(c).events) a.fold(e);
    }
    who.push_back(std::make_unique<account>(*account::from_bytes(a.to_bytes()))); // as it is loaded
    said += who.back()->memory_bytes();
  }
  const auto held = mallinfo2().uordblks - before - count * sizeof(void*);
  std::printf("%-46s %6.0f bytes each on the heap (%.0f by its own count)\n", what,
              double(held) / count, double(said) / count);
}

} // namespace

int main() {
  std::vector<account> names;
  for (int i = 0; i < 10'000; ++i) names.push_back(opened(reference("", i)));
  const std::vector<account> one{names.front()};
  measure("deposit, one hot account", 1, deposits(one, command_count), false);
  measure("deposit, 10,000 accounts", names.size(), deposits(names, command_count), false);
  measure("trade, one hot account", 1, trades(one, command_count), false);
  measure("trade, 10,000 accounts", names.size(), trades(names, command_count), false);
  measure("deposit, hot, with bytes and hash chain", 1, deposits(one, command_count / 5), true);
  weigh("idle account, opened only", 0);
  weigh("idle account, 8 references", 8);
  weigh("idle account, 40 commands behind it", 40);
}
