// What an account remembers of accepted commands, against a plain list that keeps everything whole.
#include "models/account/bytes.hpp"
#include "models/account/judgement.hpp"
#include "models/account/references.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <random>

using namespace troupe;

namespace {

using entry = recent_references::entry;

bool same(const entry& a, const entry& b) { return a.content == b.content && a.answer == b.answer; }

class plain_list {
public:
  void add(const account_event& e) {
    kept_.push_back({e.content,
                     {e.reference, e.version, e.at, static_cast<std::uint8_t>(e.what.index()),
                      e.moved.amount, e.moved.balance_after, e.reserved_after}});
    while (kept_.size() > recent_references::kept_always
           && (kept_.size() > recent_references::kept_most
               || kept_.front().answer.at + recent_references::kept_ms < e.at)) {
      dropped_.push_back(kept_.front().answer.reference);
      kept_.pop_front();
    }
  }
  const std::deque<entry>& kept() const { return kept_; }
  const std::vector<reference_id>& dropped() const { return dropped_; }
  std::string bytes() const {
    std::string out;
    byte_writer write{out};
    write(static_cast<std::uint8_t>(kept_.size()));
    for (auto& x : kept_) write(x.content, x.answer);
    return out;
  }

private:
  std::deque<entry> kept_;
  std::vector<reference_id> dropped_;
};

money any_money(std::mt19937_64& random) {
  switch (random() % 6) {
  case 0: return {};
  case 1: return money::max();
  case 2: return money::min();
  case 3: return money::from_units(static_cast<std::int64_t>(random() % 512) - 256);
  case 4: return money::from_units(static_cast<std::int64_t>(random()));
  default: return money::whole(static_cast<std::int64_t>(random() % 2'000'000) - 1'000'000);
  }
}

account_event any_event(std::mt19937_64& random, std::uint64_t version, utc_ms at) {
  account_event e;
  e.version = random() % 100 == 0 ? std::numeric_limits<std::uint64_t>::max() - version : version;
  e.at = at;
  e.reference = std::to_string(version) + ":";
  e.reference.resize(e.reference.size() + random() % (random() % 10 == 0 ? 190 : 40), 'x');
  e.content = random();
  e.moved = {house_account::engine, any_money(random), any_money(random)};
  e.reserved_after = any_money(random);
  if (random() % 2 == 0) e.what = deposited{};
  return e;
}

void expect_same(const recent_references& ours, const plain_list& plain) {
  ASSERT_EQ(ours.size(), plain.kept().size());
  for (auto& x : plain.kept()) {
    const auto found = ours.find(x.answer.reference);
    ASSERT_TRUE(found);
    ASSERT_TRUE(same(*found, x)) << x.answer.reference;
    const auto newest = ours.newest_with_content(x.content);
    ASSERT_TRUE(newest && same(*newest, x));
  }
  std::string bytes;
  byte_writer write{bytes};
  ours.write(write);
  ASSERT_EQ(bytes, plain.bytes());
}

} // namespace

TEST(account_references, are_those_a_plain_list_would_keep) {
  std::mt19937_64 random{7};
  for (int life = 0; life < 20; ++life) {
    recent_references ours;
    plain_list plain;
    utc_ms at = 1767571200000;
    utc_ms pace = 0;
    for (std::uint64_t version = 1; version <= 300; ++version) {
      if (version % 16 == 0) pace = std::vector<utc_ms>{0, minute_ms, 2 * hour_ms}[random() % 3];
      at += static_cast<utc_ms>(random() % static_cast<std::uint64_t>(pace + 1));
      const auto e = any_event(random, version, at);
      ours.add(e);
      plain.add(e);
      if (version % 7 != 0 && version > 20) continue;
      expect_same(ours, plain);
      for (auto& gone : plain.dropped()) ASSERT_FALSE(ours.find(gone));
    }
  }
}

TEST(account_references, read_back_go_on_as_before) {
  std::mt19937_64 random{8};
  recent_references ours;
  plain_list plain;
  utc_ms at = 1767571200000;
  for (std::uint64_t version = 1; version <= 300; ++version) {
    const auto e = any_event(random, version, at += static_cast<utc_ms>(random() % minute_ms));
    ours.add(e);
    plain.add(e);
    if (version % 11 != 0) continue;
    std::string bytes;
    byte_writer write{bytes};
    ours.write(write);
    byte_reader read{bytes};
    recent_references again;
    ASSERT_TRUE(again.read(read) && read.finished());
    ours = again;
    expect_same(ours, plain);
  }
}

TEST(account_references, of_a_busy_account_take_less_than_twice_what_they_say) {
  recent_references ours;
  account_event e;
  e.at = 1767571200000;
  e.moved = {house_account::engine, money::whole(25), money::whole(100'000)};
  std::size_t said = 0;
  for (int i = 0; i < 1000; ++i) {
    e.version = static_cast<std::uint64_t>(i) + 1;
    e.content = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL;
    e.reference = "key:0190b3e2-0000-7000-8000-" + std::to_string(100'000'000'000 + i);
    ours.add(e);
    if (i < 64) said += e.reference.size() + 40;
  }
  EXPECT_EQ(ours.size(), recent_references::kept_most);
  EXPECT_LT(ours.capacity_bytes(), 2 * said);
}

TEST(account_references, are_visible_ascii_and_nothing_else) {
  for (std::size_t size = 1; size <= 20; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, at % 2 ? '~' : '!');
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(valid_id(text, 20), byte > ' ' && byte < 0x7f) << byte << " at " << at;
      }
  EXPECT_FALSE(valid_id(""));
  EXPECT_TRUE(valid_id(std::string(128, 'x')));
  EXPECT_FALSE(valid_id(std::string(129, 'x')));
}
