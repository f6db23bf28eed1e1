#include "models/forecast/recurrent.hpp"

#include "models/forecast/booster.hpp"
#include "models/forecast/fits.hpp"
#include "models/forecast/metrics.hpp"
#include "models/forecast/training_recurrent.hpp"
#include "tests/models/forecast/small_models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace troupe {
namespace {

using tests::simulated_candles;

template<class T>
network_parameters<T> random_parameters(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, .4);
  network_parameters<T> w;
  for (std::size_t i = 0; i < w.count; ++i) w.data()[i] = static_cast<T>(normal(random));
  return w;
}

recurrent_network::content random_content(std::uint32_t seed = 3) {
  recurrent_network::content c;
  c.parameters = random_parameters<float>(seed);
  c.deviation.fill(1);
  return c;
}

/// Labels as training makes them, on the HAR scale of a model of its own.
void label_by_day_range(network_rows& rows) {
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto& s = rows.data->samples[i];
    for (std::size_t o = 0; o < network_outputs; ++o)
      if (s.whole(o / 2))
        rows.labels[i][o] = s.delta[o / 2][o % 2] / static_cast<float>(s.har[o / 2][3]);
  }
}

} // namespace

TEST(recurrent, the_gradient_is_that_of_finite_differences) {
  auto w = random_parameters<double>(1);
  std::mt19937 random(2);
  std::normal_distribution<double> normal(0, 1);
  std::array<double, window_steps * step_inputs> steps;
  std::array<double, context_inputs> context;
  std::array<double, network_outputs> labels;
  for (auto& x : steps) x = normal(random);
  for (auto& x : context) x = normal(random);
  for (auto& y : labels) y = std::exp(normal(random));
  const auto loss = [&] {
    network_trace<double> t;
    forward(w, steps.data(), context.data(), t);
    double sum = 0;
    for (std::size_t o = 0; o < network_outputs; ++o)
      sum += labels[o] * std::exp(-t.output[o]) + t.output[o];
    return sum;
  };
  network_trace<double> trace;
  forward(w, steps.data(), context.data(), trace);
  double d[network_outputs];
  for (std::size_t o = 0; o < network_outputs; ++o)
    d[o] = 1 - labels[o] * std::exp(-trace.output[o]);
  network_parameters<double> gradient{};
  backward(w, turned_weights<double>(w), steps.data(), context.data(), trace, d, gradient);
  double largest = 0;
  for (std::size_t i = 0; i < w.count; ++i) {
    const double before = w.data()[i], step = 1e-5;
    w.data()[i] = before + step;
    const double up = loss();
    w.data()[i] = before - step;
    const double down = loss();
    w.data()[i] = before;
    const double measured = (up - down) / (2 * step);
    ASSERT_NEAR(gradient.data()[i], measured, 1e-6 * (1 + std::abs(measured))) << i;
    largest = std::max(largest, std::abs(measured));
  }
  EXPECT_GT(largest, .1);
}

TEST(recurrent, its_exponential_is_one) {
  for (float x = -79; x < 79; x += .37f)
    ASSERT_NEAR(exponential(x) / std::exp(static_cast<double>(x)), 1, 4e-7) << x;
  EXPECT_EQ(exponential(0.f), 1.f);
  EXPECT_TRUE(std::isfinite(exponential(1e30f)));
  EXPECT_GE(exponential(-1e30f), 0.f);
}

TEST(recurrent, float_and_double_agree) {
  const auto content = random_content();
  network_parameters<double> w;
  for (std::size_t i = 0; i < w.count; ++i)
    w.data()[i] = static_cast<double>(content.parameters.data()[i]);
  network_input in;
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0, 1);
  for (auto& x : in.window) x = normal(random);
  for (auto& x : in.context) x = normal(random);
  std::array<double, window_steps * step_inputs> steps;
  std::array<double, context_inputs> context;
  std::copy(in.window.begin(), in.window.end(), steps.begin());
  std::copy(in.context.begin(), in.context.end(), context.begin());
  network_trace<double> trace;
  forward(w, steps.data(), context.data(), trace);
  const auto answer = recurrent_network(content).answer(in);
  for (std::size_t o = 0; o < network_outputs; ++o)
    EXPECT_NEAR(static_cast<double>(answer[o]) / std::exp(trace.output[o]), 1, 1e-4) << o;
}

