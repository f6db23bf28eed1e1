// The outbox towards the external engine, on the deterministic scheduler: whoever dies at whatever
// message and however the engine fails, every row is told, in order, under its own id.
#define CAF_SUITE engine_courier

#include "actors/engine_courier.hpp"
#include "tests/actors/money_fixture.hpp"
#include "tests/actors/outbound_fixture.hpp"

#include <set>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

std::string key_of(const outbound_request& r) { return r.headers.at(0).value; }

// What an engine has heard. `plan` says the status of an answer, or minus an outbound_errc, or 0:
// no answer until it is told to exit.
struct engine_log {
  std::function<int(const outbound_request&)> plan = [](auto&) { return 200; };
  std::vector<outbound_request> heard;
  lines taken;                             // key and request, once for each key
  std::map<std::string, std::string> said; // by key: what it was the first time
  std::size_t asked_at_once = 0, most_at_once = 0;
  std::vector<caf::typed_response_promise<outbound_response>> held;
};
using engine_log_ptr = std::shared_ptr<engine_log>;

outbound_actor::behavior_type fake_engine(outbound_actor::pointer self, engine_log_ptr log) {
  return {
      [=](const outbound_request& r) -> caf::result<outbound_response> {
        const auto status = log->plan(r);
        const auto what = r.path + ' ' + r.body;
        log->heard.push_back(r);
        const auto known = log->said.emplace(key_of(r), what);
        CAF_CHECK_EQUAL(known.first->second, what); // a repeat says the same
        if (status < 0) return caf::make_error(static_cast<outbound_errc>(-status));
        if (status == 0) {
          log->held.push_back(self->make_response_promise<outbound_response>());
          log->most_at_once = std::max(log->most_at_once, log->held.size());
          return log->held.back();
        }
        const auto entry = key_of(r) + ' ' + what;
        if (status < 300
            && std::find(log->taken.begin(), log->taken.end(), entry) == log->taken.end())
          log->taken.push_back(entry);
        outbound_response out;
        out.status = status;
        out.body = "because";
        return out;
      },
      [](const get_dependency&) { return dependency_status{}; },
      [=](caf::tick_atom, std::uint64_t) { // answers who waits
        for (auto& promise : std::exchange(log->held, {})) {
          outbound_response ok;
          ok.status = 200;
          promise.deliver(std::move(ok));
        }
      },
  };
}

engine_words plain_words() {
  engine_words out;
  out.say = [](const engine_notice& n) -> caf::expected<outbound_request> {
    constexpr const char* verbs[] = {"create", "deposit", "withdraw", "pause", "resume", "close"};
    if (n.account == "unspeakable") return caf::make_error(outbound_errc::malformed_request);
    outbound_request r;
    r.path = std::string{"/"} + verbs[static_cast<std::size_t>(n.what)];
    r.headers = {{"Idempotency-Key", n.event_id}};
    r.body = to_string(n.amount) + ' ' + to_string(n.balance_after);
    return r;
  };
  out.judge = [](const engine_notice&, const outbound_response& r) {
    if (r.status < 300) return engine_answer::taken;
    if (r.status == 401) return engine_answer::away;
    return r.status < 500 ? engine_answer::refused : engine_answer::later;
  };
  return out;
}

// An account whose commands are written to the journal without an actor.
struct scribe {
  account state;
  chain_hash head;

  explicit scribe(const account_id& id) : state{id}, head{first_hash(id)} {}

  template<class Command>
  void say(account_append& to, Command c) {
    if (c.reference.empty()) c.reference = "key:" + std::to_string(state.version() + 1);
    c.at = t0;
    const auto v = state.judge(c);
    CAF_REQUIRE(!v.refused());
    for (auto& row : rows_of(v.events, head)) to.rows.push_back(std::move(row));
    for (const auto& e : v.events) state.fold(e);
  }
};

