// One node whose users may invest, which can be started again on the same journal: alice is
// verified and has 100 in her wallet, bob is not. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/investing.hpp"
#include "models/investment_ids.hpp"
#include "models/transfer_ids.hpp"
#include "tests/actors/money_fixture.hpp"
#include "tests/actors/users_fixture.hpp"

namespace troupe {

struct investing_fixture : money_fixture {
  user_store_actor user_store;
  users_actor people;
  accounts all;
  investing_actor investing;
  utc_ms now = t0 + hour_ms;

  const user_id alice = "usr_alice", bob = "usr_bob";
  const account_id wallet = wallet_of(alice);

  investing_fixture() {
    user_store = spawn_memory_users(sys);
    users_options o;
    o.tools = readable_tools(std::make_shared<work_count>());
    o.store = user_store;
    o.hashers = {sys.spawn(counting_hasher, std::make_shared<work_count>())};
    o.dummy_hash.text = "nobody's";
    people = spawn_users(sys, o);
    sched.run();
    put(alice, kyc_state::approved, 0);
    put(bob, kyc_state::pending, 0);
    start();
    auto opening_wallet = opening(wallet, 100, account_kind::wallet);
    opening_wallet.owner = alice;
    CAF_REQUIRE(ask(node(), opening_wallet)->answer);
  }
  ~investing_fixture() override {
    stop();
    caf::anon_send_exit(people, caf::exit_reason::kill);
    caf::anon_send_exit(user_store, caf::exit_reason::kill);
    sched.run();
  }

  void put(const user_id& id, kyc_state kyc, std::uint64_t version) {
    user u;
    u.id = id;
    u.email = id + "@example.com";
    u.kyc = kyc;
    CAF_REQUIRE(ask<user>(user_store, put_user{u, version, {}})->answer);
  }

  void start() {
    accounts_options wanted;
    wanted.account = options;
    wanted.transfer.now = [this] { return now; };
    wanted.transfer.sweep_rows = 5;
    all = spawn_accounts(sys, wanted);
    for (auto& r : all.registries) doomed.push_back(caf::actor_cast<caf::actor>(r));
    start_investing();
    sched.run();
  }
  void start_investing() {
    investing_options mine;
    mine.money = all;
    mine.journal = journal;
    mine.users = people;
    investing = spawn_investing(sys, mine);
    doomed.push_back(caf::actor_cast<caf::actor>(investing));
  }
  void stop() {
    for (auto& d : std::exchange(doomed, {})) caf::anon_send_exit(d, caf::exit_reason::kill);
    all = {};
    investing = nullptr;
    sched.run();
  }
  const accounts_actor& node() const { return all.registries[0]; }

  void kill(const caf::actor_addr& who) {
    if (auto a = caf::actor_cast<caf::actor>(who)) caf::anon_send_exit(a, caf::exit_reason::kill);
  }
  // Long enough for every time-out and retry.
  void wait() {
    for (int i = 0; i < 40; ++i) {
      advance_time(std::chrono::seconds{5});
      sched.run();
    }
  }

  invest order(int amount = 40, const reference_id& key = "user:k",
               product what = product::orion) const {
    return {alice, key, what, money::whole(amount), t0};
  }
  account_id account(const reference_id& key = "user:k") const {
    return investment_id_of(alice, key);
  }
  end_investment ending(const reference_id& key = "user:end") const {
    return {alice, account(), key, t0};
  }
  template<class Order>
  heard_ptr<account_view> put_in(const Order& what) {
    return ask<account_view>(investing, what);
  }
  errc refused(const invest& what) { return put_in(what)->code(); }
  std::size_t accounts_of(const user_id& user) {
    return ask<std::vector<account_view>>(investing, get_investments{user})->answer->size();
  }

  // As a client does: until there is an answer that is not told to ask again.
  template<class Order>
  heard_ptr<account_view> insist(const Order& what) {
    heard_ptr<account_view> out;
    for (int i = 0; i < 5; ++i) {
      out = say<account_view>(investing, what);
      sched.run();
      wait();
      if (out->answer) break;
    }
    return out;
  }

  void trade(const account_id& id, const trade_id& name, int profit) {
    settle_trade c{id, "trade:" + name + ":closed", {}, t0};
    c.trade.id = name;
    c.trade.symbol = "BTCUSDT";
    c.trade.quantity = c.trade.entry_price = money::whole(1);
    c.trade.profit_loss = money::whole(profit);
    c.trade.executed_at = t0;
    CAF_REQUIRE(ask(node(), c)->answer);
  }
};

} // namespace troupe
