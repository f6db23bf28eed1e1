// What every journal must do, asked of each.
#include "tests/runtime/journal_fixture.hpp"
#include "tests/runtime/journal_makers.hpp"

#include <map>
#include <random>

namespace troupe {

namespace {

class any_journal : public testing::TestWithParam<std::string> {
protected:
  any_journal() : system(config), asker(system) {
    for (const auto& maker : journal_makers())
      if (maker.kind == GetParam()) journal = maker.make(system, folder);
  }
  ~any_journal() override { asker.end(journal); }

  stored_account load(const account_id& account) {
    return asker.ask<stored_account>(journal, load_account{account});
  }
  std::vector<outbox_row> outbox(std::uint64_t after, std::uint32_t limit = 10'000) {
    return asker.ask<std::vector<outbox_row>>(journal, get_outbox{after, limit});
  }
  std::uint64_t letter(const std::string& body) {
    return asker.ask<std::uint64_t>(
        journal, put_dead_letter{{77, "ml-engine", "no account \"x\"", body, monday, true}});
  }
  std::vector<dead_letter> letters(std::uint64_t after = 0, std::uint32_t limit = 1000) {
    return asker.ask<std::vector<dead_letter>>(journal, get_dead_letters{after, limit});
  }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  journal_asker asker;
  journal_actor journal;
};

} // namespace

TEST_P(any_journal, every_column_comes_back_bit_by_bit) {
  auto request = append_of("acc-1", 0, 7);
  request.rows[0].amount = request.rows[0].balance_after = money::max();
  for (std::size_t i = 1; i < 7; ++i) {
    auto& row = request.rows[i];
    row.contra = static_cast<house_account>(i % 5);
    row.amount = i % 5 == 0 ? money{} : money::from_units(-static_cast<int>(i) * 123'456'789);
    row.balance_after = *add(request.rows[i - 1].balance_after, row.amount);
    row.reserved_after = money::max();
  }
  request.rows[3].reference.clear();
  request.rows[4].reference.clear();
  request.rows[6].payload = std::string(max_payload_bytes, '\0');
  EXPECT_EQ(asker.put(journal, request), 7u);
  EXPECT_EQ(asker.bytes_of(asker.rows(journal, "acc-1")), asker.bytes_of(request.rows));
  EXPECT_TRUE(asker.rows(journal, "acc-2").empty());
}

TEST_P(any_journal, a_journal_is_read_in_pages) {
  asker.put(journal, append_of("acc-1", 0, 30));
  const auto page = asker.ask<std::vector<journal_row>>(journal, get_journal{"acc-1", 11, 5});
  ASSERT_EQ(page.size(), 5u);
  EXPECT_EQ(page.front().version, 11u);
  EXPECT_EQ(page.back().version, 15u);
  EXPECT_EQ(asker.ask<std::vector<journal_row>>(journal, get_journal{"acc-1", 28, 5}).size(), 3u);
  EXPECT_TRUE(asker.ask<std::vector<journal_row>>(journal, get_journal{"acc-1", 31, 5}).empty());
}

TEST_P(any_journal, another_version_than_expected_is_stale_and_changes_nothing) {
  EXPECT_EQ(asker.refused(journal, append_of("acc-1", 1)), errc::journal_stale);
  asker.put(journal, append_of("acc-1", 0, 3));
  for (const std::uint64_t version : {0, 2, 4, 100})
    EXPECT_EQ(asker.refused(journal, append_of("acc-1", version)), errc::journal_stale) << version;
  EXPECT_EQ(asker.rows(journal, "acc-1").size(), 3u);
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 3)), 4u);
}

TEST_P(any_journal, a_reference_takes_effect_once_per_account) {
  asker.put(journal, append_of("acc-1", 0, 3));
  auto again = append_of("acc-1", 3, 3);
  again.rows[1].reference = "r2";
  again.snapshot = "not kept";
  EXPECT_EQ(asker.refused(journal, again), errc::idempotency_conflict);
  again.rows[1].reference = again.rows[2].reference; // twice in one append
  EXPECT_EQ(asker.refused(journal, again), errc::idempotency_conflict);
  EXPECT_EQ(asker.rows(journal, "acc-1").size(), 3u);
  EXPECT_EQ(load("acc-1").snapshot, "");
  EXPECT_EQ(asker.totals(journal).row_count, 3u);
  EXPECT_EQ(asker.put(journal, append_of("acc-2", 0, 3)), 3u); // another account's r1 to r3
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 3, 3)), 6u);
}

