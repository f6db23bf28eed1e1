// `troupe account` on journals that account models wrote, sound and broken.
#include "runtime/commands/account.hpp"

#include "actors/memory_journal.hpp"
#include "models/account/bytes.hpp"
#include "models/ledger.hpp"
#include "runtime/stores/sqlite_db.hpp"
#include "runtime/stores/sqlite_journal.hpp"
#include "tests/runtime/journal_fixture.hpp"

#include <limits>
#include <sstream>

namespace troupe {

namespace {

/// An account that writes what it decides, as its actor would.
struct told_account {
  explicit told_account(const account_id& id) : who(id), head(chain_start(id)) {}

  template<class Command>
  void say(Command c) {
    c.account = who.id();
    c.reference = "key:" + std::to_string(who.version() + 1);
    c.at = monday + static_cast<utc_ms>(who.version()) * hour_ms;
    const auto verdict = who.judge(c);
    EXPECT_FALSE(verdict.refused()) << to_string(verdict.why);
    account_append next{who.id(), who.version(), {}, {}};
    for (const auto& event : verdict.events) {
      who.fold(event);
      journal_row row;
      row.version = event.version;
      row.at = event.at;
      row.reference = event.reference;
      row.content = event.content;
      row.kind = static_cast<std::uint8_t>(event.what.index());
      row.contra = event.moved.contra;
      row.amount = event.moved.amount;
      row.balance_after = event.moved.balance_after;
      row.reserved_after = event.reserved_after;
      row.payload = to_bytes(event);
      row.hash = head = chain_next(head, row.payload);
      next.rows.push_back(std::move(row));
    }
    if (who.version() % 4 == 0) next.snapshot = who.to_bytes();
    appends.push_back(std::move(next));
  }

