// Sets of every kind: what corrects the scale, what lies in the file, and that a live stream says
// what the dataset says.
#include "models/forecast/comparison.hpp"
#include "models/forecast/fits.hpp"
#include "models/forecast/forecaster.hpp"
#include "models/forecast/held_out.hpp"
#include "models/forecast/quality_text.hpp"
#include "models/forecast/range_model.hpp"
#include "models/forecast/training_recurrent.hpp"
#include "models/symbol_stream.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace troupe {
namespace {

using tests::simulated_candles;
using tests::small_models;

constexpr std::array<model_kind, 4> kinds{model_kind::har, model_kind::xgboost, model_kind::gru,
                                          model_kind::ensemble};

double metric(const model_info& info, const std::string& name) {
  for (const auto& [key, value] : info.metrics)
    if (key == name) return value;
  ADD_FAILURE() << info.name << " lacks " << name;
  return std::nan("");
}

symbol_stream stream() { return symbol_stream("BTCUSDT", {}); }

/// All that is said at a close, as text to compare.
std::string said(const symbol_stream& s) {
  std::string out;
  const auto b = s.say();
  for (const auto& p : b.predictions) {
    for (const double x : {p.delta_high, p.delta_low, p.confidence})
      out.append(reinterpret_cast<const char*>(&x), sizeof x);
    for (const double x : p.high_quantiles) out.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  for (const auto& one : b.signals) out += one.id;
  return out;
}

} // namespace

TEST(model_kinds, have_names_that_are_read_back) {
  for (const auto k : kinds) EXPECT_EQ(model_kind_of(to_string(k)), k);
  EXPECT_FALSE(model_kind_of("all"));
  EXPECT_FALSE(model_kind_of(""));
}

TEST(model_kinds, each_holds_what_it_looks_at_and_nothing_else) {
  for (const auto k : kinds) {
    const auto& set = *small_models(k).models;
    const bool looks = k == model_kind::gru || k == model_kind::ensemble;
    const bool grows = k == model_kind::xgboost || k == model_kind::ensemble;
    EXPECT_EQ(set.kind, k);
    EXPECT_EQ(set.network != nullptr, looks) << to_string(k);
    EXPECT_EQ(small_models(k).boosters.size(), grows ? 16u : 8u) << to_string(k);
    ASSERT_EQ(set.ranges.size(), 8u);
    for (const auto& m : set.ranges) {
      EXPECT_TRUE(m->weights.sound());
      EXPECT_EQ(m->trees.trees() > 0, grows);
      EXPECT_FALSE(m->seed_errors.empty());
    }
    EXPECT_EQ(set.infos.size(), 12u);
    for (const auto& info : set.infos) {
      if (info.kind != "range") continue;
      EXPECT_NEAR(metric(info, "coverage_q90"), .9, .08) << info.name;
    }
  }
}

TEST(model_kinds, one_plan_gives_the_trees_that_a_plan_of_their_own_gives) {
  EXPECT_EQ(small_models(model_kind::xgboost).models->model_hash,
            small_models().models->model_hash);
}

TEST(model_kinds, no_two_have_the_same_hash) {
  std::set<std::string> hashes;
  for (const auto k : kinds) hashes.insert(small_models(k).models->model_hash);
  EXPECT_EQ(hashes.size(), kinds.size());
  auto changed = *small_models(model_kind::gru).models;
  recurrent_network::content other{};
  other.deviation.fill(1);
  changed.network = std::make_shared<const recurrent_network>(other);
  EXPECT_NE(hash_of(changed), changed.model_hash);
  changed = *small_models(model_kind::ensemble).models;
  auto reweighed = *changed.ranges[3];
  std::swap(reweighed.weights.har, reweighed.weights.trees);
  changed.ranges[3] = std::make_shared<const range_model>(reweighed);
  EXPECT_NE(hash_of(changed), changed.model_hash);
}

TEST(model_kinds, the_network_of_these_tests_has_learnt_something) {
  const auto& set = small_models(model_kind::gru);
  const auto one = set.models->network->answer(set.golden.front().seen);
  const auto other = set.models->network->answer(set.golden.back().seen);
  for (std::size_t o = 0; o < network_outputs; ++o) EXPECT_NE(one[o], other[o]);
}

TEST(model_kinds, a_mixture_answers_among_its_members) {
  const auto& mixed = *small_models(model_kind::ensemble).models;
  const auto& golden = small_models(model_kind::ensemble).golden;
  for (const auto& row : golden) {
    const auto learnt = mixed.network->answer(row.seen);
    for (std::size_t i = 0; i < 8; ++i) {
      const auto say = [&](model_kind k) {
        return small_models(k).models->ranges[i]->forecast(row.features, row.har[i / 2], learnt);
      };
      const double har = say(model_kind::har), trees = say(model_kind::xgboost);
      const double network = say(model_kind::gru), all = say(model_kind::ensemble);
      EXPECT_GE(all, std::min({har, trees, network}) * (1 - 1e-12));
      EXPECT_LE(all, std::max({har, trees, network}) * (1 + 1e-12));
    }
  }
}

TEST(model_kinds, weights_of_a_mixture_are_shown_among_its_figures) {
  for (const auto& info : small_models(model_kind::ensemble).models->infos) {
    if (info.kind != "range") continue;
    EXPECT_NEAR(metric(info, "weight_har") + metric(info, "weight_xgboost")
                    + metric(info, "weight_gru"),
                1, 1e-9);
  }
}

TEST(model_kinds, a_network_serves_all_horizons_and_lends_to_no_one) {
  const auto data =
      std::make_shared<const dataset>(make_dataset("BTCUSDT", simulated_candles(40 * 288)));
  training_options options;
  options.kind = model_kind::gru;
  options.horizons = {6};
  EXPECT_EQ(plan_training(data, options).tasks.size(), 1u + 4);
  options.kind = model_kind::xgboost;
  options.tpsl = false;
  const auto plan = plan_training(data, options);
  std::vector<fit_result> results;
  for (const auto& task : plan.tasks) results.push_back(run(task));
  const auto whole = assemble(*data, results, options, &small_models(model_kind::gru));
  EXPECT_NE(whole.error.find("no earlier version"), std::string::npos);
}

TEST(model_kinds, held_out_mixtures_use_weights_that_were_known_then) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(6000));
  const auto rows = rows_of(data, 0);
  held_out trees{1000, *fit_linear(rows, 900), {}};
  trees.corrections.assign(rows.size() - 1000, 1.1);
  auto network = trees;
  network.corrections.assign(rows.size() - 1000, .9);
  member_weights all{}, cut{};
  const auto whole_trees = trees, whole_network = network;
  const auto whole = mix_held_out(rows, trees, network, all);
  auto shorter = rows;
  shorter.at.resize(3000);
  trees.corrections.resize(2000);
  network.corrections.resize(2000);
  const auto part = mix_held_out(shorter, trees, network, cut);
  for (std::size_t i = 0; i < part.corrections.size(); ++i)
    ASSERT_EQ(part.corrections[i], whole.corrections[i]) << "what came later changed row " << i;
  for (std::size_t i = 0; i < 288 + 5; ++i) ASSERT_NEAR(whole.corrections[i], 1, 1e-12);
  EXPECT_FALSE(all == cut);
  // The weights move at row 293, which may know the outcome of row 287 and no later one.
  auto other = data;
  for (std::size_t i = 288; i <= 293; ++i) other.samples[rows.at[1000 + i]].delta[0][0] *= 9;
  member_weights unused{};
  const auto again = mix_held_out(rows_of(other, 0), whole_trees, whole_network, unused);
  for (std::size_t i = 0; i < 300; ++i) ASSERT_EQ(again.corrections[i], whole.corrections[i]) << i;
}