TEST_P(any_journal, an_event_of_the_world_takes_effect_once_over_all_accounts) {
  const auto with = [](const account_id& account, const reference_id& reference) {
    auto request = append_of(account, 0);
    request.rows[0].reference = reference;
    return request;
  };
  for (const std::string reference : {"trade:t1:closed", "event:e1"}) {
    asker.put(journal, with("first:" + reference, reference));
    EXPECT_EQ(asker.refused(journal, with("second:" + reference, reference)),
              errc::idempotency_conflict);
    EXPECT_EQ(load("second:" + reference).version, 0u);
    find_reference question{"first:" + reference, reference};
    EXPECT_EQ(asker.ask<std::vector<journal_row>>(journal, question).size(), 1u);
  }
  // In one batch: one of them is kept.
  asker.self()->send(journal, with("third", "trade:t2:closed"));
  asker.self()->send(journal, with("fourth", "trade:t2:closed"));
  asker.self()->send(journal, with("fifth", "trade:t2:open"));
  int kept = 0;
  for (int i = 0; i < 3; ++i)
    asker.self()->receive([&](const appended&) { ++kept; },
                          [](const caf::error& e) {
                            EXPECT_EQ(static_cast<errc>(e.code()), errc::idempotency_conflict);
                          },
                          caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  EXPECT_EQ(kept, 2);
  for (const std::string reference : {"key:1", "performance:2026-01-05", "trades"})
    for (const std::string account : {"a:", "b:"})
      asker.put(journal, with(account + reference, reference));
}

TEST_P(any_journal, a_new_account_whose_append_is_refused_does_not_exist) {
  auto request = append_of("acc-1", 0, 2);
  request.rows[1].reference = "r1";
  EXPECT_EQ(asker.refused(journal, request), errc::idempotency_conflict);
  EXPECT_TRUE(asker.ask<std::vector<account_id>>(journal, get_account_ids{"", 10}).empty());
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 0)), 1u);
}

TEST_P(any_journal, balances_that_do_not_follow_are_refused) {
  asker.put(journal, append_of("acc-1", 0, 2));
  auto request = append_of("acc-1", 2, 2);
  request.rows[1].balance_after = *add(request.rows[1].balance_after, money::from_units(1));
  EXPECT_EQ(asker.refused(journal, request), errc::validation_error);
  request = append_of("acc-1", 2, 1);
  request.rows[0].amount = money::from_units(1);
  EXPECT_EQ(asker.refused(journal, request), errc::validation_error);
  EXPECT_TRUE(asker.totals(journal).difference.is_zero());
}

TEST_P(any_journal, a_malformed_append_is_refused_by_itself) {
  const auto refused = [&](auto&& spoil) {
    auto request = append_of("acc-1", 0, 3);
    spoil(request);
    EXPECT_EQ(asker.refused(journal, request), errc::validation_error);
  };
  refused([](auto& x) { x.account = ""; });
  refused([](auto& x) { x.account = std::string(129, 'a'); });
  refused([](auto& x) { x.account = "a b"; });
  refused([](auto& x) { x.rows.clear(); });
  refused([](auto& x) { x = append_of("acc-1", 0, max_append_rows + 1); });
  refused([](auto& x) { x.rows[1].version = 3; });
  refused([](auto& x) { x.expected_version = 1; });
  refused([](auto& x) { x.expected_version = ~0ULL; });
  refused([](auto& x) { x.rows[0].reference = std::string(201, 'r'); });
  refused([](auto& x) { x.rows[0].reference = "a\n"; });
  refused([](auto& x) { x.rows[0].contra = house_account::none; });
  refused([](auto& x) { x.rows[0].contra = static_cast<house_account>(5); });
  refused([](auto& x) { x.rows[0].amount = *add(money::max(), money::from_units(1)); });
  refused([](auto& x) { x.rows[0].balance_after = money::from_units(-1); });
  refused([](auto& x) { x.rows[0].reserved_after = money::from_units(-1); });
  refused([](auto& x) { x.rows[0].payload.clear(); });
  refused([](auto& x) { x.rows[0].payload.resize(max_payload_bytes + 1); });
  refused([](auto& x) { x.snapshot.resize(max_snapshot_bytes + 1); });
  EXPECT_EQ(asker.totals(journal).row_count, 0u);
  EXPECT_EQ(asker.put(journal, append_of("acc-1", 0, max_append_rows)), max_append_rows);
}

