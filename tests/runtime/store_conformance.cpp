// What every store must do, asked of each.
#include "actors/quotes.hpp"
#include "tests/runtime/store_fixture.hpp"
#include "tests/runtime/store_makers.hpp"

#include <limits>

namespace troupe {

namespace {

class any_store : public testing::TestWithParam<std::string> {
protected:
  any_store() : system(config), asker(system) {
    for (const auto& maker : store_makers())
      if (maker.kind == GetParam()) store = maker.make(system, folder);
  }
  ~any_store() override { asker.end(store); }

  signal_page page(const get_signals& question) { return asker.ask<signal_page>(store, question); }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  store_asker asker;
  store_actor store;
};

std::vector<std::string> ids_of(const signal_page& page) {
  std::vector<std::string> ids;
  for (const auto& s : page.signals) ids.push_back(s.what.id);
  return ids;
}

} // namespace

TEST_P(any_store, candles_come_back_bit_by_bit_in_order) {
  auto request = candles_of("BTCUSDT", 300);
  std::swap(request.candles[7], request.candles[200]);
  EXPECT_EQ(asker.put(store, request).added, 300u);
  EXPECT_EQ(asker.all_candles(store, "BTCUSDT"), candles_of("BTCUSDT", 300).candles);
  EXPECT_TRUE(asker.all_candles(store, "ETHUSDT").empty());
}

TEST_P(any_store, a_repeated_candle_is_counted_and_the_first_one_stays) {
  asker.put(store, candles_of("BTCUSDT", 10));
  auto again = candles_of("BTCUSDT", 12);
  again.candles[3].volume += 1;
  again.candles.push_back(again.candles.back());
  const auto receipt = asker.put(store, again);
  EXPECT_EQ(receipt.added, 2u);
  EXPECT_EQ(receipt.repeated, 11u);
  EXPECT_EQ(asker.all_candles(store, "BTCUSDT"), candles_of("BTCUSDT", 12).candles);
}

TEST_P(any_store, a_question_brings_the_newest_within_its_bounds) {
  asker.put(store, candles_of("BTCUSDT", 100));
  const auto at = [](int i) { return monday + i * base_interval_ms; };
  const auto found =
      asker.ask<std::vector<candle>>(store, get_candles{"BTCUSDT", at(10), at(50), 5});
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found.front().open_time, at(45));
  EXPECT_EQ(found.back().open_time, at(49));
  const get_candles inverted{"BTCUSDT", at(50), at(10), 5};
  EXPECT_TRUE(asker.ask<std::vector<candle>>(store, inverted).empty());
  const get_candles nothing{"BTCUSDT", at(10), at(50), 0};
  EXPECT_EQ(asker.refusal<std::vector<candle>>(store, nothing), errc::validation_error);
}

TEST_P(any_store, a_malformed_row_refuses_the_whole_request) {
  auto request = candles_of("BTCUSDT", 3);
  request.candles[2].high = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(asker.refusal<put_receipt>(store, request), errc::validation_error);
  put_log log{{prediction_of("BTCUSDT", 6, monday)}, {signal_of("BTCUSDT", 7, monday)}};
  EXPECT_EQ(asker.refusal<put_receipt>(store, log), errc::validation_error);
  EXPECT_TRUE(asker.ask<std::vector<candle_span>>(store, get_spans{}).empty());
}

TEST_P(any_store, a_text_that_is_not_utf8_is_refused_before_it_can_spoil_a_batch) {
  auto candles = candles_of("BTCUSDT", 1);
  candles.source = "caf\xe9";
  EXPECT_EQ(asker.refusal<put_receipt>(store, candles), errc::validation_error);
  put_log log{{}, {signal_of("BTCUSDT", 6, monday)}};
  log.signals[0].strategy = std::string{"a\0b", 3};
  EXPECT_EQ(asker.refusal<put_receipt>(store, log), errc::validation_error);
  EXPECT_EQ(asker.refusal<put_receipt>(store, put_note{"x", "\xff"}), errc::validation_error);
  // Reasons are words for people: what is no text in them is replaced.
  log.signals[0] = signal_of("BTCUSDT", 6, monday);
  log.signals[0].reasons = {std::string{"a\0b\xff", 4}};
  EXPECT_EQ(asker.put(store, log).added, 1u);
  EXPECT_EQ(page({}).total, 1u);
}

