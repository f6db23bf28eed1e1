// Canonical bytes: read back whole or not at all, whatever they are.
#include "tests/models/account_fixture.hpp"

#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

using namespace troupe;
using namespace troupe::testing_accounts;

namespace {

/// An account with something in every part of its state.
told_account full_account() {
  told_account a{"account:beyond-fifteen-bytes"};
  a.opened();
  a.reserve("w", "10");
  a.reserve("v", "20", false);
  transfer_out send;
  send.transfer = "x";
  send.to = "wallet:1";
  send.amount = usd("30");
  a.say(send);
  a.result("-20");
  a.now += 2 * day_ms;
  a.tick();
  auto c = a.trade("probe", "0");
  c.trade.status = trade_status::open;
  a.say(c);
  a.performance(monday_number, "1000");
  a.say(pause_account{});
  return a;
}

/// Every reading must end, and what is accepted must be spelled the same.
void read_anything(const std::string& bytes) {
  if (const auto e = event_from_bytes(bytes)) {
    EXPECT_EQ(to_bytes(*e), bytes);
  }
  if (const auto a = account::from_bytes(bytes)) {
    EXPECT_EQ(a->to_bytes(), bytes);
    EXPECT_FALSE(a->balance().is_negative());
  }
}

} // namespace

TEST(account_bytes, bring_back_every_event_and_the_state) {
  const auto a = full_account();
  for (auto& e : a.events) {
    const auto back = event_from_bytes(to_bytes(e));
    ASSERT_TRUE(back) << kind_name(e.what.index());
    EXPECT_EQ(to_bytes(*back), to_bytes(e));
    EXPECT_EQ(back->what.index(), e.what.index());
  }
  const auto back = account::from_bytes(a.who.to_bytes());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->to_bytes(), a.who.to_bytes());
  EXPECT_EQ(back->balance(), a.who.balance());
  EXPECT_EQ(back->withdrawals().size(), 2u);
  EXPECT_EQ(back->transfers().size(), 1u);
  EXPECT_EQ(back->breaker().probe(), "probe");
}

TEST(account_bytes, of_one_event_are_these_for_ever) {
  // Journals and chains hold these bytes: a change of the spelling shows here first.
  account_event e;
  e.version = 2;
  e.at = 1767571200000;
  e.reference = "key:1";
  e.content = 7;
  e.moved = {house_account::engine, usd("1"), usd("2.5")};
  e.what = withdrawal_approved{"w1"};
  std::string hex;
  for (unsigned char c : to_bytes(e)) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  EXPECT_EQ(hex,
            "0200000000000000"                 // version
            "0018748b9b010000"                 // time
            "05006b65793a31"                   // reference
            "0700000000000000"                 // content
            "01"                               // contra
            "00e1f505000000000000000000000000" // amount
            "80b2e60e000000000000000000000000" // balance after
            "00000000000000000000000000000000" // reserved after
            "0402007731");                     // kind, withdrawal
}

TEST(account_bytes, a_content_hash_is_this_for_ever) {
  deposit c;
  c.amount = usd("12.5");
  EXPECT_EQ(content_of(c, 1), 5084606820397181453ULL);
  auto other = c;
  other.at = 5;
  other.reference = "key:other";
  EXPECT_EQ(content_of(other, 1), content_of(c, 1)) << "time and reference are no content";
  other.expected_balance = usd("0");
  EXPECT_NE(content_of(other, 1), content_of(c, 1));
  EXPECT_NE(content_of(c, 2), content_of(c, 1));
}

TEST(account_bytes, longer_shorter_or_out_of_range_are_refused) {
  const auto a = full_account();
  const auto state = a.who.to_bytes();
  for (std::size_t n = 0; n < state.size(); ++n)
    ASSERT_FALSE(account::from_bytes(state.substr(0, n))) << n;
  EXPECT_FALSE(account::from_bytes(state + '\0'));
  for (auto& e : a.events) {
    const auto bytes = to_bytes(e);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      ASSERT_FALSE(event_from_bytes(bytes.substr(0, n))) << n;
    EXPECT_FALSE(event_from_bytes(bytes + '\0'));
  }
  auto e = a.events[0];
  e.moved.amount = *add(money::max(), money::from_units(1));
  EXPECT_FALSE(event_from_bytes(to_bytes(e)));
  e = a.events[0];
  e.moved.contra = static_cast<house_account>(5);
  EXPECT_FALSE(event_from_bytes(to_bytes(e)));
}

TEST(account_bytes, of_an_event_out_of_bounds_are_not_folded) {
  const auto refused = [](auto change) {
    auto a = told_account{}.opened();
    auto e = a.events[0];
    e.version = 2;
    e.moved = {house_account::engine, usd("1"), usd("1001")};
    e.what = deposited{};
    change(e);
    try {
      a.who.fold(e);
      return false;
    } catch (const std::logic_error&) {
      return true;
    }
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](auto& e) { e.at = -1; }));
  EXPECT_TRUE(refused([](auto& e) { e.at = std::numeric_limits<utc_ms>::max(); }));
  EXPECT_TRUE(refused([](auto& e) { e.reference = std::string(max_reference_bytes + 1, 'r'); }));
  EXPECT_TRUE(refused([](auto& e) { e.moved.contra = house_account::none; }))
      << "money from nowhere";
}

TEST(account_bytes, of_a_state_whose_reference_has_an_impossible_time_are_refused) {
  auto a = told_account{}.opened();
  auto bytes = a.who.to_bytes();
  std::string at(8, '\0');
  std::memcpy(at.data(), &a.now, at.size());
  const auto found = bytes.rfind(at);
  ASSERT_NE(found, std::string::npos);
  ASSERT_TRUE(account::from_bytes(bytes));
  bytes[found + 7] = '\x7f';
  EXPECT_FALSE(account::from_bytes(bytes));
}

TEST(account_bytes, whatever_they_are_reading_ends_well) {
  std::mt19937_64 random{20260105};
  const auto a = full_account();
  std::vector<std::string> seeds{a.who.to_bytes()};
  for (auto& e : a.events) seeds.push_back(to_bytes(e));
  for (int i = 0; i < 200'000; ++i) {
    auto bytes = seeds[random() % seeds.size()];
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8)); break;
      case 1: bytes[at] = static_cast<char>(random() % 2 ? 0xff : random()); break;
      case 2: bytes.erase(at, 1 + random() % 4); break;
      default: bytes.insert(at, 1 + random() % 4, static_cast<char>(random())); break;
      }
      if (bytes.empty()) bytes = "?";
    }
    read_anything(bytes);
  }
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    read_anything(bytes);
  }
}
