// What the suites of the courier share: an engine that answers as the test plans and remembers what
// it heard, and accounts whose rows are written without actors. Include it after CAF_SUITE is
// defined.
#pragma once
#include "actors/engine_courier.hpp"
#include "tests/actors/money_fixture.hpp"

#include <algorithm>

namespace troupe {

using text_lines = std::vector<std::string>;

inline std::string key_of(const outbound_request& r) { return r.headers.at(0).value; }

// What an engine has heard. `plan` says the status of an answer, or minus an outbound_errc, or 0:
// no answer until it is told to exit.
struct engine_log {
  std::function<int(const outbound_request&)> plan = [](auto&) { return 200; };
  std::vector<outbound_request> heard;
  text_lines taken;                        // key and request, once for each key
  std::map<std::string, std::string> said; // by key: what it was the first time
  std::size_t asked_at_once = 0, most_at_once = 0;
  std::vector<caf::typed_response_promise<outbound_response>> held;
};
using engine_log_ptr = std::shared_ptr<engine_log>;

inline outbound_actor::behavior_type fake_engine(outbound_actor::pointer self, engine_log_ptr log) {
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

inline engine_words plain_words() {
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

struct engine_fixture : money_fixture {
  engine_log_ptr log = std::make_shared<engine_log>();
  outbound_actor engine = sys.spawn(fake_engine, log);
  engine_courier_options wanted;
  engine_courier_actor courier;
  std::map<account_id, scribe> scribes;
  std::shared_ptr<courier_figures> figures = std::make_shared<courier_figures>();

  engine_fixture() {
    wanted.journal = journal;
    wanted.engine = engine;
    wanted.words = plain_words();
    wanted.now = [] { return t0 + 5; };
    wanted.figures = figures;
    doomed.push_back(caf::actor_cast<caf::actor>(engine));
  }
  ~engine_fixture() override {
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
      advance_time(std::chrono::milliseconds{200});
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
  static text_lines whole_life_of_a() {
    return {"a:1 /create 100.00 100.00", "a:2 /deposit 5.00 105.00", "a:4 /withdraw 8.00 100.00",
            "a:5 /close 100.00 0.00"};
  }
  static text_lines whole_life_of_b() {
    return {"b:1 /create 0.00 0.00", "b:2 /deposit 70.00 70.00", "b:3 /pause 0.00 70.00",
            "b:4 /resume 0.00 70.00"};
  }
  text_lines taken_of(char account) const {
    text_lines out;
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

} // namespace troupe
