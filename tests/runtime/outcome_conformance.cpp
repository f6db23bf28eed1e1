// Outcomes, asked of every store.
#include "tests/runtime/store_fixture.hpp"
#include "tests/runtime/store_makers.hpp"

#include <limits>

namespace troupe {

namespace {

class outcome_store : public testing::TestWithParam<std::string> {
protected:
  outcome_store() : system(config), asker(system) {
    for (const auto& maker : store_makers())
      if (maker.kind == GetParam()) store = maker.make(system, folder);
  }
  ~outcome_store() override { asker.end(store); }

  open_rows open(const symbol_name& symbol, utc_ms from = 0) {
    return asker.ask<open_rows>(store, get_open_rows{symbol, from});
  }
  static utc_ms at(int slot) { return monday + slot * base_interval_ms; }
  static prediction_outcome outcome_of(const prediction& p) {
    return {p.symbol, p.horizon, p.candle_time, p.model_version, 43333.25, 43111.1, .1 + .2};
  }
  put_receipt settle(std::vector<prediction_outcome> outcomes,
                     std::vector<settled_signal> settled = {}) {
    put_log log;
    log.outcomes = std::move(outcomes);
    log.settled = std::move(settled);
    return asker.put(store, log);
  }

  temporary_folder folder;
  store_config config;
  caf::actor_system system;
  store_asker asker;
  store_actor store;
};

std::vector<std::string> kinds() {
  std::vector<std::string> all;
  for (const auto& maker : store_makers()) all.push_back(maker.kind);
  return all;
}

} // namespace

TEST_P(outcome_store, a_signals_outcome_is_shown_beside_it_and_the_first_one_stays) {
  const auto kept = signal_of("BTCUSDT", 6, at(1)), other = signal_of("BTCUSDT", 6, at(2));
  asker.put(store, put_log{{}, {kept, other}});
  EXPECT_EQ(settle({}, {{kept.id, {"tp", 1.9, .1 + .2}}}).added, 1u);
  const auto again = settle({}, {{kept.id, {"sl", -1, -1}}, {"nobody", {"sl", -1, -1}}});
  EXPECT_EQ(again.added, 0u);
  EXPECT_EQ(again.repeated, 2u);
  const auto page = asker.ask<signal_page>(store, get_signals{});
  ASSERT_EQ(page.signals.size(), 2u);
  EXPECT_FALSE(page.signals[0].outcome);
  ASSERT_TRUE(page.signals[1].outcome);
  EXPECT_EQ(page.signals[1].outcome->outcome, "tp");
  EXPECT_EQ(page.signals[1].outcome->pnl_r, 1.9);
  EXPECT_EQ(page.signals[1].outcome->pnl_percent, .1 + .2);
  EXPECT_EQ(page.total, 2u);
}

TEST_P(outcome_store, an_outcome_finds_its_row_within_the_same_request) {
  put_log log{{prediction_of("BTCUSDT", 6, at(1))}, {signal_of("BTCUSDT", 6, at(1))}};
  log.outcomes = {outcome_of(log.predictions[0])};
  log.settled = {{log.signals[0].id, {"expired", .25, .5}}};
  EXPECT_EQ(asker.put(store, log).added, 4u);
  EXPECT_TRUE(open("BTCUSDT").predictions.empty());
  EXPECT_TRUE(open("BTCUSDT").signals.empty());
  EXPECT_EQ(asker.put(store, log).repeated, 4u);
}

TEST_P(outcome_store, what_has_no_outcome_is_open_until_it_has_one) {
  put_log log;
  for (int slot = 1; slot <= 3; ++slot) {
    log.predictions.push_back(prediction_of("BTCUSDT", 18, at(slot)));
    log.signals.push_back(signal_of("BTCUSDT", 18, at(slot)));
  }
  auto later = log.predictions[1];
  later.model_version = "20260106T000000-00000000";
  log.predictions.push_back(later);
  log.predictions.push_back(prediction_of("ETHUSDT", 18, at(2)));
  log.signals.push_back(signal_of("ETHUSDT", 18, at(2)));
  asker.put(store, log);
  settle({outcome_of(log.predictions[1])}, {{log.signals[0].id, {"sl", -1, -1}}});

  const auto found = open("BTCUSDT");
  ASSERT_EQ(found.predictions.size(), 3u);
  EXPECT_EQ(found.predictions[0].candle_time, at(1));
  EXPECT_EQ(found.predictions[1].candle_time, at(2));
  EXPECT_EQ(found.predictions[1].model_version, later.model_version);
  EXPECT_EQ(found.predictions[2].candle_time, at(3));
  const auto& p = found.predictions[0];
  EXPECT_EQ(p.horizon, 18);
  EXPECT_EQ(p.current_price, log.predictions[0].current_price);
  EXPECT_EQ(p.q50_high, log.predictions[0].high_quantiles[q50]);
  EXPECT_EQ(p.q50_low, log.predictions[0].low_quantiles[q50]);
  ASSERT_EQ(found.signals.size(), 2u);
  const auto& s = found.signals[0];
  EXPECT_EQ(s.id, log.signals[1].id);
  EXPECT_EQ(s.candle_time, at(2));
  EXPECT_EQ(s.entry, log.signals[1].entry);
  EXPECT_EQ(s.sl, log.signals[1].sl);
  EXPECT_EQ(s.tp, log.signals[1].tp);
  EXPECT_EQ(s.rr_ratio, log.signals[1].rr_ratio);

  const auto newest = open("BTCUSDT", at(3));
  EXPECT_EQ(newest.predictions.size(), 1u);
  EXPECT_TRUE(open("SOLUSDT").predictions.empty());
}

TEST_P(outcome_store, an_outcome_that_is_no_number_refuses_the_whole_request) {
  const auto p = prediction_of("BTCUSDT", 6, at(1));
  asker.put(store, put_log{{p}, {}});
  put_log bad;
  bad.outcomes = {outcome_of(p), outcome_of(p)};
  bad.outcomes[1].mae = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(asker.refusal<put_receipt>(store, bad), errc::validation_error);
  EXPECT_EQ(open("BTCUSDT").predictions.size(), 1u);
  put_log endless;
  endless.settled = {{"x", {"tp", std::numeric_limits<double>::infinity(), 0}}};
  EXPECT_EQ(asker.refusal<put_receipt>(store, endless), errc::validation_error);
}

INSTANTIATE_TEST_SUITE_P(stores, outcome_store, testing::ValuesIn(kinds()),
                         [](const auto& which) { return which.param; });

} // namespace troupe