struct fixture : money_fixture {
  engine_log_ptr log = std::make_shared<engine_log>();
  outbound_actor engine = sys.spawn(fake_engine, log);
  engine_courier_options wanted;
  engine_courier_actor courier;
  std::map<account_id, scribe> scribes;
  std::shared_ptr<courier_figures> figures = std::make_shared<courier_figures>();

  fixture() {
    wanted.journal = journal;
    wanted.engine = engine;
    wanted.words = plain_words();
    wanted.now = [] { return t0 + 5; };
    wanted.figures = figures;
    doomed.push_back(caf::actor_cast<caf::actor>(engine));
  }
  ~fixture() override {
    log->held.clear();
    stop();
  }

  void start() {
    courier = spawn_engine_courier(sys, wanted);
    sched.run();
  }
  void stop() {
    if (courier) caf::anon_send_exit(std::exchange(courier, {}), caf::exit_reason::kill);
    sched.run();
  }
  void wait(int seconds) {
    for (int i = 0; i < seconds * 5; ++i) {
      advance_time(200ms);
      sched.run();
    }
  }

  template<class... Commands>
  void write(const account_id& id, Commands... commands) {
    auto& who = scribes.try_emplace(id, id).first->second;
    account_append request{id, who.state.version(), {}, ""};
    (who.say(request, commands), ...);
    CAF_REQUIRE(ask<appended>(journal, request)->answer);
  }
  open_account born(const account_id& id, int capital) {
    return opening(id, capital, account_kind::investment);
  }
  static deposit in(const account_id& id, int amount) { return depositing(id, "", amount); }
  static pause_account pause(const account_id& id) { return {id, "", "by hand", 0}; }
  static resume_account resume(const account_id& id) { return {id, "", 0}; }

  std::uint64_t cursor() {
    return *ask<std::uint64_t>(journal, get_outbox_cursor{engine_reader})->answer;
  }
  std::vector<dead_letter> letters() {
    return *ask<std::vector<dead_letter>>(journal, get_dead_letters{})->answer;
  }

