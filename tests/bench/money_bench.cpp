#include "tests/bench/money_bench.hpp"

#include "runtime/stores/postgres/journal.hpp"
#include "runtime/stores/sqlite_journal.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>

using namespace troupe;

namespace bench {

namespace {

spawned_journal open_journal(caf::actor_system& system, const std::vector<std::string>& words) {
  const auto say = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  if (words.size() == 2 && words[0] == "sqlite") {
    sqlite_journal_options options;
    options.report = say;
    return spawn_sqlite_journal(system, words[1], options);
  }
  if (words.size() != 3 || words[0] != "postgres")
    give_up("usage: postgres URL CONNECTIONS | sqlite FILE");
  postgres_journal_options options;
  options.node = "bench";
  options.connections = static_cast<std::uint32_t>(std::stoul(words[2]));
  options.report = say;
  return spawn_postgres_journal(system, words[1], options);
}

} // namespace

std::string account_name(std::uint64_t number) {
  const auto digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

std::string latencies::fields() {
  if (ms_.empty()) give_up("nothing was measured");
  std::sort(ms_.begin(), ms_.end());
  const auto at = [&](double q) {
    return static_cast<double>(ms_[static_cast<std::size_t>(q * double(ms_.size() - 1))]);
  };
  char text[128];
  std::snprintf(text, sizeof text, "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f", at(.5),
                at(.99), at(.999));
  return text;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void give_up(const std::string& words) {
  std::fprintf(stderr, "%s\n", words.c_str());
  std::_Exit(1);
}

money_node::money_node(std::vector<std::string> words) : system_(config_) {
  accounts_options options;
  if (!words.empty() && words.back() == "awake") {
    options.sleep_after = options.sleep_after_first = std::chrono::hours{10};
    words.pop_back();
  }
  auto opened = open_journal(system_, words);
  if (!opened.error.empty()) give_up(opened.error);
  journal_ = opened.handle;
  options.account.journal = journal_;
  options.transfer.now = wall_now_ms;
  options.max_loaded = 2'000'000; // nobody is to leave while he is measured
  options.idle_after = std::chrono::hours{10};
  accounts_ = spawn_accounts(system_, options);
}

money_node::~money_node() {
  for (auto& registry : accounts_.registries)
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
  accounts_.registries.clear();
  caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
  journal_ = nullptr;
}

std::uint64_t money_node::balanced_rows() {
  std::uint64_t rows = 0;
  caf::scoped_actor self{system_};
  self->request(journal_, std::chrono::minutes{5}, get_trial_balance{})
      .receive(
          [&](const ledger_totals& totals) {
            if (!totals.difference.is_zero()) give_up("the books do not balance");
            rows = totals.row_count;
          },
          [&](const caf::error& e) { give_up("no trial balance: " + system_.render(e)); });
  return rows;
}

void serve_commands(const std::map<std::string, command>& commands) {
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    std::string name;
    words >> name;
    const auto found = commands.find(name);
    if (found == commands.end()) give_up("unknown command: " + line);
    std::puts(found->second(words).c_str());
    std::fflush(stdout);
  }
}

} // namespace bench
