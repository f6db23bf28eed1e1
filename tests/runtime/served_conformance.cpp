// What every store must do with who was served which signal, and with notes that several change.
#include "tests/runtime/store_fixture.hpp"
#include "tests/runtime/store_makers.hpp"

namespace troupe {

namespace {

class any_served_log : public testing::TestWithParam<std::string> {
protected:
  any_served_log() : system(config), asker(system) {
    for (const auto& maker : store_makers())
      if (maker.kind == GetParam()) store = maker.make(system, folder);
  }
  ~any_served_log() override { asker.end(store); }

  static served_signal serving(const std::string& user, const signal& s, utc_ms at = monday) {
    return {user, s.id, s.symbol, s.created_at, at};
  }
  put_receipt serve(std::vector<served_signal> all) {
    return asker.put(store, put_log{{}, {}, std::move(all)});
  }
  signal_page page_of(const std::string& user, get_signals question = {}) {
    question.served_to = user;
    return asker.ask<signal_page>(store, question);
  }
  std::uint64_t swap(const std::string& was, const std::string& text) {
    return asker.ask<put_receipt>(store, swap_note{"n", was, text}).added;
  }
  std::string note() { return asker.ask<std::string>(store, get_note{"n"}); }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  store_asker asker;
  store_actor store;
};

} // namespace

TEST_P(any_served_log, a_user_sees_what_that_user_was_served_and_nothing_else) {
  put_log log;
  for (int i = 0; i < 6; ++i)
    log.signals.push_back(signal_of(i % 2 ? "BTCUSDT" : "ETHUSDT", i % 3 ? 6 : 18,
                                    monday + i * base_interval_ms,
                                    i < 3 ? signal_type::buy : signal_type::hold));
  asker.put(store, log);
  const auto& s = log.signals;
  serve({serving("ann", s[0], monday + 7), serving("bob", s[1]), serving("ann", s[5]),
         serving("ann", s[3])});
  const auto all = page_of("ann");
  ASSERT_EQ(all.signals.size(), 3u);
  EXPECT_EQ(all.total, 3u);
  EXPECT_EQ(all.signals[0].what.id, s[5].id) << "newest first";
  EXPECT_EQ(asker.bytes_of(all.signals[2].what), asker.bytes_of(s[0]));
  EXPECT_EQ(all.signals[2].served_at, monday + 7);
  EXPECT_EQ(page_of("eve").total, 0u);
  EXPECT_EQ(page_of("bob").signals.at(0).what.id, s[1].id);
  EXPECT_EQ(asker.ask<signal_page>(store, get_signals{}).total, 6u) << "the log itself is of all";
  EXPECT_EQ(asker.ask<signal_page>(store, get_signals{}).signals[0].served_at, 0);
}

TEST_P(any_served_log, filters_and_pages_agree_with_their_totals) {
  put_log log;
  for (int i = 0; i < 40; ++i)
    log.signals.push_back(signal_of(i % 2 ? "BTCUSDT" : "ETHUSDT", i % 3 ? 6 : 18,
                                    monday + i * base_interval_ms,
                                    static_cast<signal_type>(i % 5 % 3)));
  for (std::size_t i = 0; i < 40; ++i)
    if (i % 4) log.served.push_back(serving("ann", log.signals[i]));
  asker.put(store, log);
  for (const auto* symbol : {"", "BTCUSDT", "EURUSD"})
    for (const int horizon : {0, 6})
      for (const int type : {-1, 0, 2}) {
        get_signals question{symbol, horizon, std::nullopt, 4, 0};
        if (type >= 0) question.type = static_cast<signal_type>(type);
        std::vector<std::string> wanted, seen;
        for (std::size_t i = 40; i-- > 0;) {
          const auto& s = log.signals[i];
          if (i % 4 && (question.symbol.empty() || s.symbol == question.symbol)
              && (horizon == 0 || s.horizon == horizon) && (type < 0 || s.type == question.type))
            wanted.push_back(s.id);
        }
        for (; question.offset < 44; question.offset += 4) {
          const auto found = page_of("ann", question);
          EXPECT_EQ(found.total, wanted.size());
          for (const auto& one : found.signals) seen.push_back(one.what.id);
        }
        EXPECT_EQ(seen, wanted);
      }
}

TEST_P(any_served_log, a_signal_served_again_keeps_its_first_time) {
  const auto s = signal_of("BTCUSDT", 6, monday);
  EXPECT_EQ(serve({serving("ann", s, monday + 1)}).added, 1u) << "the signal may come later";
  EXPECT_EQ(page_of("ann").total, 0u);
  asker.put(store, put_log{{}, {s}});
  const auto again = serve({serving("ann", s, monday + 9), serving("bob", s, monday + 9)});
  EXPECT_EQ(again.added, 1u);
  EXPECT_EQ(again.repeated, 1u);
  EXPECT_EQ(page_of("ann").signals.at(0).served_at, monday + 1);
}

TEST_P(any_served_log, each_user_keeps_the_newest_and_so_many) {
  put_log log;
  for (std::uint32_t i = 0; i < max_served_signals + 5; ++i) {
    log.signals.push_back(
        signal_of("BTCUSDT", 6, monday + static_cast<utc_ms>(i) * base_interval_ms));
    log.served.push_back(serving("ann", log.signals.back()));
  }
  log.served.push_back(serving("bob", log.signals[0]));
  asker.put(store, log);
  get_signals last;
  last.limit = 1;
  last.offset = max_served_signals - 1;
  const auto kept = page_of("ann", last);
  EXPECT_EQ(kept.total, max_served_signals);
  EXPECT_EQ(kept.signals.at(0).what.id, log.signals[5].id);
  EXPECT_EQ(page_of("bob").total, 1u);
}

TEST_P(any_served_log, retention_takes_it_with_the_signal) {
  const auto old = signal_of("BTCUSDT", 6, monday), other = signal_of("ETHUSDT", 6, monday),
             young = signal_of("BTCUSDT", 6, monday + 5 * day_ms);
  asker.put(store,
            put_log{{},
                    {old, other, young},
                    {serving("ann", old), serving("ann", other), serving("ann", young)}});
  const auto now = monday + 6 * day_ms;
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{now, 0, 0, 3, "BTCUSDT"}), 2u);
  EXPECT_EQ(serve({serving("ann", old), serving("ann", other), serving("ann", young)}).added, 1u);
}