  // Two accounts, a wallet and rows that are not told.
  void write_lives() {
    write("a", born("a", 100), in("a", 5));
    write("w", opening("w", 50, account_kind::wallet), in("w", 5));
    write("b", born("b", 0));
    settle_trade trade;
    trade.account = "a";
    trade.reference = "trade:1:closed";
    trade.trade = {"1",
                   "BTCUSDT",
                   trade_side::buy,
                   money::whole(1),
                   money::whole(1),
                   {},
                   money::whole(3),
                   trade_status::closed,
                   t0,
                   ""};
    write("a", trade, withdrawing("a", "", 8));
    write("b", in("b", 70), pause("b"));
    write("a", close_account{"a", "", house_account::engine, 0});
    write("b", resume("b"));
  }
  static constexpr std::uint64_t last_position = 11;
  static lines whole_life_of_a() {
    return {"a:1 /create 100.00 100.00", "a:2 /deposit 5.00 105.00", "a:4 /withdraw 8.00 100.00",
            "a:5 /close 100.00 0.00"};
  }
  static lines whole_life_of_b() {
    return {"b:1 /create 0.00 0.00", "b:2 /deposit 70.00 70.00", "b:3 /pause 0.00 70.00",
            "b:4 /resume 0.00 70.00"};
  }
  lines taken_of(char account) const {
    lines out;
    for (auto& l : log->taken)
      if (l[0] == account) out.push_back(l);
    return out;
  }
  void check_all_told() {
    CAF_CHECK(taken_of('a') == whole_life_of_a());
    CAF_CHECK(taken_of('b') == whole_life_of_b());
    CAF_CHECK(taken_of('w').empty());
    CAF_CHECK(letters().empty());
    CAF_CHECK_EQUAL(cursor(), last_position);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(engine_courier_tests, fixture)

CAF_TEST(an engine that is set up later is told everything from the beginning and once) {
  write_lives();
  start();
  check_all_told();
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  wait(60);
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  CAF_CHECK_EQUAL(figures->told.load(), 8u);
  CAF_CHECK_EQUAL(figures->waiting.load(), 0u);
  CAF_CHECK_EQUAL(figures->position.load(), last_position);
}

CAF_TEST(what is committed later is told within the idle interval) {
  start();
  wait(10);
  write_lives();
  wait(1);
  check_all_told();
}

CAF_TEST(one that starts again says nothing twice that its cursor passed) {
  write_lives();
  start();
  stop();
  start();
  wait(5);
  CAF_CHECK_EQUAL(log->heard.size(), 8u);
  write("b", in("b", 1));
  wait(1);
  CAF_CHECK_EQUAL(log->heard.size(), 9u);
  CAF_CHECK_EQUAL(log->taken.back(), "b:5 /deposit 1.00 71.00");
}

CAF_TEST(killed at whatever message nothing is lost and a repeat bears the same id) {
  int rounds = 0;
  for (int step = 0;; ++step, ++rounds) {
    fixture world; // of its own for each round
    world.write_lives();
    world.wanted.max_active = 2;
    world.wanted.page_rows = 3;
    world.courier = spawn_engine_courier(world.sys, world.wanted);
    int ran = 0;
    while (ran < step && world.sched.try_run_once()) ++ran;
    if (ran < step) break; // it was over before that message
    world.stop();
    world.start();
    world.wait(5);
    world.check_all_told();
    CAF_REQUIRE(step < 1000);
  }
  CAF_MESSAGE("killed at " << rounds << " places");
  CAF_CHECK(rounds > 40);
}

CAF_TEST(whatever question the journal fails nothing is lost) {
  int rounds = 0;
  for (int step = 0;; ++step, ++rounds) {
    fixture world;
    world.write_lives();
    world.wanted.page_rows = 3;
    world.courier = spawn_engine_courier(world.sys, world.wanted);
    int ran = 0;
    while (ran < step && world.sched.try_run_once()) ++ran;
    if (ran < step) break;
    world.gate->failing = 2;
    world.wait(20);
    world.gate->failing = 0;
    world.wait(5);
    world.check_all_told();
    CAF_CHECK_EQUAL(world.log->heard.size(), 8u);
    CAF_REQUIRE(step < 1000);
  }
  CAF_CHECK(rounds > 40);
}

CAF_TEST(a service whose breaker opens is asked again when it may and all arrives in order) {
  auto wire = std::make_shared<wire_log>();
  wire->plan = {-static_cast<int>(outbound_errc::cannot_connect)};
  auto fake = sys.spawn(fake_wire, wire);
  outbound_options limits{ml_engine_limits};
  limits.uniform = [] { return .5; };
  limits.board = std::make_shared<dependency_board>();
  wanted.engine = spawn_outbound(sys, fake, limits);
  doomed.push_back(caf::actor_cast<caf::actor>(fake));
  doomed.push_back(caf::actor_cast<caf::actor>(wanted.engine));
  write_lives();
  start();
  wait(300);
  CAF_CHECK_EQUAL(limits.board->read().at(0).state, "open");
  CAF_CHECK(wire->attempts.size() < 40); // held back: the breaker lets one through a minute
  CAF_CHECK_EQUAL(cursor(), 0u);
  CAF_CHECK(letters().empty());
  wire->plan = {200};
  const auto before = wire->attempts.size();
  wait(120);
  lines a, b;
  for (auto i = before; i < wire->attempts.size(); ++i) {
    auto& r = *wire->attempts[i].what;
    (key_of(r)[0] == 'a' ? a : b).push_back(key_of(r) + ' ' + r.path + ' ' + r.body);
  }
  CAF_CHECK(a == whole_life_of_a());
  CAF_CHECK(b == whole_life_of_b());
  CAF_CHECK_EQUAL(cursor(), last_position);
}

CAF_TEST(while the engine is away one row at a time asks whether it is back) {
  log->plan = [](auto&) { return 401; };
  write_lives();
  start();
  CAF_CHECK(log->heard.size() <= wanted.max_active);
  const auto first = log->heard.size();
  wait(120);
  CAF_CHECK(log->heard.size() - first < 12); // 1 s, 2 s, 4 s … 30 s
  CAF_CHECK_EQUAL(cursor(), 0u);
  log->plan = [](auto&) { return 200; };
  wait(40);
  check_all_told();
}

CAF_TEST(an engine that fails for a while is told everything in the end) {
  int count = 0;
  log->plan = [&](auto&) { return ++count % 3 == 0 ? 200 : 500; };
  write_lives();
  start();
  wait(200);
  check_all_told();
}

CAF_TEST(what is refused for good becomes a dead letter and the next row follows) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 409 : 200; };
  write_lives();
  start();
  wait(3);
  const auto kept = letters();
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0].source, "outbox:ml-engine");
  CAF_CHECK_EQUAL(kept[0].reason, "status 409: because");
  CAF_CHECK_EQUAL(kept[0].body, "GET /deposit\nIdempotency-Key: a:2\n\n5.00 105.00");
  CAF_CHECK_EQUAL(kept[0].at, t0 + 5);
  CAF_CHECK_EQUAL(taken_of('a').size(), 3u);
  CAF_CHECK(taken_of('b') == whole_life_of_b());
  CAF_CHECK_EQUAL(cursor(), last_position);
  CAF_CHECK_EQUAL(figures->refused.load(), 1u);
}