TEST(model_kinds, labels_are_of_outcomes_that_are_known_by_then) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(3000));
  auto rows = rows_for_network(data);
  const std::vector<linear_fit> linear(network_outputs, *fit_linear(rows_of(data, 0), 500));
  label_known(rows, linear, 100, 400, data.samples[300].at);
  for (std::size_t i = 0; i < 500; ++i)
    for (std::size_t o = 0; o < network_outputs; ++o) {
      const bool known = i >= 100 && i + static_cast<std::size_t>(horizons[o / 2]) < 300;
      ASSERT_EQ(rows.labels[i][o] >= 0, known) << i << ' ' << o;
    }
}

TEST(model_kinds, the_twin_that_is_judged_knows_no_outcome_behind_its_first_judged_row) {
  auto candles = simulated_candles(31 * 288, 1); // a market of which one round learns something
  const auto fit = [&] {
    training_options options;
    options.kind = model_kind::gru;
    options.tpsl = false;
    options.network_rounds = 1;
    const auto data = std::make_shared<const dataset>(make_dataset("BTCUSDT", candles));
    return run(plan_training(data, options).tasks.front());
  };
  const auto before = fit();
  ASSERT_EQ(before.error, "");
  const auto data = make_dataset("BTCUSDT", candles);
  std::size_t first = candles.size();
  for (const auto& range : before.ranges) {
    const auto rows = rows_of(data, range->index);
    first = std::min<std::size_t>(first, rows.row(range->held.first).at);
  }
  for (std::size_t i = first + 1; i < candles.size(); ++i) candles[i].high *= 1.02;
  const auto after = fit();
  for (std::size_t o = 0; o < network_outputs; ++o) {
    const auto rows = rows_of(data, o);
    const auto &was = before.ranges[o]->held, &is = after.ranges[o]->held;
    if (rows.row(was.first).at != first) continue;
    ASSERT_NE(was.corrections.front(), 1) << "it has learnt";
    EXPECT_EQ(is.corrections.front(), was.corrections.front()) << o;
    EXPECT_EQ(is.linear.mean, was.linear.mean) << o;
    EXPECT_NE(is.corrections.back(), was.corrections.back()) << o;
  }
  EXPECT_NE(before.network->bytes(), after.network->bytes()) << "the final one learns from all";
}

