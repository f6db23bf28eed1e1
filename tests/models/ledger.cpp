// Books that must balance and chains that must hold.
#include "models/ledger.hpp"
#include "tests/models/account_fixture.hpp"

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

struct stored_row {
  std::string bytes;
  digest hash;
};

std::vector<stored_row> stored(const told_account& a) {
  std::vector<stored_row> out;
  auto head = chain_start(a.who.id());
  for (auto& e : a.events) {
    out.push_back({to_bytes(e), {}});
    out.back().hash = head = chain_next(head, out.back().bytes);
  }
  return out;
}

std::optional<audit_fault> audited(const std::vector<stored_row>& rows,
                                   const account_id& id = "alice") {
  journal_audit audit{id};
  for (auto& r : rows)
    if (auto fault = audit.add(r.bytes, r.hash)) return fault;
  return std::nullopt;
}

told_account some_life() {
  auto a = told_account{}.opened();
  a.put("5");
  a.result("-20");
  a.reserve("w", "7");
  a.step<approve_withdrawal>("w");
  a.step<complete_withdrawal>("w");
  return a;
}

/// Another hash, to see that the hook is used.
digest weak_hash(std::string_view first, std::string_view second) {
  digest out{};
  for (auto text : {first, second})
    for (unsigned char c : text) out[c % 32] = static_cast<std::uint8_t>(out[c % 32] * 31 + c);
  return out;
}

} // namespace

TEST(sha256, gives_the_digests_of_the_standard) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (auto& [text, hex] : rows) {
    EXPECT_EQ(to_hex(sha256(text)), hex);
    EXPECT_EQ(to_hex(sha256(text.substr(0, text.size() / 2), text.substr(text.size() / 2))), hex);
  }
  for (std::size_t n = 50; n < 70; ++n) // around the padding's edge, each length is another text
    EXPECT_NE(sha256(std::string(n, 'x')), sha256(std::string(n + 1, 'x')));
}

TEST(ledger, both_legs_of_a_movement_sum_to_zero) {
  const auto legs = legs_of("alice", {house_account::market, usd("-2.5"), usd("7")});
  EXPECT_EQ(legs[0].book, "alice");
  EXPECT_EQ(legs[1].book, "external:market");
  EXPECT_EQ(*add(legs[0].amount, legs[1].amount), money{});
}

TEST(trial_balance, is_zero_over_any_movements_and_names_what_is_not_entered) {
  trial_balance books;
  EXPECT_TRUE(books.add({house_account::engine, usd("1000"), {}}));
  EXPECT_TRUE(books.add({house_account::market, usd("-30"), {}}));
  EXPECT_TRUE(books.add({}));
  EXPECT_EQ(to_string(books.accounts()), "970.00");
  EXPECT_EQ(to_string(books.of(house_account::engine)), "-1000.00");
  EXPECT_EQ(to_string(books.of(house_account::market)), "30.00");
  EXPECT_EQ(books.sum(), money{});
  EXPECT_FALSE(books.add({house_account::none, usd("1"), {}})) << "money without another side";
  EXPECT_EQ(books.sum(), money{});
  trial_balance stored_totals;
  EXPECT_TRUE(stored_totals.add_total(house_account::none, usd("970")));
  EXPECT_TRUE(stored_totals.add_total(house_account::engine, usd("-1000")));
  EXPECT_TRUE(stored_totals.add_total(house_account::market, usd("29.99999999")));
  EXPECT_EQ(to_string(*stored_totals.sum()), "-0.00000001");
  const auto huge = money::from_units(static_cast<int128>(~uint128{0} >> 1));
  EXPECT_FALSE(stored_totals.add_total(house_account::none, huge));
}

TEST(journal_audit, follows_a_whole_life_and_has_its_state) {
  const auto a = some_life();
  journal_audit audit{"alice"};
  for (auto& r : stored(a)) ASSERT_FALSE(audit.add(r.bytes, r.hash));
  EXPECT_EQ(audit.state().to_bytes(), a.who.to_bytes());
  EXPECT_EQ(audit.books().sum(), money{});
  EXPECT_EQ(audit.books().accounts(), a.who.balance());
  EXPECT_EQ(audit.rows(), a.events.size());
  EXPECT_EQ(audit.head(), stored(a).back().hash);
}

TEST(journal_audit, names_the_row_of_any_flipped_byte) {
  const auto rows = stored(some_life());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < rows[row].bytes.size(); ++i) {
      auto spoilt = rows;
      spoilt[row].bytes[i] = static_cast<char>(spoilt[row].bytes[i] ^ (1 << i % 8));
      const auto fault = audited(spoilt);
      ASSERT_TRUE(fault) << row << " " << i;
      ASSERT_EQ(fault->position, row + 1);
    }
    for (std::size_t i = 0; i < 32; ++i) {
      auto spoilt = rows;
      spoilt[row].hash[i] ^= 1;
      ASSERT_EQ(audited(spoilt)->position, row + 1);
    }
  }
}

TEST(journal_audit, sees_rows_lost_swapped_or_of_another_account) {
  const auto rows = stored(some_life());
  auto lost = rows;
  lost.erase(lost.begin() + 2);
  EXPECT_EQ(audited(lost)->position, 3u);
  auto swapped = rows;
  std::swap(swapped[1], swapped[2]);
  EXPECT_EQ(audited(swapped)->position, 2u);
  EXPECT_EQ(audited(rows, "bob")->position, 1u);
}

TEST(journal_audit, sees_what_was_hashed_anew_but_does_not_follow) {
  const auto spoilt = [](auto change) {
    auto a = some_life();
    change(a.events);
    return audited(stored(a));
  };
  EXPECT_EQ(spoilt([](auto& e) { e[3].moved.balance_after = usd("999999"); })->position, 4u);
  EXPECT_EQ(spoilt([](auto& e) { e.erase(e.begin() + 1); })->position, 2u);
  EXPECT_EQ(spoilt([](auto& e) { e[1].moved.contra = house_account::none; })->position, 2u);
}

TEST(journal_audit, uses_the_hash_it_is_given) {
  const auto a = some_life();
  journal_audit audit{"alice", weak_hash};
  auto head = chain_start("alice", weak_hash);
  for (auto& e : a.events) {
    head = chain_next(head, to_bytes(e), weak_hash);
    ASSERT_FALSE(audit.add(to_bytes(e), head));
  }
  EXPECT_TRUE(audited(stored(a)) == std::nullopt);
}