/// A fused or reordered sum would change it: the hash is that of GCC 12 and Clang 14 from -O0 to
/// -O3.
TEST(recurrent, every_build_gives_the_same_bits) {
  std::uint32_t state = 1;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) * 0x1p-24f - .5f;
  };
  recurrent_network::content content;
  content.deviation.fill(1);
  for (std::size_t i = 0; i < content.parameters.count; ++i) content.parameters.data()[i] = next();
  const recurrent_network network(content);
  fnv1a hash;
  for (int row = 0; row < 50; ++row) {
    network_input in;
    for (auto& x : in.window) x = 4 * next();
    for (auto& x : in.context) x = 4 * next();
    for (const float x : network.answer(in)) hash.add_number(x);
  }
  EXPECT_EQ(hash.hex(), "10a0140fd9333ed1");
}

TEST(recurrent, bytes_come_back_to_the_bit) {
  const recurrent_network one(random_content());
  std::string error;
  const auto back = recurrent_network::read(one.bytes(), error);
  ASSERT_TRUE(back) << error;
  EXPECT_EQ(back->bytes(), one.bytes());
  network_input in;
  in.window.fill(.3f);
  EXPECT_EQ(back->answer(in), one.answer(in));
}

TEST(recurrent, damaged_bytes_are_refused_with_a_reason) {
  const auto good = recurrent_network(random_content()).bytes();
  const auto why = [](const std::string& bytes) {
    std::string error;
    EXPECT_FALSE(recurrent_network::read(bytes, error));
    return error;
  };
  EXPECT_EQ(why(""), "these are no weights of a network");
  EXPECT_EQ(why("x" + good), "these are no weights of a network");
  EXPECT_EQ(why(good.substr(0, good.size() - 4)), "the weights have another size than stated");
  EXPECT_EQ(why(good + "more"), "the weights have another size than stated");
  auto bytes = good;
  bytes[12] = 7; // steps of the window
  EXPECT_EQ(why(bytes), "the network has another shape than this program's");
  const auto with = [&](std::size_t at, float x) {
    auto changed = good;
    std::memcpy(&changed[12 + 24 + 4 * at], &x, 4);
    return changed;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float x : {nan, std::numeric_limits<float>::infinity(), -1e9f}) {
    EXPECT_EQ(why(with(0, x)), "a weight is not finite or absurd");
    EXPECT_EQ(why(with(2 * context_inputs + 100, x)), "a weight is not finite or absurd");
  }
  EXPECT_EQ(why(with(context_inputs, 0)), "a context without deviation");
  EXPECT_EQ(why(with(context_inputs + 1, nan)), "a weight is not finite or absurd");
}

TEST(recurrent, any_finite_input_gives_a_finite_answer) {
  auto content = random_content();
  for (std::size_t i = 0; i < content.parameters.count; ++i)
    content.parameters.data()[i] = i % 2 ? 1e3f : -1e3f;
  network_input in;
  in.window.fill(8);
  in.context.fill(1e6f);
  for (const float x : recurrent_network(content).answer(in)) EXPECT_TRUE(std::isfinite(x));
}

TEST(recurrent_inputs, a_live_window_equals_that_of_the_dataset) {
  const auto candles = simulated_candles(2400);
  const auto data = make_dataset("BTCUSDT", candles);
  const auto rows = rows_for_network(data);
  feature_builder features;
  recent_steps recent;
  std::size_t i = 0;
  for (const auto& c : candles) {
    features.push(c);
    recent.push(c);
    if (!features.ready()) continue;
    const auto seen = recent.look(features);
    ASSERT_EQ(seen.window, rows.window(i));
    ASSERT_EQ(seen.context, rows.contexts[i]);
    ++i;
  }
  EXPECT_EQ(i, data.samples.size());
}

TEST(recurrent_inputs, neither_price_nor_size_of_the_market_matters) {
  auto candles = simulated_candles(2100);
  auto larger = candles;
  for (auto& c : larger) {
    for (double* x : {&c.open, &c.high, &c.low, &c.close}) *x *= 1024;
    c.volume *= 64;
  }
  const auto a = make_dataset("BTCUSDT", candles), b = make_dataset("BTCUSDT", larger);
  const auto one = rows_for_network(a), other = rows_for_network(b);
  for (std::size_t i = 0; i < window_steps * step_inputs; ++i)
    EXPECT_NEAR(one.window(50)[i], other.window(50)[i], 1e-4f);
}