TEST_P(any_served_log, a_row_that_is_none_is_refused) {
  const auto s = signal_of("BTCUSDT", 6, monday);
  auto bad = serving("", s);
  EXPECT_EQ(asker.refusal<put_receipt>(store, put_log{{}, {}, {bad}}), errc::validation_error);
  bad = serving(std::string(300, 'x'), s);
  EXPECT_EQ(asker.refusal<put_receipt>(store, put_log{{}, {}, {bad}}), errc::validation_error);
}

TEST_P(any_served_log, of_two_who_change_a_note_one_wins) {
  EXPECT_EQ(swap("x", "y"), 0u) << "there is none";
  EXPECT_EQ(note(), "");
  EXPECT_EQ(swap("", "one"), 1u);
  EXPECT_EQ(swap("", "two"), 0u);
  EXPECT_EQ(swap("one", "two"), 1u);
  EXPECT_EQ(swap("one", "three"), 0u);
  EXPECT_EQ(note(), "two");
  EXPECT_EQ(swap("one", "two"), 1u) << "a repeat whose first answer was lost";
  EXPECT_EQ(swap("two", ""), 1u);
  EXPECT_EQ(swap("", "four"), 1u) << "an empty note says as much as none";
  auto& self = asker.self();
  for (int i = 0; i < 20; ++i) self->send(store, swap_note{"n", "four", std::to_string(i)});
  std::uint64_t won = 0;
  for (int i = 0; i < 20; ++i)
    self->receive([&](const put_receipt& r) { won += r.added; },
                  caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  EXPECT_EQ(won, 1u);
  EXPECT_EQ(note(), "0");
  EXPECT_EQ(asker.refusal<put_receipt>(store, swap_note{"", "", "x"}), errc::validation_error);
}

namespace {

std::vector<std::string> kinds() {
  std::vector<std::string> all;
  for (const auto& maker : store_makers()) all.push_back(maker.kind);
  return all;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(stores, any_served_log, testing::ValuesIn(kinds()),
                         [](const auto& which) { return which.param; });

} // namespace troupe
