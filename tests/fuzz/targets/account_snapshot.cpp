// A stored state: what is accepted prints back to the same bytes, and lives on as any account does,
// whatever it is told.
#include "models/account.hpp"
#include "tests/fuzz/account_seeds.hpp"
#include "tests/fuzz/command_source.hpp"
#include "tests/fuzz/target.hpp"

#include <limits>

namespace troupe::fuzz {

namespace {

constexpr int max_commands = 24;

void check_state(const account& who) {
  claim(!who.balance().is_negative() && who.balance().in_range(), "a balance is never below zero");
  claim(!who.reserved().is_negative(), "a reserve is never below zero");
  claim(who.available() <= who.balance(), "no more is available than there is");
  claim(who.withdrawals().size() <= account::max_open
            && who.transfers().size() <= account::max_open,
        "what is open is bounded");
}

void live_on(account who, byte_source in) {
  utc_ms now = story_start;
  command_source from{in};
  for (int i = 0; i < max_commands && !in.done(); ++i) {
    now += static_cast<utc_ms>(in.number(2)) * 60'000;
    auto c = from.command(in.below(std::variant_size_v<account_command>), now);
    std::visit([&](auto& x) { x.account = who.id(); }, c);
    const auto v = who.judge(c);
    claim(v.refused() + v.repeated() + !v.events.empty() <= 1, "one answer to one command");
    for (auto& e : v.events) who.fold(e);
    check_state(who);
    const auto bytes = who.to_bytes();
    const auto back = account::from_bytes(bytes);
    claim(back.has_value(), "what a possible account becomes is possible");
    claim(back->to_bytes() == bytes, "one state has one spelling");
    (void)who.may_trade(now);
  }
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  const auto snapshot = in.take(in.number(2));
  const auto who = account::from_bytes(snapshot);
  if (!who) return;
  claim(who->to_bytes() == snapshot, "one state has one spelling");
  claim(who->exists(), "a snapshot is of an account that exists");
  claim(!account::from_bytes(snapshot.substr(0, snapshot.size() - 1)), "cut short it is none");
  claim(!account::from_bytes(std::string{snapshot} + '\0'), "with a byte behind it it is none");
  check_state(*who);
  constexpr auto last_versions = std::numeric_limits<std::uint64_t>::max() - 1000;
  if (who->version() < last_versions) live_on(*who, in);
}

std::vector<std::string> made_seeds() {
  std::vector<std::string> out;
  account who{"fund:1"};
  std::string commands(400, '\0');
  for (std::size_t i = 0; i < commands.size(); ++i) commands[i] = static_cast<char>(i * 37 + i / 7);
  for (auto& e : a_full_life()) {
    who.fold(e);
    const auto state = who.to_bytes();
    out.push_back(
        std::string{static_cast<char>(state.size() & 255), static_cast<char>(state.size() >> 8)}
        + state + commands.substr(out.size() * 10));
  }
  return out;
}

} // namespace troupe::fuzz
