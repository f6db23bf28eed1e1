// `./dev bench journal [FOLDER | URL [CONNECTIONS]]`: durable appends a second of a journal, in
// process: one actor keeps 1000 appends of one full row unanswered, to 100,000 accounts at random
// or to one. SQLite's ledger is written to FOLDER (made, and removed afterwards); of interest is
// the disk it is on. With a URL (postgres://…) it is PostgreSQL's, in a database that should be
// empty.
#include "runtime/stores/postgres/journal.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/stores/sqlite_journal.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

using namespace troupe;

namespace {

using steady = std::chrono::steady_clock;

struct load {
  std::vector<std::uint64_t>* versions; // of each account, as this program left it
  std::uint64_t appends = 0;
  std::uint32_t window = 1000;
  bool in_order = false; // one account after the other instead of at random
  const char* prefix = "acc-";
};

struct measured {
  double seconds = 0;
  std::uint64_t failures = 0;
  std::vector<float> ms; // of each append, from sending to its answer
};

struct writer_state {
  std::mt19937_64 random{std::random_device{}()};
  std::deque<steady::time_point> sent; // answers come in order
  std::uint64_t started = 0;
  measured result;
  steady::time_point begin;
  measured* out = nullptr;
};

std::string reference(std::mt19937_64& random) {
  char text[48];
  std::snprintf(text, sizeof text, "key:%016llx%016llx", static_cast<unsigned long long>(random()),
                static_cast<unsigned long long>(random()));
  return text;
}

account_append next_append(const load& l, writer_state& s) {
  const auto which = (l.in_order ? s.started : s.random()) % l.versions->size();
  const auto version = ++(*l.versions)[which];
  account_append out{l.prefix + std::to_string(which), version - 1, {}, {}};
  journal_row row;
  row.version = version;
  row.at = 1767571200000 + static_cast<utc_ms>(s.started);
  row.reference = reference(s.random);
  row.content = s.random();
  row.kind = 1;
  row.contra = house_account::payments;
  row.amount = money::from_units(12'345'678);
  row.balance_after = money::from_units(static_cast<int128>(version) * 12'345'678);
  row.payload.assign(130, 'e'); // a deposit's event has about so many bytes
  for (auto& byte : row.hash) byte = static_cast<std::uint8_t>(s.random());
  out.rows.push_back(std::move(row));
  return out;
}

using writer_pointer = caf::stateful_actor<writer_state>*;

void send_next(writer_pointer self, const journal_actor& journal, const load& l) {
  auto& s = self->state;
  if (s.started == l.appends) return;
  auto request = next_append(l, s);
  ++s.started;
  s.sent.push_back(steady::now());
  const auto answered = [=] {
    auto& state = self->state;
    const auto now = steady::now();
    state.result.ms.push_back(
        std::chrono::duration<float, std::milli>(now - state.sent.front()).count());
    state.sent.pop_front();
    if (state.result.ms.size() < l.appends) return send_next(self, journal, l);
    state.result.seconds = std::chrono::duration<double>(now - state.begin).count();
    *state.out = std::move(state.result);
    self->quit();
  };
  self->request(journal, caf::infinite, std::move(request))
      .then([=](const appended&) { answered(); },
            [=](const caf::error&) {
              ++self->state.result.failures;
              answered();
            });
}

caf::behavior writer(writer_pointer self, journal_actor journal, load l, measured* result) {
  auto& s = self->state;
  s.result.ms.reserve(l.appends);
  s.begin = steady::now();
  s.out = result;
  for (std::uint32_t i = 0; i < l.window; ++i) send_next(self, journal, l);
  return {[](caf::unit_t) {}};
}

void print(const char* what, measured m) {
  std::sort(m.ms.begin(), m.ms.end());
  const auto at = [&](double q) {
    return double(m.ms[static_cast<std::size_t>(q * double(m.ms.size() - 1))]);
  };
  std::printf("%-34s %7.0f appends/s  p50 %6.2f  p99 %6.2f  p99.9 %6.2f ms  (n %zu, %llu failed)\n",
              what, double(m.ms.size()) / m.seconds, at(.5), at(.99), at(.999), m.ms.size(),
              static_cast<unsigned long long>(m.failures));
}

measured run(caf::actor_system& system, const journal_actor& journal, const load& l) {
  measured result;
  caf::scoped_actor self{system};
  self->wait_for(system.spawn(writer, journal, l, &result));
  return result;
}

int measure(caf::actor_system& system, const spawned_journal& journal) {
  if (!journal.error.empty()) {
    std::fprintf(stderr, "%s\n", journal.error.c_str());
    return 1;
  }
  std::vector<std::uint64_t> many(100'000), one(1);
  const auto round = [&](const char* what, const load& l) {
    print(what, run(system, journal.handle, l));
  };
  round("100,000 new accounts", {&many, 100'000, 1000, true});
  for (int i = 0; i < 3; ++i) {
    round("uniform over 100,000, window 1000", {&many, 200'000});
    round("one hot account, window 1000", {&one, 200'000, 1000, false, "hot-"});
  }
  round("uniform over 100,000, window 100", {&many, 50'000, 100});
  round("uniform over 100,000, window 1", {&many, 5'000, 1});
  caf::anon_send_exit(journal.handle, caf::exit_reason::user_shutdown);
  return 0;
}

int measure_postgres(const std::string& url, std::uint32_t connections) {
  actor_config config{2};
  caf::actor_system system{config};
  postgres_journal_options options;
  options.node = "bench";
  options.connections = connections;
  options.report = [](const std::string& words) { std::fprintf(stderr, "%s\n", words.c_str()); };
  return measure(system, spawn_postgres_journal(system, url, options));
}

int measure_sqlite(const std::string& folder) {
  std::error_code ec;
  if (!std::filesystem::create_directories(folder, ec)) {
    std::fprintf(stderr, "%s: there already, or cannot be made\n", folder.c_str());
    return 1;
  }
  int status = 0;
  {
    actor_config config{2};
    caf::actor_system system{config};
    status = measure(system, spawn_sqlite_journal(system, folder + "/ledger.sqlite3"));
  }
  std::filesystem::remove_all(folder, ec);
  return status;
}

} // namespace

int main(int argc, char** argv) {
  const std::string where = argc > 1 ? argv[1] : "./bench-journal";
  if (where.find("://") == std::string::npos) return measure_sqlite(where);
  return measure_postgres(where, argc > 2 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : 1);
}