TEST_P(any_store, extreme_numbers_come_back_bit_by_bit) {
  auto kept = signal_of("BTCUSDT", 6, monday);
  kept.entry = std::numeric_limits<double>::denorm_min();
  kept.sl = std::numeric_limits<double>::max();
  kept.tp = -std::numeric_limits<double>::min();
  kept.expected_net_r = -0.0;
  kept.expires_at = std::numeric_limits<utc_ms>::max();
  kept.candles_from = std::numeric_limits<utc_ms>::min();
  asker.put(store, put_log{{}, {kept}});
  EXPECT_EQ(asker.bytes_of(page({}).signals.at(0).what), asker.bytes_of(kept));
}

TEST_P(any_store, a_signal_comes_back_bit_by_bit) {
  const auto kept = signal_of("BTCUSDT", 18, monday, signal_type::sell);
  EXPECT_EQ(asker.put(store, put_log{{}, {kept}}).added, 1u);
  const auto found = page({});
  ASSERT_EQ(found.signals.size(), 1u);
  EXPECT_EQ(asker.bytes_of(found.signals[0].what), asker.bytes_of(kept));
  EXPECT_FALSE(found.signals[0].outcome.has_value());
}

TEST_P(any_store, a_signal_may_have_no_odds_reasons_or_texts) {
  signal bare;
  bare.id = "x";
  bare.symbol = "EURUSD";
  bare.horizon = 6;
  bare.candle_time = bare.created_at = monday;
  asker.put(store, put_log{{}, {bare}});
  const auto found = page({});
  ASSERT_EQ(found.signals.size(), 1u);
  EXPECT_EQ(asker.bytes_of(found.signals[0].what), asker.bytes_of(bare));
}

TEST_P(any_store, one_signal_is_found_by_its_id_whatever_else_is_asked) {
  put_log log;
  for (int i = 0; i < 3; ++i)
    log.signals.push_back(signal_of("BTCUSDT", 18, monday + i * base_interval_ms));
  asker.put(store, log);
  get_signals question{"ETHUSDT", 6, std::nullopt, 1, 5};
  question.id = log.signals[1].id;
  const auto found = page(question);
  ASSERT_EQ(found.signals.size(), 1u);
  EXPECT_EQ(found.total, 1u);
  EXPECT_EQ(asker.bytes_of(found.signals[0].what), asker.bytes_of(log.signals[1]));
  question.id = "nobody's";
  EXPECT_TRUE(page(question).signals.empty());
}

TEST_P(any_store, repeated_logs_are_counted) {
  const put_log log{{prediction_of("BTCUSDT", 6, monday), prediction_of("BTCUSDT", 18, monday)},
                    {signal_of("BTCUSDT", 6, monday)}};
  EXPECT_EQ(asker.put(store, log).added, 3u);
  auto again = log;
  again.predictions.push_back(prediction_of("BTCUSDT", 6, monday));
  again.predictions.back().model_version = "next";
  const auto receipt = asker.put(store, again);
  EXPECT_EQ(receipt.added, 1u);
  EXPECT_EQ(receipt.repeated, 3u);
  EXPECT_EQ(page({}).total, 1u);
}

TEST_P(any_store, what_two_owners_write_of_one_candle_stays_as_the_first_one_wrote_it) {
  const put_log first{{prediction_of("BTCUSDT", 6, monday)}, {signal_of("BTCUSDT", 6, monday)}};
  auto second = first;
  second.predictions[0].current_price += 1;
  second.signals[0].candles_from += base_interval_ms;
  second.signals.push_back(signal_of("BTCUSDT", 6, monday + base_interval_ms));
  asker.put(store, first);
  const auto receipt = asker.put(store, second);
  EXPECT_EQ(receipt.added, 1u);
  EXPECT_EQ(receipt.repeated, 2u);
  const auto found = page({});
  ASSERT_EQ(found.signals.size(), 2u);
  EXPECT_EQ(asker.bytes_of(found.signals[1].what), asker.bytes_of(first.signals[0]));
  const auto open = asker.ask<open_rows>(store, get_open_rows{"BTCUSDT", 0});
  ASSERT_EQ(open.predictions.size(), 1u);
  EXPECT_EQ(open.predictions[0].current_price, first.predictions[0].current_price);
}

TEST_P(any_store, history_pages_are_newest_first_and_miss_nothing) {
  put_log log;
  for (int i = 0; i < 30; ++i)
    for (const auto* symbol : {"BTCUSDT", "ETHUSDT"})
      for (const int horizon : pushed_horizons)
        log.signals.push_back(signal_of(symbol, horizon, monday + i * base_interval_ms));
  asker.put(store, log);
  std::vector<std::string> newest_first;
  for (auto it = log.signals.rbegin(); it != log.signals.rend(); ++it)
    newest_first.push_back(it->id);
  std::vector<std::string> seen;
  for (std::uint32_t offset = 0; offset < 140; offset += 7) {
    get_signals question;
    question.limit = 7;
    question.offset = offset;
    const auto found = page(question);
    EXPECT_EQ(found.total, 120u);
    EXPECT_EQ(found.offset, offset);
    EXPECT_EQ(found.limit, 7u);
    for (const auto& id : ids_of(found)) seen.push_back(id);
  }
  EXPECT_EQ(seen, newest_first);
}

