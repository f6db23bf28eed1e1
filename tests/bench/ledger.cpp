// Money commands a second through real account actors to a journal that commits them, in process.
// Driven by `./dev bench ledger` through stdin, so that its cells alternate with others':
//   open COUNT                           opens accounts 0 … COUNT-1, which loads them too
//   deposit ACCOUNTS WINDOW SECONDS      deposits to the first ACCOUNTS at random (1: a hot one),
//                                        WINDOW of them unanswered at any time
// Each answers with one line of JSON, once everything acknowledged was found in the books.
#include "tests/bench/money_bench.hpp"

#include "runtime/wall.hpp"

#include <caf/event_based_actor.hpp>

#include <cstdio>
#include <random>
#include <utility>

using namespace troupe;
using bench::latencies;
using bench::money_node;
using bench::now_ns;

namespace {

struct load {
  std::uint64_t accounts = 1;
  std::uint32_t window = 1;
  std::uint64_t most = UINT64_MAX; // commands
  std::int64_t most_ns = INT64_MAX;
  bool opens = false; // each account in turn, instead of deposits to any
};

struct measured {
  latencies each; // from sending to the receipt
  std::uint64_t acknowledged = 0, failed = 0;
  std::int64_t took_ns = 0;
  std::string first_failure;
};

struct driver_state {
  std::mt19937_64 random{std::random_device{}()};
  std::uint64_t sent = 0, answered = 0;
  std::int64_t began = 0;
  measured result;
};

using driver_pointer = caf::stateful_actor<driver_state>*;

void send_next(driver_pointer self, const accounts& all, const load& l, measured* out);

template<class Command>
void say(driver_pointer self, const accounts& all, const load& l, measured* out, Command command) {
  const auto began = now_ns();
  ++self->state.sent;
  const auto whom = all.of(command.account);
  const auto answered = [=, &all, &l] {
    auto& s = self->state;
    const auto now = now_ns();
    s.result.each.add(now - began);
    ++s.answered;
    send_next(self, all, l, out);
    if (s.answered < s.sent) return;
    s.result.took_ns = now - s.began;
    *out = std::move(s.result);
    self->quit();
  };
  self->request(whom, caf::infinite, std::move(command))
      .then(
          [=](const receipt&) {
            ++self->state.result.acknowledged;
            answered();
          },
          [=](const caf::error& e) {
            auto& result = self->state.result;
            if (result.failed++ == 0) result.first_failure = self->system().render(e);
            answered();
          });
}

void send_next(driver_pointer self, const accounts& all, const load& l, measured* out) {
  auto& s = self->state;
  if (s.sent == l.most || now_ns() - s.began > l.most_ns) return;
  if (l.opens) {
    open_account command;
    command.account = bench::account_name(s.sent);
    command.reference = "open:" + command.account;
    command.what = product::nova;
    command.agent_type = "bench";
    command.initial_capital = money::whole(1000);
    command.at = wall_now_ms();
    return say(self, all, l, out, std::move(command));
  }
  char key[40];
  std::snprintf(key, sizeof key, "key:%016llx%016llx", static_cast<unsigned long long>(s.random()),
                static_cast<unsigned long long>(s.random()));
  deposit command;
  command.account = bench::account_name(s.random() % l.accounts);
  command.reference = key;
  command.amount = money::from_units(1'250'000'000);
  command.at = wall_now_ms();
  say(self, all, l, out, std::move(command));
}

caf::behavior driver(driver_pointer self, const accounts* all, const load* l, measured* out) {
  self->state.began = now_ns();
  for (std::uint32_t i = 0; i < l->window; ++i) send_next(self, *all, *l, out);
  return {[](caf::unit_t) {}};
}

// Gives up when the books do not hold exactly what was acknowledged.
std::string run(money_node& node, const load& l) {
  const auto rows_before = node.balanced_rows();
  measured result;
  {
    caf::scoped_actor self{node.system()};
    self->wait_for(node.system().spawn(driver, &node.accounts(), &l, &result));
  }
  const auto kept = node.balanced_rows() - rows_before;
  if (result.failed > 0)
    bench::give_up(std::to_string(result.failed) + " failed: " + result.first_failure);
  if (kept != result.acknowledged)
    bench::give_up(std::to_string(result.acknowledged) + " were acknowledged and "
                   + std::to_string(kept) + " are kept");
  char text[160];
  std::snprintf(text, sizeof text, "{\"rate\":%.0f,\"acknowledged\":%llu,\"kept\":%llu,",
                double(result.acknowledged) * 1e9 / double(result.took_ns),
                static_cast<unsigned long long>(result.acknowledged),
                static_cast<unsigned long long>(kept));
  return text + result.each.fields() + "}";
}

} // namespace

int main(int argc, char** argv) {
  money_node node{{argv + 1, argv + argc}};
  bench::serve_commands({
      {"open",
       [&](std::istringstream& arguments) {
         load l;
         l.opens = true;
         l.most = bench::next<std::uint64_t>(arguments);
         l.window = 1000;
         return run(node, l);
       }},
      {"deposit",
       [&](std::istringstream& arguments) {
         load l;
         l.accounts = bench::next<std::uint64_t>(arguments);
         l.window = bench::next<std::uint32_t>(arguments);
         l.most_ns = static_cast<std::int64_t>(bench::next<double>(arguments) * 1e9);
         return run(node, l);
       }},
  });
  return 0;
}
