// What connected users are told of their accounts: on a journal in memory and real accounts.
#define CAF_SUITE account_news
#include "actors/account_news.hpp"
#include "actors/accounts.hpp"
#include "money_fixture.hpp"

namespace troupe {

namespace {

struct told_things {
  std::vector<account_changed> changed;
  std::vector<trade_told> trades;
  std::vector<user_id> met, forgotten;
};
using told_ptr = std::shared_ptr<told_things>;

account_news_taker::behavior_type taker(account_news_taker::pointer, told_ptr told) {
  return {[=](const user_connected& x) { told->met.push_back(x.user); },
          [=](const account_changed& x) { told->changed.push_back(x); },
          [=](const trade_told& x) { told->trades.push_back(x); },
          [=](const user_forgotten& x) { told->forgotten.push_back(x.user); }};
}

struct news_fixture : money_fixture {
  told_ptr told = std::make_shared<told_things>();
  accounts money;
  account_news_actor news;

  news_fixture() {
    accounts_options o;
    o.account.journal = journal;
    o.transfer.now = [] { return t0; };
    money = spawn_accounts(sys, o);
    for (auto& r : money.registries) doomed.push_back(caf::actor_cast<caf::actor>(r));
    start(false);
  }
  void start(bool everyone, std::function<bool(const account_id&)> owns = {}) {
    if (news) caf::anon_send_exit(news, caf::exit_reason::kill);
    account_news_options n;
    n.journal = journal;
    n.money = money;
    n.to = sys.spawn(taker, told);
    n.page_rows = 3;
    n.max_known = 2;
    n.everyone = everyone;
    n.owns = std::move(owns);
    news = spawn_account_news(sys, n);
    doomed.push_back(caf::actor_cast<caf::actor>(news));
    sched.run();
  }

  void open(const account_id& id, const user_id& owner, account_kind kind = account_kind::wallet) {
    auto c = opening(id, 100, kind);
    c.owner = owner;
    CAF_REQUIRE(ask(money.of(id), c)->answer);
  }
  void pay_in(const account_id& id, int amount) {
    CAF_REQUIRE(ask(money.of(id), depositing(id, fresh(), amount))->answer);
  }
  void trade(const account_id& id, const trade_id& name, trade_status status) {
    settle_trade c{id, "trade:" + name + ':' + std::string{to_string(status)}, {}, t0};
    c.trade.id = name;
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = c.trade.entry_price = money::whole(1);
    c.trade.status = status;
    if (status == trade_status::closed) c.trade.profit_loss = money::whole(2);
    CAF_REQUIRE(ask(money.of(id), c)->answer);
  }