TEST_P(any_store, history_filters_agree_with_their_totals) {
  put_log log;
  for (int i = 0; i < 60; ++i)
    log.signals.push_back(signal_of(i % 2 ? "BTCUSDT" : "ETHUSDT", i % 3 ? 6 : 18,
                                    monday + i * base_interval_ms,
                                    static_cast<signal_type>(i % 5 % 3)));
  asker.put(store, log);
  for (const auto* symbol : {"", "BTCUSDT", "ETHUSDT", "EURUSD"})
    for (const int horizon : {0, 6, 18, 36})
      for (const int type : {-1, 0, 1, 2}) {
        get_signals question{symbol, horizon, std::nullopt, 500, 0};
        if (type >= 0) question.type = static_cast<signal_type>(type);
        const auto fits = [&](const signal& s) {
          return (question.symbol.empty() || s.symbol == question.symbol)
              && (horizon == 0 || s.horizon == horizon) && (type < 0 || s.type == question.type);
        };
        std::vector<std::string> expected;
        for (auto it = log.signals.rbegin(); it != log.signals.rend(); ++it)
          if (fits(*it)) expected.push_back(it->id);
        const auto found = page(question);
        EXPECT_EQ(ids_of(found), expected);
        EXPECT_EQ(found.total, expected.size());
      }
}

TEST_P(any_store, a_page_has_a_bound) {
  get_signals question;
  question.limit = 501;
  EXPECT_EQ(asker.refusal<signal_page>(store, question), errc::validation_error);
  question.limit = 0;
  EXPECT_EQ(asker.refusal<signal_page>(store, question), errc::validation_error);
}

TEST_P(any_store, spans_count_gaps_and_name_the_newest_source) {
  asker.put(store, candles_of("ETHUSDT", 10));
  asker.put(store, candles_of("BTCUSDT", 5));
  auto later = candles_of("BTCUSDT", 2, monday + 8 * base_interval_ms);
  later.source = "import";
  asker.put(store, later);
  const auto spans = asker.ask<std::vector<candle_span>>(store, get_spans{});
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].symbol, "BTCUSDT");
  EXPECT_EQ(spans[0].first, monday);
  EXPECT_EQ(spans[0].last, monday + 9 * base_interval_ms);
  EXPECT_EQ(spans[0].rows, 7u);
  EXPECT_EQ(spans[0].gaps, 3u);
  EXPECT_EQ(spans[0].source, "import");
  EXPECT_EQ(spans[1].gaps, 0u);
}

TEST_P(any_store, retention_deletes_what_is_older_and_nothing_else) {
  const auto days = [](int n) { return monday + n * day_ms; };
  put_log log;
  for (int i = 0; i < 10; ++i) {
    asker.put(store, candles_of("BTCUSDT", 1, days(i)));
    log.predictions.push_back(prediction_of("BTCUSDT", 36, days(i)));
    log.signals.push_back(signal_of("BTCUSDT", 36, days(i) - base_interval_ms));
  }
  asker.put(store, log);
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{days(9), 0, 0, 0}), 0u);
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{days(9), 4, 3, 2}), 5u + 6u + 7u);
  EXPECT_EQ(asker.all_candles(store, "BTCUSDT").front().open_time, days(5));
  EXPECT_EQ(asker.ask<std::vector<candle_span>>(store, get_spans{})[0].rows, 5u);
  const auto left = page({});
  EXPECT_EQ(left.total, 3u);
  EXPECT_EQ(left.signals.back().what.created_at, days(7));
  // What was deleted may be put again.
  EXPECT_EQ(asker.put(store, log).added, 6u + 7u);
}

TEST_P(any_store, retention_of_one_symbol_leaves_the_others_alone) {
  put_log log;
  for (const auto* symbol : {"BTCUSDT", "ETHUSDT"}) {
    asker.put(store, candles_of(symbol, 3, monday));
    log.predictions.push_back(prediction_of(symbol, 36, monday));
    log.signals.push_back(signal_of(symbol, 36, monday));
  }
  asker.put(store, log);
  const auto later = monday + 9 * day_ms;
  EXPECT_EQ(asker.ask<std::uint64_t>(store, apply_retention{later, 1, 1, 1, "BTCUSDT"}), 5u);
  EXPECT_EQ(asker.all_candles(store, "ETHUSDT").size(), 3u);
  EXPECT_EQ(page({}).total, 1u);
  EXPECT_EQ(page({}).signals[0].what.symbol, "ETHUSDT");
}