TEST(model_kinds, a_live_run_of_a_network_equals_the_dataset_bit_for_bit) {
  const auto candles = simulated_candles(45 * 288);
  const auto data = make_dataset("BTCUSDT", candles);
  const auto rows = rows_for_network(data);
  for (const auto kind : {model_kind::gru, model_kind::ensemble}) {
    const auto models = small_models(kind).models;
    feature_builder features;
    forecaster live;
    live.use(models);
    std::size_t i = 0;
    for (const auto& c : candles) {
      features.push(c);
      live.step(c, features);
      if (!live.ready()) continue;
      const auto& s = data.samples[i];
      ASSERT_EQ(s.time, c.open_time);
      const auto learnt = models->network->answer({rows.window(i), rows.contexts[i]});
      for (std::size_t h = 0; h < horizons.size(); ++h)
        for (std::size_t side = 0; side < 2; ++side) {
          const auto& f = live.ranges()[h];
          const auto& model = *models->ranges[2 * h + side];
          const double said = side == 0 ? f.delta_high : f.delta_low;
          ASSERT_EQ(said, model.forecast(s.features, s.har[h], learnt));
          if (kind != model_kind::gru) continue;
          ASSERT_EQ(said, model.har.forecast(s.har[h]) * clipped_correction(learnt[2 * h + side]));
        }
      ++i;
    }
    EXPECT_EQ(i, data.samples.size());
  }
}