CAF_TEST(a letter that cannot be kept holds the row back) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 409 : 200; };
  write("a", born("a", 1));
  start();
  write("a", in("a", 1));
  log->plan = [this](const outbound_request& r) {
    gate->failing = 1; // the letter is the next question
    return key_of(r) == "a:2" ? 409 : 200;
  };
  wait(1);
  CAF_CHECK(letters().empty());
  CAF_CHECK_EQUAL(cursor(), 1u);
  log->plan = [](auto&) { return 409; };
  wait(5);
  CAF_CHECK_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(cursor(), 2u);
}

CAF_TEST(what cannot be said is a dead letter too) {
  write("unspeakable", born("unspeakable", 1));
  write("b", born("b", 1));
  start();
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(letters()[0].body, "unspeakable:1");
  CAF_CHECK_EQUAL(taken_of('b').size(), 1u);
}

CAF_TEST(an account the engine fails for does not hold up the others and is given up in the end) {
  log->plan = [](const outbound_request& r) { return key_of(r) == "a:2" ? 500 : 200; };
  wanted.max_waiting_rows = 10;
  wanted.page_rows = 5;
  wanted.tries = 5;
  write("a", born("a", 100), in("a", 5), in("a", 6));
  write("b", born("b", 0));
  start();
  wait(20);
  CAF_CHECK(letters().empty()); // nobody else had anything to say meanwhile
  CAF_CHECK_EQUAL(cursor(), 1u);
  for (int i = 1; i <= 40; ++i) {
    write("b", in("b", i));
    wait(10);
  }
  CAF_CHECK_EQUAL(taken_of('b').size(), 41u);
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK(letters()[0].reason.find("given up") == 0);
  CAF_CHECK(taken_of('a') == (lines{"a:1 /create 100.00 100.00", "a:3 /deposit 6.00 111.00"}));
  CAF_CHECK_EQUAL(cursor(), 44u);
}

CAF_TEST(an account that fills the window alone does not block the others for ever) {
  log->plan = [](const outbound_request& r) { return key_of(r)[0] == 'a' ? 500 : 200; };
  wanted.max_waiting_rows = 5;
  wanted.tries = 2;
  write("a", born("a", 100), in("a", 1), in("a", 2), in("a", 3), in("a", 4), in("a", 5));
  write("b", born("b", 0));
  start();
  wait(60); // fewer than ten times as many tries
  CAF_CHECK(letters().empty());
  wait(3600);
  CAF_CHECK(letters().size() >= 2);
  CAF_CHECK_EQUAL(taken_of('b').size(), 1u);
}