TEST_P(any_store, a_note_is_kept_under_its_name_and_replaced) {
  EXPECT_EQ(asker.ask<std::string>(store, get_note{"origin"}), "");
  EXPECT_EQ(asker.ask<put_receipt>(store, put_note{"origin", "2026"}).added, 1u);
  EXPECT_EQ(asker.ask<put_receipt>(store, put_note{"origin", ""}).repeated, 1u);
  EXPECT_EQ(asker.ask<std::string>(store, get_note{"origin"}), "");
  asker.ask<put_receipt>(store, put_note{"origin", "2027"});
  EXPECT_EQ(asker.ask<std::string>(store, get_note{"origin"}), "2027");
  EXPECT_EQ(asker.refusal<put_receipt>(store, put_note{"", "x"}), errc::validation_error);
}

TEST_P(any_store, answers_come_in_the_order_of_the_puts) {
  constexpr int count = 200;
  auto& self = asker.self();
  for (int i = 0; i < count; ++i)
    self->send(store, candles_of("BTCUSDT", static_cast<std::size_t>(i + 1)));
  for (int i = 0; i < count; ++i)
    self->receive(
        [&](const put_receipt& r) {
          EXPECT_EQ(r.added, 1u);
          EXPECT_EQ(r.repeated, static_cast<std::uint64_t>(i));
        },
        caf::after(std::chrono::seconds{20}) >> [] { FAIL() << "no answer"; });
  const auto status = asker.ask<store_status>(store, get_store_status{});
  EXPECT_EQ(status.written_rows, 200u);
  EXPECT_EQ(status.queued_rows, 0u);
  EXPECT_EQ(status.kind, GetParam());
}

std::vector<std::string> kinds() {
  std::vector<std::string> all;
  for (const auto& maker : store_makers()) all.push_back(maker.kind);
  return all;
}

TEST_P(any_store, spreads_add_up_by_session_and_each_piece_counts_once) {
  const auto spreads = caf::actor_cast<spread_store_actor>(store);
  const auto piece = [](utc_ms at, double spread, const symbol_name& symbol = "BTCUSDT") {
    return spread_row{symbol, at, at + minute_ms, 2, 2 * spread, spread, spread};
  };
  const put_spreads all{{piece(monday + hour_ms, 1), piece(monday + 8 * hour_ms, 3),
                         piece(monday + 13 * hour_ms, 5), piece(monday + hour_ms, 9, "ETHUSDT")}};
  EXPECT_EQ(asker.ask<put_receipt>(spreads, all).added, 4u);
  EXPECT_EQ(asker.ask<put_receipt>(spreads, all).repeated, 4u);
  const auto sum = [&](utc_ms since, utc_ms until, int from, int to) {
    return asker.ask<spread_row>(spreads, get_spreads{"BTCUSDT", since, until, from, to});
  };
  const auto day = sum(monday, monday + day_ms, 0, 24);
  EXPECT_EQ(day.count, 6u);
  EXPECT_EQ(day.sum, 18);
  EXPECT_EQ(day.min, 1);
  EXPECT_EQ(day.max, 5);
  EXPECT_EQ(day.from, monday + hour_ms);
  EXPECT_EQ(day.to, monday + 13 * hour_ms + minute_ms);
  EXPECT_EQ(sum(monday, monday + day_ms, 7, 13).sum, 6); // an hour belongs to where it begins
  EXPECT_EQ(sum(monday, monday + day_ms, 20, 24).count, 0u);
  EXPECT_EQ(sum(monday + 2 * hour_ms, monday + 9 * hour_ms, 0, 24).count, 2u);
  auto bad = piece(monday, 1);
  bad.count = 0;
  EXPECT_EQ(asker.refusal<put_receipt>(spreads, put_spreads{{bad}}), errc::validation_error);
  asker.ask<std::uint64_t>(store, apply_retention{monday + day_ms + 13 * hour_ms, 1, 0, 0});
  EXPECT_EQ(sum(monday, monday + day_ms, 0, 24).count, 2u);
}

INSTANTIATE_TEST_SUITE_P(stores, any_store, testing::ValuesIn(kinds()),
                         [](const auto& which) { return which.param; });

} // namespace troupe