  template<class T>
  void tell(T what) {
    caf::anon_send(news, std::move(what));
    sched.run();
  }
  void look(int times = 1, caf::timespan each = std::chrono::milliseconds{100}) {
    for (int i = 0; i < times; ++i) {
      advance_time(each);
      sched.run();
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(account_news_tests, news_fixture)

CAF_TEST(who connects is told at once how each account of theirs stands) {
  open("wallet:ada", "ada");
  open("inv-ada-0001", "ada", account_kind::investment);
  open("inv-adam-0001", "adam", account_kind::investment);
  open("wallet:bob", "bob");
  tell(user_connected{"ada"});
  CAF_REQUIRE_EQUAL(told->changed.size(), 2u);
  CAF_CHECK_EQUAL(told->changed[0].now.id, "inv-ada-0001");
  CAF_CHECK_EQUAL(told->changed[1].now.id, "wallet:ada");
  CAF_CHECK_EQUAL(told->changed[1].now.balance, money::whole(100));
  for (auto& c : told->changed) CAF_CHECK_EQUAL(c.user, "ada");
}

CAF_TEST(what changes afterwards is told once for all rows that were read together) {
  open("wallet:ada", "ada");
  open("wallet:bob", "bob");
  tell(user_connected{"ada"});
  for (int i = 0; i < 10; ++i) pay_in(i % 2 == 0 ? "wallet:ada" : "wallet:bob", 1);
  CAF_CHECK_EQUAL(told->changed.size(), 1u);
  look();
  CAF_REQUIRE_EQUAL(told->changed.size(), 2u);
  CAF_CHECK_EQUAL(told->changed[1].now.balance, money::whole(105));
  CAF_CHECK(told->changed[1].now.version > told->changed[0].now.version);
  look(5);
  CAF_CHECK_EQUAL(told->changed.size(), 2u);
}

CAF_TEST(an account that is opened while its user is there is told) {
  tell(user_connected{"ada"});
  CAF_CHECK(told->changed.empty());
  open("some-account", "ada", account_kind::investment);
  open("an-engines", "", account_kind::investment);
  look();
  CAF_REQUIRE_EQUAL(told->changed.size(), 1u);
  CAF_CHECK_EQUAL(told->changed[0].now.id, "some-account");
}

CAF_TEST(trades are told once each and in order) {
  open("wallet:bob", "bob");
  open("inv-ada-0001", "ada", account_kind::investment);
  trade("inv-ada-0001", "t0", trade_status::open); // before somebody was there
  for (int i = 0; i < 20; ++i) pay_in("wallet:bob", 1);
  tell(user_connected{"ada"});
  trade("inv-ada-0001", "t0", trade_status::closed);
  for (auto name : {"t1", "t2", "t3"}) {
    trade("inv-ada-0001", name, trade_status::open);
    trade("inv-ada-0001", name, trade_status::closed);
  }
  look();
  std::string seen;
  for (auto& t : told->trades)
    seen += t.trade.id + '/' + std::string{to_string(t.trade.status)} + ' ';
  CAF_CHECK_EQUAL(seen, "t0/closed t1/open t1/closed t2/open t2/closed t3/open t3/closed ");
  CAF_CHECK_EQUAL(told->trades[0].trade.profit_loss, money::whole(2));
  CAF_CHECK(told->trades[0].version < told->trades[1].version);
  look(5);
  CAF_CHECK_EQUAL(told->trades.size(), 7u);
}

CAF_TEST(nothing is lost while the journal or an account does not answer) {
  open("inv-ada-0001", "ada", account_kind::investment);
  for (std::uint32_t failing = 0; failing < 8; ++failing) {
    gate->failing = failing; // one question further each time
    if (failing == 0) tell(user_connected{"ada"});
    const auto name = "t" + std::to_string(failing);
    trade("inv-ada-0001", name, trade_status::open);
    caf::anon_send(money.registries[0], forget_accounts{});
    faults->loads = 1; // the account cannot be loaded at first
    look(2 + static_cast<int>(failing));
    CAF_CHECK_EQUAL(gate->failing, 0u);
    CAF_REQUIRE_EQUAL(told->trades.size(), failing + 1);
    CAF_CHECK_EQUAL(told->trades.back().trade.id, name);
    CAF_CHECK_EQUAL(told->changed.back().now.version, told->trades.back().version);
  }
}

CAF_TEST(a user who is gone is forgotten after a while and greeted anew) {
  open("wallet:ada", "ada");
  tell(user_connected{"ada"});
  tell(user_left{"ada"});
  look(1, std::chrono::seconds{30});
  tell(user_connected{"ada"}); // back in time: nothing was missed
  pay_in("wallet:ada", 1);
  look();
  CAF_CHECK_EQUAL(told->changed.size(), 2u);
  look(2, std::chrono::seconds{60});
  CAF_CHECK(told->forgotten.empty());
  tell(user_left{"ada"});
  look(1, std::chrono::seconds{61});
  CAF_CHECK(told->forgotten == std::vector<user_id>{"ada"});
  CAF_CHECK(told->met == std::vector<user_id>{"ada"});
  pay_in("wallet:ada", 1);
  look(3, std::chrono::seconds{1});
  CAF_CHECK_EQUAL(told->changed.size(), 2u);
  tell(user_connected{"ada"});
  CAF_REQUIRE_EQUAL(told->changed.size(), 3u);
  CAF_CHECK_EQUAL(told->changed[2].now.balance, money::whole(102));
  CAF_CHECK(told->met == (std::vector<user_id>{"ada", "ada"})); // as somebody new
}

CAF_TEST(where others listen all users accounts are told and no others) {
  open("wallet:bob", "bob"); // before
  start(true);
  look();
  CAF_CHECK(told->changed.empty());
  open("inv-ada-0001", "ada", account_kind::investment);
  open("an-engines", "", account_kind::investment);
  trade("inv-ada-0001", "t1", trade_status::open);
  trade("an-engines", "t2", trade_status::open);
  pay_in("wallet:bob", 5);
  look();
  CAF_REQUIRE_EQUAL(told->changed.size(), 2u);
  CAF_CHECK_EQUAL(told->changed[0].user + ' ' + told->changed[0].now.id, "ada inv-ada-0001");
  CAF_CHECK_EQUAL(told->changed[1].user + ' ' + told->changed[1].now.id, "bob wallet:bob");
  CAF_REQUIRE_EQUAL(told->trades.size(), 1u);
  CAF_CHECK_EQUAL(told->trades[0].user, "ada");
  CAF_CHECK(told->met.empty());
  look(5);
  CAF_CHECK_EQUAL(told->changed.size(), 2u);
  tell(user_connected{"bob"});
  tell(user_left{"bob"});
  look(2, std::chrono::seconds{61});
  CAF_CHECK_EQUAL(told->forgotten.size(), 1u);
  pay_in("wallet:bob", 1); // gone and forgotten, and told all the same
  look();
  CAF_CHECK_EQUAL(told->changed.back().now.balance, money::whole(106));
}

CAF_TEST(without users the journal is not asked) {
  open("wallet:ada", "ada");
  look(3, std::chrono::seconds{1});
  tell(user_connected{"ada"});
  tell(user_left{"ada"});
  look(1, std::chrono::seconds{61});
  gate->failing = 1;
  look(3, std::chrono::seconds{1});
  CAF_CHECK_EQUAL(gate->failing, 1u);
}

CAF_TEST(of users elsewhere only what this node owns is told) {
  start(true, [](const account_id& id) { return id == "wallet:ada"; });
  look();
  for (auto* user : {"ada", "bob"}) open("wallet:" + std::string{user}, user);
  look();
  CAF_REQUIRE_EQUAL(told->changed.size(), 1u);
  CAF_CHECK_EQUAL(told->changed[0].user, "ada");
  // Who is connected here is told here, wherever the account is.
  tell(user_connected{"bob"});
  CAF_REQUIRE_EQUAL(told->changed.size(), 2u);
  CAF_CHECK_EQUAL(told->changed[1].user, "bob");
  pay_in("wallet:bob", 5);
  look();
  CAF_CHECK_EQUAL(told->changed.size(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace troupe