CAF_TEST(without what it knew the history is asked for) {
  write("a", born("a", 100), pause("a"));
  write("c", born("c", 1), report_error{"c", "", true, "critical", "broken", 0}, pause("c"));
  start();
  stop();
  const auto before = log->heard.size();
  write("a", resume("a"));
  write("c", resume("c"));
  write("c", reset_breaker{"c", "", "admin:1", "mended", 0});
  wanted.max_known = 1; // forgets one for the other
  start();
  wait(2);
  CAF_REQUIRE_EQUAL(log->heard.size(), before + 2);
  const auto a = taken_of('a'), c = taken_of('c');
  CAF_CHECK_EQUAL(a.back(), "a:3 /resume 0.00 100.00");
  CAF_CHECK_EQUAL(c.back(), "c:6 /resume 0.00 1.00");
}

CAF_TEST(ten thousand rows are told with few in memory and under way) {
  log->plan = [](auto&) { return 0; };
  wanted.max_waiting_rows = 100;
  wanted.page_rows = 40;
  for (int i = 0; i < 50; ++i) {
    const auto id = "acc-" + std::to_string(i);
    auto& who = scribes.try_emplace(id, id).first->second;
    account_append request{id, 0, {}, ""};
    who.say(request, born(id, 1));
    for (int k = 1; k < 200; ++k) who.say(request, in(id, k));
    CAF_REQUIRE(ask<appended>(journal, request)->answer);
  }
  start();
  std::map<account_id, int> told;
  std::size_t most_waiting = 0, total = 0;
  for (int round = 0; round < 20000 && !log->held.empty(); ++round) {
    most_waiting = std::max<std::size_t>(most_waiting, figures->waiting);
    for (auto i = log->heard.size() - log->held.size(); i < log->heard.size(); ++i, ++total) {
      const auto key = key_of(log->heard[i]);
      const auto colon = key.find(':');
      CAF_REQUIRE_EQUAL(std::stoi(key.substr(colon + 1)), ++told[key.substr(0, colon)]);
    }
    caf::anon_send(engine, caf::tick_atom::value, std::uint64_t{0});
    sched.run();
    if (log->held.empty()) wait(2);
  }
  CAF_CHECK_EQUAL(total, 10'000u);
  CAF_CHECK_EQUAL(log->heard.size(), 10'000u);
  CAF_CHECK(most_waiting <= 100);
  CAF_CHECK(log->most_at_once <= wanted.max_active);
  CAF_CHECK_EQUAL(cursor(), 10'000u);
}

CAF_TEST(who may not append does not tell and begins at the cursor when it may) {
  write_lives();
  gate->status.emplace();
  gate->status->lease = "waiting";
  start();
  wait(5);
  CAF_CHECK(log->heard.empty());
  gate->status->lease = "held";
  gate->status->epoch = 1;
  wait(2);
  check_all_told();
  // Another told in between.
  gate->status->lease = "waiting";
  wait(2);
  write("b", in("b", 1));
  CAF_REQUIRE(ask<std::uint64_t>(journal, put_outbox_cursor{engine_reader, 12})->answer);
  write("b", in("b", 2));
  gate->status->lease = "held";
  gate->status->epoch = 3;
  wait(2);
  CAF_CHECK_EQUAL(log->heard.size(), 9u);
  CAF_CHECK_EQUAL(log->taken.back(), "b:6 /deposit 2.00 73.00");
}

CAF_TEST(an opening that cannot be read is a dead letter) {
  account_append request{"z", 0, {}, ""};
  auto& who = scribes.try_emplace("z", "z").first->second;
  who.say(request, born("z", 1));
  request.rows[0].payload.pop_back();
  CAF_REQUIRE(ask<appended>(journal, request)->answer);
  start();
  CAF_REQUIRE_EQUAL(letters().size(), 1u);
  CAF_CHECK_EQUAL(letters()[0].body, "z:1");
  CAF_CHECK(log->heard.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