TEST(model_kinds, a_network_that_joins_late_waits_for_a_whole_window) {
  const auto candles = simulated_candles(feature_warmup + 2 * window_steps);
  feature_builder features;
  forecaster live;
  std::size_t waited = 0;
  for (std::size_t i = 0; i < candles.size(); ++i) {
    if (i == feature_warmup) live.use(small_models(model_kind::gru).models);
    features.push(candles[i]);
    live.step(candles[i], features);
    if (i >= feature_warmup && !live.ready()) ++waited;
  }
  EXPECT_EQ(waited, window_steps);
  // What trees spoke through was not seen by the network that spoke before them.
  const auto more = simulated_candles(candles.size() + 12);
  for (std::size_t i = candles.size(); i < more.size(); ++i) {
    if (i == candles.size()) live.use(small_models(model_kind::xgboost).models);
    if (i == candles.size() + 10) live.use(small_models(model_kind::gru).models);
    features.push(more[i]);
    live.step(more[i], features);
    EXPECT_EQ(live.ready(), i < candles.size() + 10) << i;
  }
}

TEST(model_kinds, a_replay_says_what_was_said_live_also_across_a_gap_and_a_restart) {
  auto candles = simulated_candles(3 * feature_warmup);
  candles.erase(candles.begin() + 2700, candles.begin() + 2712); // too long to be filled
  for (const auto kind : {model_kind::gru, model_kind::ensemble}) {
    auto live = stream();
    live.use(small_models(kind).models);
    std::vector<std::string> first;
    for (const auto& c : candles) {
      live.take(c);
      first.push_back(said(live));
    }
    auto replay = stream();
    replay.use(small_models(kind).models);
    for (std::size_t i = 0; i < candles.size(); ++i) {
      replay.take(candles[i]);
      ASSERT_EQ(said(replay), first[i]) << i;
    }
    // The windows of a stream that starts at the gap are those of one that was restarted by it.
    auto restarted = stream();
    restarted.use(small_models(kind).models);
    for (std::size_t i = 2700; i < candles.size(); ++i) restarted.take(candles[i]);
    ASSERT_TRUE(restarted.can_predict());
    EXPECT_EQ(restarted.predict(0).delta_high, live.predict(0).delta_high);
    // A model taken over in flight speaks at once, from the ring.
    auto swapped = stream();
    for (std::size_t i = 2700; i < candles.size(); ++i) swapped.take(candles[i]);
    swapped.use(small_models(kind).models);
    ASSERT_TRUE(swapped.can_predict());
  }
}

TEST(comparison, puts_all_kinds_and_baselines_into_one_table) {
  const auto candles = simulated_candles(60 * 288);
  walk_options options;
  options.from = candles[45 * 288].open_time;
  options.to = candles[55 * 288].open_time;
  options.blocks = 1;
  options.train_candles = 30 * 288;
  const auto c =
      compare_kinds("BTCUSDT", candles, {}, options, {model_kind::har, model_kind::xgboost});
  ASSERT_EQ(c.error, "");
  ASSERT_EQ(c.predictors.size(), 3u);
  const auto single = walk_forward("BTCUSDT", candles, {}, options);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto& boosted = c.predictors[2].ranges[i];
    EXPECT_EQ(boosted.r2, single.ranges[i].r2);
    EXPECT_EQ(boosted.q90, single.ranges[i].q90);
    EXPECT_EQ(c.predictors[0].ranges[i].r2, single.ranges[i].r2_atr);
    EXPECT_EQ(c.predictors[1].ranges[i].r2, single.ranges[i].r2_har);
    EXPECT_NEAR(c.predictors[0].ranges[i].q90, .9, .06) << "k*ATR has honest bands, too";
  }
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_EQ(c.predictors[2].difference[h], 0);
    const auto &one = c.predictors[0], &other = c.predictors[2];
    const double measured = (one.ranges[2 * h].qlike + one.ranges[2 * h + 1].qlike
                             - other.ranges[2 * h].qlike - other.ranges[2 * h + 1].qlike)
        / 2;
    EXPECT_NEAR(one.difference[h], measured, 1e-9);
    EXPECT_GT(one.standard_error[h], 0);
  }
  const auto text = to_text(c);
  for (const auto* word : {"k*ATR", "har", "xgboost", "QLIKE"})
    EXPECT_NE(text.find(word), std::string::npos);
  options.to = options.from + day_ms / 2;
  EXPECT_NE(compare_kinds("BTCUSDT", candles, {}, options, {model_kind::xgboost}).error, "");
}

} // namespace troupe