TEST(recurrent_inputs, absurd_candles_stay_finite) {
  recent_steps recent;
  feature_builder features;
  for (int i = 0; i < 2100; ++i) {
    const double wild = i % 2 ? 1e-8 : 1e8;
    const candle c{i * base_interval_ms, wild, wild, wild, wild, i % 3 ? 0 : 1e300};
    features.push(c);
    recent.push(c);
  }
  const auto seen = recent.look(features);
  for (const float x : seen.window) EXPECT_TRUE(std::isfinite(x));
  for (const float x : seen.context) EXPECT_TRUE(std::isfinite(x));
}

TEST(recurrent_inputs, a_window_is_full_when_all_its_candles_have_a_neighbour) {
  const auto candles = simulated_candles(100);
  recent_steps recent;
  for (std::size_t i = 0; i <= window_steps; ++i) {
    EXPECT_FALSE(recent.full());
    recent.push(candles[i]);
  }
  EXPECT_TRUE(recent.full());
  recent.restart();
  EXPECT_FALSE(recent.full());
}

TEST(recurrent_training, same_seed_same_bytes) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(4000));
  auto rows = rows_for_network(data);
  label_by_day_range(rows);
  network_options options;
  options.most_rounds = 2;
  options.windows_a_round = 640;
  const auto fit = [&] { return fit_network(rows, 1500, 1600, 1900, options).network->bytes(); };
  const auto once = fit();
  EXPECT_EQ(fit(), once);
  options.seed = 8;
  EXPECT_NE(fit(), once);
}

TEST(recurrent_training, rows_behind_its_end_teach_nothing) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(4000));
  auto rows = rows_for_network(data);
  label_by_day_range(rows);
  network_options options;
  options.most_rounds = 2;
  options.windows_a_round = 640;
  options.patience = 9;
  const auto fit = [&] { return fit_network(rows, 1000, 1600, 1700, options).network->bytes(); };
  const auto once = fit();
  for (std::size_t i = 1000; i < rows.labels.size(); ++i)
    if (i < 1600 || i >= 1700) rows.labels[i].fill(9);
  EXPECT_EQ(fit(), once);
}

/// What is planted: whether the last candle of much volume closed high or low. No feature knows it.
TEST(recurrent_training, learns_what_lies_behind_in_order_and_trees_on_the_features_cannot) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(12000));
  auto rows = rows_for_network(data);
  std::mt19937 random(6);
  const auto spread = [&] { return .5f + static_cast<float>(random() % 1000) / 1000; };
  labelled_rows train, watched;
  train.columns = watched.columns = feature_count;
  const std::size_t n = data.samples.size(), end = n * 4 / 5;
  for (std::size_t i = 0; i < n; ++i) {
    const auto window = rows.window(i);
    float last = 0;
    for (std::size_t t = window_steps; t-- > 0 && last == 0;)
      if (window[t * step_inputs + 3] > .4f) last = window[t * step_inputs + 2];
    const float label = (last > 0 ? 1.5f : .7f) * spread();
    rows.labels[i].fill(label);
    auto& to = i < end ? train : watched;
    const auto& x = data.samples[i].features;
    to.values.insert(to.values.end(), x.begin(), x.end());
    to.labels.push_back(label);
  }
  const std::vector<std::string_view> names(feature_names.begin(), feature_names.end());
  booster_parameters parameters;
  parameters.objective = "reg:gamma";
  const auto trees = fit_checked(parameters, train, watched, names);
  ASSERT_EQ(trees.error, "");
  double by_trees = 0;
  for (std::size_t i = 0; i < watched.rows(); ++i)
    by_trees += gamma_loss(watched.labels[i], trees.trees->predict(&watched.values[i * 24]), 1)
        - gamma_loss(watched.labels[i], 1, 1);
  const double trees_gain = -by_trees / static_cast<double>(watched.rows());
  network_options options;
  options.most_rounds = 15;
  options.windows_a_round = 6400;
  options.rate = 5e-3f;
  const double gain = fit_network(rows, end, end, n, options).gain;
  EXPECT_GT(gain, .03); // of .07 to be had
  EXPECT_GT(gain, 4 * trees_gain) << trees_gain;
  RecordProperty("gain of the network", std::to_string(gain));
  RecordProperty("gain of trees", std::to_string(trees_gain));
}

TEST(recurrent_training, without_labels_there_is_no_network) {
  const auto data = make_dataset("BTCUSDT", simulated_candles(2500));
  const auto rows = rows_for_network(data);
  EXPECT_FALSE(fit_network(rows, 200, 250, 300, {}).network);
}

} // namespace troupe