  account who;
  chain_hash head;
  std::vector<account_append> appends;
};

told_account busy_account(const account_id& id) {
  told_account a{id};
  open_account open;
  open.what = product::atlas;
  open.initial_capital = money::whole(1000);
  a.say(open);
  for (int i = 1; i <= 8; ++i) {
    deposit in;
    in.amount = money::from_units(i * 12'345'678'901);
    a.say(in);
    withdraw out;
    out.amount = money::from_units(i);
    out.target = house_account::payments;
    a.say(out);
  }
  reserve_withdrawal reserve;
  reserve.withdrawal = "w-1";
  reserve.amount = money::whole(5);
  a.say(reserve);
  return a;
}

struct account_command_test : testing::Test {
  account_command_test() : system(config), asker(system), path(folder.file("ledger.db")) {}
  ~account_command_test() override {
    if (journal) asker.end(journal);
  }

  void open() { journal = spawn_sqlite_journal(system, path).handle; }
  void write(const told_account& a) {
    for (const auto& next : a.appends) asker.put(journal, next);
  }
  void three_accounts() {
    open();
    for (const auto* id : {"acc-1", "acc-2", "acc-3"}) write(busy_account(id));
  }
  // Changes the file behind the journal's back.
  void change(const std::string& sql) {
    asker.end(journal);
    std::string error;
    const auto db = sqlite_db::open(path, 1000, error);
    EXPECT_TRUE(db && db->exec(sql)) << error;
    open();
  }
  int verify() {
    out.str("");
    errors.str("");
    return run_account_verify(system, journal, {out, errors});
  }
  void expect_broken(const std::string& sql, const std::string& where) {
    three_accounts();
    change(sql);
    EXPECT_EQ(verify(), 1);
    EXPECT_NE(errors.str().find(where), std::string::npos) << errors.str();
    EXPECT_EQ(out.str().find("verified"), std::string::npos);
  }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  journal_asker asker;
  std::string path;
  journal_actor journal;
  std::ostringstream out, errors;
};

} // namespace

TEST_F(account_command_test, a_sound_ledger_is_verified) {
  three_accounts();
  EXPECT_EQ(verify(), 0) << errors.str();
  EXPECT_NE(out.str().find("3 accounts, 54 rows\n"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("difference          0.00\n"), std::string::npos);
  EXPECT_NE(out.str().find("verified"), std::string::npos);
  EXPECT_EQ(errors.str(), "");
}

TEST_F(account_command_test, an_empty_ledger_is_sound_and_memory_is_a_journal_too) {
  open();
  EXPECT_EQ(verify(), 0);
  asker.end(journal);
  journal = spawn_memory_journal(system);
  write(busy_account("acc-1"));
  EXPECT_EQ(verify(), 0) << errors.str();
}

TEST_F(account_command_test, a_changed_byte_of_an_event_is_named) {
  expect_broken("UPDATE journal SET payload = CAST(substr(payload, 1, 20) || x'5a' ||"
                " substr(payload, 22) AS BLOB) WHERE account = 2 AND version = 7",
                "broken: account acc-2, position 7: the hash");
}

TEST_F(account_command_test, a_changed_column_is_named) {
  expect_broken("UPDATE journal SET amount_fraction = amount_fraction + 1"
                " WHERE account = 3 AND version = 4",
                "broken: account acc-3, position 4: its event says otherwise than column amount");
}

TEST_F(account_command_test, a_row_taken_out_is_named) {
  expect_broken("DELETE FROM journal WHERE account = 1 AND version = 5",
                "broken: account acc-1, position 5: ");
}

TEST_F(account_command_test, a_cut_off_end_is_named) {
  expect_broken("DELETE FROM journal WHERE account = 1 AND version > 16",
                "broken: account acc-1, position 17: the account is at version 18");
}

TEST_F(account_command_test, a_balance_changed_by_hand_is_named) {
  expect_broken("UPDATE accounts SET balance_whole = balance_whole + 1 WHERE number = 2",
                "broken: account acc-2, position 18: the account holds ");
}

TEST_F(account_command_test, a_changed_snapshot_is_named) {
  expect_broken("UPDATE snapshots SET hash = zeroblob(32) WHERE account = 1",
                "broken: account acc-1, position 16: the snapshot");
}

TEST_F(account_command_test, rows_of_another_account_do_not_pass_for_its_own) {
  expect_broken("UPDATE accounts SET id = 'acc-9' WHERE number = 1",
                "broken: account acc-9, position 1: the hash");
}

TEST_F(account_command_test, an_account_taken_out_unbalances_the_books) {
  expect_broken("DELETE FROM accounts WHERE number = 1", "broken: the trial balance");
}

TEST_F(account_command_test, an_account_is_replayed_up_to_a_time) {
  three_accounts();
  const auto replay = [&](utc_ms as_of) {
    out.str("");
    return run_account_replay(system, journal, "acc-1", as_of, {out, errors});
  };
  EXPECT_EQ(replay(monday), 0);
  EXPECT_NE(out.str().find("version             1 of 18"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("balance             1000.00\n"), std::string::npos);
  EXPECT_EQ(replay(monday + 2 * hour_ms - 1), 0);
  EXPECT_NE(out.str().find("balance             1123.45678901\n"), std::string::npos) << out.str();
  EXPECT_EQ(replay(monday + 2 * hour_ms), 0);
  EXPECT_NE(out.str().find("balance             1123.456789\n"), std::string::npos) << out.str();
  EXPECT_EQ(replay(std::numeric_limits<utc_ms>::max()), 0);
  EXPECT_NE(out.str().find("reserved            5.00\n"), std::string::npos) << out.str();
  EXPECT_EQ(replay(monday - 1), 1);
  EXPECT_EQ(run_account_replay(system, journal, "nobody", monday, {out, errors}), 1);
  EXPECT_EQ(run_account_replay(system, journal, "not an id", monday, {out, errors}), 1);
}

TEST_F(account_command_test, showing_lists_every_row) {
  three_accounts();
  EXPECT_EQ(run_account_show(system, journal, "acc-1", {out, errors}), 0);
  EXPECT_NE(out.str().find("1  2026-01-05T00:00:00.000Z  account_opened  1000.00 against"
                           " external:engine  balance 1000.00, reserved 0.00  key:1\n"),
            std::string::npos)
      << out.str();
  EXPECT_NE(out.str().find("\n18  "), std::string::npos);
}

} // namespace troupe
