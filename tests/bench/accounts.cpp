// A million accounts: what it takes to make them, to load one, and to hold one in memory. Driven by
// `./dev bench accounts` through stdin:
//   create COUNT DEPOSITS     straight through the journal, an append an account
//   first FROM COUNT          speaks to accounts FROM … for the first time, one after the other
//   load FROM COUNT           the same, 256 at once; memory before, and when all rest
//   spread FROM COUNT STEP    one word to every STEP-th of them, one after the other
#include "tests/bench/money_bench.hpp"

#include "actors/account_rows.hpp"
#include "models/account.hpp"
#include "runtime/wall.hpp"

#include <caf/event_based_actor.hpp>

#include <cstdio>
#include <deque>
#include <fstream>
#include <thread>
#include <utility>

#include <unistd.h>

using namespace troupe;
using bench::latencies;
using bench::money_node;
using bench::now_ns;

namespace {

std::uint64_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::uint64_t whole = 0, resident = 0;
  in >> whole >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// An account as its actor would have journaled it.
account_append whole_life(std::uint64_t number, std::uint64_t deposits, utc_ms at) {
  account_append out;
  out.account = bench::account_name(number);
  account state{out.account};
  auto head = first_hash(out.account);
  const auto take = [&](const auto& command) {
    const auto decided = state.judge(command);
    if (decided.refused()) bench::give_up("an account could not be made");
    for (auto& row : rows_of(decided.events, head)) out.rows.push_back(std::move(row));
    for (const auto& event : decided.events) state.fold(event);
  };
  open_account opening;
  opening.account = out.account;
  opening.reference = "open:" + out.account;
  opening.what = product::nova;
  opening.agent_type = "bench";
  opening.initial_capital = money::whole(1000);
  opening.at = at;
  take(opening);
  for (std::uint64_t i = 0; i < deposits; ++i)
    take(deposit{out.account,
                 "key:" + bench::account_name(i),
                 money::whole(1),
                 house_account::engine,
                 {},
                 at + static_cast<utc_ms>(i)});
  return out;
}

/// Sends `count` requests, `window` of them unanswered at any time.
template<class Answer>
latencies ask_many(money_node& node, std::uint64_t count, std::uint64_t window,
                   const std::function<void(caf::scoped_actor&, std::uint64_t)>& send) {
  caf::scoped_actor self{node.system()};
  std::deque<std::int64_t> sent;
  latencies out;
  out.reserve(count);
  for (std::uint64_t i = 0; i < count || !sent.empty();) {
    for (; i < count && sent.size() < window; ++i) {
      sent.push_back(now_ns());
      send(self, i);
    }
    self->receive([](const Answer&) {},
                  [&](const caf::error& e) { bench::give_up(node.system().render(e)); });
    out.add(now_ns() - sent.front());
    sent.pop_front();
  }
  return out;
}

latencies speak_to(money_node& node, std::uint64_t from, std::uint64_t count, std::uint64_t window,
                   std::uint64_t step = 1) {
  return ask_many<account_view>(node, count, window, [&](caf::scoped_actor& self, std::uint64_t i) {
    const auto id = bench::account_name(from + i * step);
    self->send(node.accounts().of(id), get_account{id, {}});
  });
}

std::string create(money_node& node, std::uint64_t count, std::uint64_t deposits) {
  const auto before = node.balanced_rows();
  const auto began = now_ns();
  ask_many<appended>(node, count, 2000, [&](caf::scoped_actor& self, std::uint64_t i) {
    self->send(node.journal(), whole_life(i, deposits, wall_now_ms()));
  });
  const auto took = now_ns() - began;
  const auto kept = node.balanced_rows() - before;
  if (kept != count * (1 + deposits)) bench::give_up("not every row is kept");
  char text[128];
  std::snprintf(text, sizeof text, "{\"rows\":%llu,\"seconds\":%.1f}",
                static_cast<unsigned long long>(kept), double(took) / 1e9);
  return text;
}

/// What the model says an account weighs, mean of a thousand as they are loaded.
double own_count(money_node& node, std::uint64_t from) {
  constexpr int sample = 1000;
  std::size_t sum = 0;
  caf::scoped_actor self{node.system()};
  for (int i = 0; i < sample; ++i) {
    const auto id = bench::account_name(from + static_cast<std::uint64_t>(i));
    self->request(node.journal(), std::chrono::seconds{10}, load_account{id})
        .receive(
            [&](const stored_account& stored) { sum += rebuild(id, stored)->state.memory_bytes(); },
            [&](const caf::error& e) { bench::give_up(node.system().render(e)); });
  }
  return double(sum) / sample;
}

/// Waits until `count` sleep, where they do.
void wait_for_rest(money_node& node, std::uint64_t count) {
  caf::scoped_actor self{node.system()};
  for (std::uint64_t asleep = 0; asleep < count;) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    asleep = 0;
    for (const auto& registry : node.accounts().registries)
      self->request(registry, std::chrono::seconds{10}, get_accounts_status{})
          .receive([&](const accounts_status& s) { asleep += s.asleep; },
                   [&](const caf::error& e) { bench::give_up(node.system().render(e)); });
  }
}

std::string load(money_node& node, std::uint64_t from, std::uint64_t count, bool awake) {
  speak_to(node, from, 1000, 256); // connections, statements, buffers
  const auto before = resident_bytes();
  const auto began = now_ns();
  speak_to(node, from + 1000, count - 1000, 256);
  const auto took = now_ns() - began;
  const auto peak = resident_bytes() - before;
  if (!awake) wait_for_rest(node, count);
  const auto held = resident_bytes() - before;
  char text[160];
  std::snprintf(text, sizeof text,
                "{\"seconds\":%.1f,\"rate\":%.0f,\"peak_bytes_each\":%.0f,\"bytes_each\":%.0f,"
                "\"own_count\":%.0f}",
                double(took) / 1e9, double(count - 1000) * 1e9 / double(took),
                double(peak) / double(count - 1000), double(held) / double(count - 1000),
                own_count(node, from));
  return text;
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  const bool awake = !words.empty() && words.back() == "awake";
  money_node node{words};
  bench::serve_commands({
      {"create",
       [&](std::istringstream& arguments) {
         const auto count = bench::next<std::uint64_t>(arguments);
         return create(node, count, bench::next<std::uint64_t>(arguments));
       }},
      {"first",
       [&](std::istringstream& arguments) {
         const auto from = bench::next<std::uint64_t>(arguments);
         auto each = speak_to(node, from, bench::next<std::uint64_t>(arguments), 1);
         return "{" + each.fields() + "}";
       }},
      {"load",
       [&](std::istringstream& arguments) {
         const auto from = bench::next<std::uint64_t>(arguments);
         return load(node, from, bench::next<std::uint64_t>(arguments), awake);
       }},
      {"spread",
       [&](std::istringstream& arguments) {
         const auto from = bench::next<std::uint64_t>(arguments);
         const auto count = bench::next<std::uint64_t>(arguments);
         auto each = speak_to(node, from, count, 1, bench::next<std::uint64_t>(arguments));
         return "{" + each.fields() + "}";
       }},
  });
  return 0;
}