TEST_P(any_journal, questions_have_bounds) {
  using rows = std::vector<journal_row>;
  const auto bad = errc::validation_error;
  EXPECT_EQ(asker.refusal<rows>(journal, get_journal{"a", 0, 10}), bad);
  EXPECT_EQ(asker.refusal<rows>(journal, get_journal{"a", 1, 0}), bad);
  EXPECT_EQ(asker.refusal<rows>(journal, get_journal{"a", 1, 10'001}), bad);
  EXPECT_EQ(asker.refusal<rows>(journal, find_reference{"a", ""}), bad);
  EXPECT_EQ(asker.refusal<stored_account>(journal, load_account{""}), bad);
  EXPECT_EQ(asker.refusal<std::vector<account_id>>(journal, get_account_ids{"", 0}), bad);
  EXPECT_EQ(asker.refusal<std::vector<dead_letter>>(journal, get_dead_letters{0, 1001}), bad);
  EXPECT_EQ(asker.refusal<std::vector<outbox_row>>(journal, get_outbox{0, 10'001}), bad);
  EXPECT_EQ(asker.refusal<std::uint64_t>(journal, get_outbox_cursor{""}), bad);
}

TEST_P(any_journal, one_bad_append_hurts_no_other_of_its_batch) {
  constexpr int count = 300;
  auto& self = asker.self();
  const auto name = [](int i) { return "acc-" + std::to_string(i); };
  for (int i = 0; i < count; ++i) {
    auto request = append_of(name(i), i % 3 == 1 ? 5 : 0, 2);
    if (i % 3 == 2) request.rows[1].reference = "r1";
    self->send(journal, request);
  }
  for (int i = 0; i < count; ++i)
    self->receive(
        [&](const appended& done) {
          EXPECT_EQ(i % 3, 0);
          EXPECT_EQ(done.account, name(i)); // in the order of the appends
        },
        [&](const caf::error& e) {
          EXPECT_EQ(
              e.code(),
              static_cast<int>(i % 3 == 1 ? errc::journal_stale : errc::idempotency_conflict));
        },
        caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  EXPECT_EQ(asker.totals(journal).account_count, 100u);
  EXPECT_EQ(asker.totals(journal).row_count, 200u);
}

TEST_P(any_journal, appends_to_one_account_may_follow_each_other_unanswered) {
  auto& self = asker.self();
  for (std::uint64_t v = 0; v < 500; ++v) self->send(journal, append_of("hot", v));
  for (std::uint64_t v = 1; v <= 500; ++v)
    self->receive([&](const appended& done) { EXPECT_EQ(done.version, v); },
                  caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  EXPECT_EQ(asker.rows(journal, "hot").size(), 500u);
}

TEST_P(any_journal, after_a_refused_append_those_that_counted_on_it_are_stale) {
  auto& self = asker.self();
  auto bad = append_of("acc-1", 0, 1);
  bad.rows[0].balance_after = money{};
  self->send(journal, bad);
  self->send(journal, append_of("acc-1", 1));
  self->send(journal, append_of("acc-1", 2));
  for (const auto expected : {errc::validation_error, errc::journal_stale, errc::journal_stale})
    self->receive(
        [&](const caf::error& e) { EXPECT_EQ(e.code(), static_cast<std::uint8_t>(expected)); },
        caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
}

TEST_P(any_journal, an_account_is_loaded_from_its_newest_snapshot) {
  EXPECT_EQ(asker.bytes_of(load("acc-1")), asker.bytes_of(stored_account{}));
  auto first = append_of("acc-1", 0, 3);
  asker.put(journal, first);
  EXPECT_EQ(asker.bytes_of(load("acc-1").rows), asker.bytes_of(first.rows));
  EXPECT_EQ(load("acc-1").snapshot_version, 0u);
  for (std::uint64_t version : {3, 5}) {
    auto next = append_of("acc-1", version, 2);
    next.snapshot = std::string{"\0state", 6} + std::to_string(version);
    asker.put(journal, next);
    const auto stored = load("acc-1");
    EXPECT_EQ(stored.snapshot, next.snapshot);
    EXPECT_EQ(stored.snapshot_version, version + 2);
    EXPECT_EQ(stored.snapshot_hash, next.rows.back().hash);
    EXPECT_TRUE(stored.rows.empty());
  }
  const auto last = append_of("acc-1", 7, 2);
  asker.put(journal, last);
  EXPECT_EQ(load("acc-1").snapshot_version, 7u);
  const auto stored = load("acc-1");
  EXPECT_EQ(asker.bytes_of(stored.rows), asker.bytes_of(last.rows));
  EXPECT_EQ(stored.version, 9u);
  EXPECT_EQ(stored.balance, last.rows.back().balance_after);
  EXPECT_EQ(stored.reserved, last.rows.back().reserved_after);
  EXPECT_EQ(stored.hash, last.rows.back().hash);
}

TEST_P(any_journal, a_row_is_found_by_its_reference) {
  const auto request = append_of("acc-1", 0, 9);
  asker.put(journal, request);
  const auto found = asker.ask<std::vector<journal_row>>(journal, find_reference{"acc-1", "r4"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(asker.bytes_of(found[0]), asker.bytes_of(request.rows[3]));
  for (const auto& nothing : {find_reference{"acc-1", "r10"}, find_reference{"acc-2", "r4"}})
    EXPECT_TRUE(asker.ask<std::vector<journal_row>>(journal, nothing).empty());
}

TEST_P(any_journal, the_books_balance_after_any_postings) {
  std::mt19937_64 random{20261120};
  std::map<account_id, std::pair<std::uint64_t, money>> state;
  int128 house[5] = {}, own = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto account = "acc-" + std::to_string(random() % 20);
    auto& [version, balance] = state[account];
    account_append request{account, version, {}, {}};
    for (auto left = 1 + random() % 4; left > 0; --left) {
      const auto contra = static_cast<house_account>(random() % 5);
      auto amount = money::from_units(static_cast<int128>(random() % 1'000'000'000)
                                      * (random() % 3 ? 1 : 30'000'000'000));
      if (random() % 2 && amount <= balance) amount = *negate(amount);
      if (contra == house_account::none) amount = {};
      if (!add(balance, amount)->in_range()) amount = {};
      request.rows.push_back(row_of(++version, balance, amount, "", contra));
      balance = request.rows.back().balance_after;
      own += amount.units();
      house[static_cast<std::size_t>(contra)] -= amount.units();
    }
    asker.self()->send(journal, request);
    asker.self()->receive([](const appended&) {});
  }
  const auto sums = asker.totals(journal);
  EXPECT_EQ(sums.accounts, money::from_units(own));
  EXPECT_EQ(sums.engine, money::from_units(house[1]));
  EXPECT_EQ(sums.market, money::from_units(house[2]));
  EXPECT_EQ(sums.payments, money::from_units(house[3]));
  EXPECT_EQ(sums.transit, money::from_units(house[4]));
  EXPECT_TRUE(sums.difference.is_zero()) << sums.difference;
  EXPECT_EQ(sums.account_count, 20u);
}

TEST_P(any_journal, totals_may_pass_what_one_account_holds) {
  for (const auto* account : {"a", "b", "c"})
    asker.put(journal, {account, 0, {row_of(1, {}, money::max())}, {}});
  EXPECT_EQ(asker.totals(journal).accounts, money::from_units(money::max().units() * 3));
  EXPECT_TRUE(asker.totals(journal).difference.is_zero());
}

TEST_P(any_journal, account_ids_are_listed_in_order) {
  for (const auto* account : {"b", "Z", "a", "aa", "c"}) asker.put(journal, append_of(account, 0));
  using ids = std::vector<account_id>;
  EXPECT_EQ(asker.ask<ids>(journal, get_account_ids{"", 3}), (ids{"Z", "a", "aa"}));
  EXPECT_EQ(asker.ask<ids>(journal, get_account_ids{"aa", 3}), (ids{"b", "c"}));
  EXPECT_TRUE(asker.ask<ids>(journal, get_account_ids{"c", 3}).empty());
}

TEST_P(any_journal, the_outbox_holds_every_row_in_the_order_of_commits) {
  std::map<account_id, std::uint64_t> versions;
  std::vector<std::pair<account_id, std::uint64_t>> expected, seen;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto account = "acc-" + std::to_string(i * 7 % 5);
    auto& version = versions[account];
    const auto count = 1 + i % 3;
    asker.put(journal, append_of(account, version, count));
    for (std::uint64_t k = 0; k < count; ++k) expected.emplace_back(account, ++version);
  }
  EXPECT_EQ(asker.refused(journal, append_of("acc-0", 0)), errc::journal_stale);
  std::uint64_t after = 0;
  for (auto page = outbox(0, 7); !page.empty(); page = outbox(after, 7))
    for (const auto& row : page) {
      EXPECT_GT(row.position, after);
      after = row.position;
      seen.emplace_back(row.account, row.row.version);
    }
  EXPECT_EQ(seen, expected);
  const auto all = outbox(0);
  EXPECT_EQ(asker.bytes_of(all[0].row), asker.bytes_of(append_of("acc-0", 0).rows[0]));
}

TEST_P(any_journal, a_cursor_moves_forward_within_what_there_is) {
  asker.put(journal, append_of("acc-1", 0, 10));
  const auto newest = outbox(0).back().position;
  const auto put = [&](const std::string& reader, std::uint64_t position) {
    return asker.ask<std::uint64_t>(journal, put_outbox_cursor{reader, position});
  };
  EXPECT_EQ(asker.ask<std::uint64_t>(journal, get_outbox_cursor{"events"}), 0u);
  EXPECT_EQ(put("events", newest - 1), newest - 1);
  EXPECT_EQ(put("events", 1), newest - 1);
  EXPECT_EQ(put("engine", 1), 1u);
  EXPECT_EQ(asker.refusal<std::uint64_t>(journal, put_outbox_cursor{"events", newest + 1}),
            errc::validation_error);
  EXPECT_EQ(asker.ask<std::uint64_t>(journal, get_outbox_cursor{"events"}), newest - 1);
  for (std::size_t i = 2; i < max_readers; ++i) put("reader" + std::to_string(i), 0);
  EXPECT_EQ(asker.refusal<std::uint64_t>(journal, put_outbox_cursor{"one-more", 0}),
            errc::validation_error);
  EXPECT_EQ(put("events", newest), newest);
}

TEST_P(any_journal, dead_letters_are_kept_as_they_came) {
  const std::string body{"{\"a\":1}\0\xff", 9};
  const auto first = letter(body), second = letter("");
  EXPECT_GT(second, first);
  const auto kept = letters();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].id, first);
  EXPECT_EQ(kept[0].source, "ml-engine");
  EXPECT_EQ(kept[0].reason, "no account \"x\"");
  EXPECT_EQ(kept[0].body, body);
  EXPECT_EQ(kept[0].at, monday);
  EXPECT_FALSE(kept[0].replayed);
  EXPECT_EQ(letters(first).size(), 1u);
  EXPECT_EQ(letters(0, 1).size(), 1u);
  put_dead_letter too_long{{0, "x", "y", std::string(max_letter_bytes + 1, 'b'), 0, false}};
  EXPECT_EQ(asker.refusal<std::uint64_t>(journal, too_long), errc::validation_error);
}

TEST_P(any_journal, a_dead_letter_is_marked_once) {
  const auto id = letter("x");
  EXPECT_FALSE(asker.ask<bool>(journal, mark_replayed{id + 1}));
  EXPECT_TRUE(asker.ask<bool>(journal, mark_replayed{id}));
  EXPECT_FALSE(asker.ask<bool>(journal, mark_replayed{id}));
  EXPECT_TRUE(letters()[0].replayed);
}

namespace {

std::vector<std::string> kinds() {
  std::vector<std::string> all;
  for (const auto& maker : journal_makers()) all.push_back(maker.kind);
  return all;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(journals, any_journal, testing::ValuesIn(kinds()),
                         [](const auto& which) { return which.param; });

} // namespace troupe
