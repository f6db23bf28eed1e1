// What a backtest says is what a live stream says: the same class, the same bits.
#include "models/backtest/backtest.hpp"
#include "models/signal_terms.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

namespace troupe {

using namespace tests;

namespace {

// A margin that some of the closes of each horizon are above and some are not.
strategy picky(int horizon) { return {"picky", .1 * (1 + horizon_index(horizon)), 0, 0, false}; }

// Candles that the small models have not seen, with a short and a long gap.
const std::vector<candle>& unseen() {
  static const auto candles = [] {
    auto all = simulated_candles(58 * 288);
    all.erase(all.begin(), all.begin() + 40 * 288);
    all.erase(all.begin() + 1000, all.begin() + 1002);
    all.erase(all.begin() + 2400, all.begin() + 2450);
    return all;
  }();
  return candles;
}

backtest_options options_for(int horizon) {
  backtest_options o;
  o.history.symbol = "BTCUSDT";
  o.history.horizon = horizon;
  o.history.models = small_models().models;
  o.strategies = {picky(horizon), {"always_in", 0, 0, 0, true}};
  o.random_runs = 20;
  return o;
}

// The hash of what a live stream says at every close, and how many those are.
decision_hash spoken_live(int horizon, const model_set_ptr& models) {
  stream_options live;
  live.rules = picky(horizon);
  symbol_stream stream{"BTCUSDT", live};
  stream.use(models);
  decision_hash spoken;
  for (const auto& c : unseen())
    if (stream.take(c) > 0 && stream.can_predict())
      spoken.add(stream.make_signal(static_cast<std::size_t>(horizon_index(horizon))));
  return spoken;
}

std::vector<judged_strategy> judged_by(const backtest_options& options) {
  const auto candles = clean_history("BTCUSDT", unseen());
  const auto plan = plan_history(candles, options.history);
  EXPECT_EQ(plan.error, "");
  const auto history = score_block(plan.blocks.at(0), candles, options.history);
  return judge_strategies(options, candles, history, run_pieces_in_turn);
}

void backwards(std::size_t count, const std::function<void(std::size_t)>& piece) {
  while (count-- > 0) piece(count);
}

} // namespace

TEST(backtest_history, its_signals_are_those_of_a_live_stream_to_the_bit) {
  for (const int horizon : horizons) {
    const auto spoken = spoken_live(horizon, small_models().models);
    const auto judged = judged_by(options_for(horizon));
    EXPECT_GT(spoken.count(), 500u);
    EXPECT_GT(judged[0].report.holds, 0u) << horizon;
    EXPECT_GT(judged[0].report.buys, 0u) << horizon;
    EXPECT_EQ(judged[0].report.closes, spoken.count());
    EXPECT_EQ(judged[0].report.decision_hash, spoken.hex()) << horizon;
    EXPECT_NE(judged[1].report.decision_hash, spoken.hex()) << horizon;
  }
}

TEST(backtest_history, so_they_are_with_models_of_every_kind) {
  for (const auto kind : {model_kind::har, model_kind::gru, model_kind::ensemble}) {
    auto o = options_for(18);
    o.history.models = small_models(kind).models;
    const auto spoken = spoken_live(18, o.history.models);
    EXPECT_GT(spoken.count(), 500u);
    EXPECT_EQ(judged_by(o)[0].report.decision_hash, spoken.hex()) << to_string(kind);
  }
}

TEST(backtest_history, the_result_is_the_same_however_the_work_is_spread) {
  const auto o = options_for(18);
  const auto candles = clean_history("BTCUSDT", unseen());
  const auto plan = plan_history(candles, o.history);
  const auto history = score_block(plan.blocks.at(0), candles, o.history);
  const auto once = judge_strategies(o, candles, history, run_pieces_in_turn);
  const auto again = judge_strategies(o, candles, history, backwards);
  ASSERT_GT(once[1].report.trades, 20u);
  for (std::size_t i = 0; i < once.size(); ++i)
    EXPECT_EQ(once[i].report.result_hash, again[i].report.result_hash);
  auto other = o;
  other.seed = 2;
  EXPECT_NE(judge_strategies(other, candles, history, backwards)[1].report.result_hash,
            once[1].report.result_hash);
}

TEST(backtest_history, a_walk_is_blocks_after_a_year_or_the_middle) {
  history_options walk;
  walk.symbol = "BTCUSDT";
  const auto half = plan_history(simulated_candles(100 * 288), walk);
  ASSERT_EQ(half.blocks.size(), 4u);
  EXPECT_EQ(half.blocks.front().from, 50u * 288);
  EXPECT_EQ(half.blocks.back().to, 100u * 288);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& b = half.blocks[i];
    EXPECT_EQ(b.from - b.lead, block_lead_candles);
    EXPECT_EQ(b.models, nullptr);
    EXPECT_EQ(b.from, i == 0 ? 50u * 288 : half.blocks[i - 1].to);
  }
  EXPECT_EQ(plan_history(simulated_candles(800 * 288), walk).blocks.front().from, 365u * 288);
  walk.from = 1'700'000'100'000 + 70 * day_ms;
  EXPECT_EQ(plan_history(simulated_candles(100 * 288), walk).blocks.front().from, 70u * 288);
  walk.to = walk.from + day_ms;
  EXPECT_NE(plan_history(simulated_candles(100 * 288), walk).error.find("fewer than a day"),
            std::string::npos);
}

TEST(signal_terms, a_line_says_what_was_weighed_and_nothing_else_is_a_line) {
  stream_options o;
  o.rules = {"mine", .1 + .2, 1.5, 2, true};
  o.costs.round_trip_bp = 7.25;
  o.fill_limit = 5;
  o.made_up = true;
  const auto line = terms_of(o);
  EXPECT_EQ(line,
            "margin_r=0.30000000000000004 standard_errors=1.5 min_rr=2 always_in=1 "
            "cost_bp=7.25 fill_limit=5 made_up=1");
  const auto read = parse_terms(line, "mine");
  ASSERT_TRUE(read);
  EXPECT_EQ(terms_of(*read), line);
  EXPECT_EQ(read->rules.name, "mine");
  for (const auto& bad : {std::string{}, line + " ", line + "0 x=1", line.substr(9),
                          line.substr(0, line.size() - 10), std::string{"margin_r=x"}})
    EXPECT_FALSE(parse_terms(bad, "mine")) << bad;
}

} // namespace troupe
