#include "models/forecast/training_recurrent.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

using parameters = network_parameters<float>;

// Adam (Kingma and Ba 2015) with decoupled decay, and a running mean of the weights, which is what
// is kept: targets are so noisy that the last step says little.
constexpr float first_memory = .9f, second_memory = .999f, least_step = 1e-8f;
constexpr float decay = 1e-2f, mean_memory = .998f;
constexpr float most_gradient = 1;   // norm of a step's gradient
constexpr float rate_half_life = 12; // rounds

/// Numbers from the seed alone (splitmix64), the same on every machine.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  float uniform(float bound) { // -bound to bound
    return (static_cast<float>(next() >> 40) * 0x1p-23f - 1) * bound;
  }

private:
  std::uint64_t next() {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

parameters first_parameters(dice& random) {
  parameters w{};
  const auto fill = [&](auto& block, float bound) {
    for (auto& row : block)
      for (auto& x : row) x = random.uniform(bound);
  };
  fill(w.input, std::sqrt(1.f / step_inputs));
  fill(w.recurrent, std::sqrt(1.f / recurrent_units));
  fill(w.context, std::sqrt(1.f / context_inputs));
  // A state that is kept by default; a head of zeros, so that learning begins at the HAR scale.
  for (std::size_t i = 0; i < recurrent_units; ++i) w.gate_bias[i] = 1;
  return w;
}

void standardise(const network_rows& rows, std::size_t end, recurrent_network::content& out) {
  for (std::size_t c = 0; c < context_inputs; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < end; ++i) sum += static_cast<double>(rows.contexts[i][c]);
    const double mean = sum / static_cast<double>(end);
    for (std::size_t i = 0; i < end; ++i) {
      const double d = static_cast<double>(rows.contexts[i][c]) - mean;
      squares += d * d;
    }
    out.mean[c] = static_cast<float>(mean);
    out.deviation[c] =
        std::max(static_cast<float>(std::sqrt(squares / static_cast<double>(end))), 1e-6f);
  }
}

/// Loss of a correction's logarithm: the gamma deviance but for what the label alone decides.
double loss_of(float label, float output) {
  return static_cast<double>(label * exponential(-output) + output);
}

class fitter {
public:
  fitter(const network_rows& rows, std::size_t train_end, const network_options& options)
      : rows_(rows), options_(options), random_(options.seed) {
    standardise(rows, train_end, content_);
    content_.parameters = first_parameters(random_);
    mean_ = content_.parameters;
    for (std::size_t i = 0; i < train_end; ++i)
      if (usable(i)) trained_.push_back(static_cast<std::uint32_t>(i));
  }

  bool empty() const { return trained_.empty(); }

  bool usable(std::size_t i) const {
    const auto& labels = rows_.labels[i];
    return std::any_of(labels.begin(), labels.end(), [](float y) { return y >= 0; });
  }

  void round(int number) {
    const float rate = options_.rate * std::exp2(-static_cast<float>(number) / rate_half_life);
    const std::size_t steps = std::max<std::size_t>(
        1, std::min(options_.windows_a_round, 2 * trained_.size()) / options_.windows_a_step);
    for (std::size_t s = 0; s < steps; ++s) step(rate);
  }

  /// Mean loss of the running mean's weights; `of_har`: that of a correction of 1.
  double watch(const std::vector<std::uint32_t>& watched, double& of_har) {
    double sum = 0, plain = 0;
    std::size_t count = 0;
    for (const auto i : watched) {
      look(mean_, i);
      for (std::size_t o = 0; o < network_outputs; ++o) {
        const float y = rows_.labels[i][o];
        if (y < 0) continue;
        sum += loss_of(y, trace_.output[o]);
        plain += loss_of(y, 0);
        ++count;
      }
    }
    of_har = plain / static_cast<double>(count);
    return sum / static_cast<double>(count);
  }

  recurrent_network::content kept() const {
    auto out = content_;
    out.parameters = mean_;
    return out;
  }

private:
  void look(const parameters& w, std::size_t i) {
    window_ = rows_.window(i);
    context_ = standardised(rows_.contexts[i], content_.mean, content_.deviation);
    forward(w, window_.data(), context_.data(), trace_);
  }

  void step(float rate) {
    gradient_ = {};
    const turned_weights<float> turned(content_.parameters);
    const float share = 1.f / static_cast<float>(options_.windows_a_step * network_outputs);
    for (std::size_t k = 0; k < options_.windows_a_step; ++k) {
      const auto i = trained_[random_.below(trained_.size())];
      look(content_.parameters, i);
      float d[network_outputs];
      for (std::size_t o = 0; o < network_outputs; ++o) {
        const float y = rows_.labels[i][o];
        d[o] = y < 0 ? 0 : (1 - y * exponential(-trace_.output[o])) * share;
      }
      backward(content_.parameters, turned, window_.data(), context_.data(), trace_, d, gradient_);
    }
    apply(rate);
  }

  void apply(float rate) {
    double norm = 0;
    const float* g = gradient_.data();
    for (std::size_t i = 0; i < parameters::count; ++i)
      norm += static_cast<double>(g[i]) * static_cast<double>(g[i]);
    norm = std::sqrt(norm);
    const float cut =
        norm > static_cast<double>(most_gradient) ? most_gradient / static_cast<float>(norm) : 1.f;
    first_power_ *= first_memory;
    second_power_ *= second_memory;
    const float first_share = 1 / (1 - first_power_), second_share = 1 / (1 - second_power_);
    float *w = content_.parameters.data(), *m = first_.data(), *v = second_.data();
    float* mean = mean_.data();
    // The running mean begins short, so that it does not remember the beginning.
    const auto taken = static_cast<float>(++steps_);
    const float memory = std::min(mean_memory, taken / (taken + 9));
    for (std::size_t i = 0; i < parameters::count; ++i) {
      const float x = g[i] * cut;
      m[i] = first_memory * m[i] + (1 - first_memory) * x;
      v[i] = second_memory * v[i] + (1 - second_memory) * x * x;
      const float move = m[i] * first_share / (std::sqrt(v[i] * second_share) + least_step);
      w[i] -= rate * (move + decay * w[i]);
      mean[i] = memory * mean[i] + (1 - memory) * w[i];
    }
  }

  const network_rows& rows_;
  const network_options& options_;
  dice random_;
  std::vector<std::uint32_t> trained_;
  recurrent_network::content content_;
  parameters mean_{}, gradient_{}, first_{}, second_{};
  float first_power_ = 1, second_power_ = 1;
  std::uint32_t steps_ = 0;
  network_window window_{};
  network_context context_{};
  network_trace<float> trace_{};
};

} // namespace

network_window network_rows::window(std::size_t sample) const {
  const auto& s = data->samples[sample];
  return window_of(&steps[s.at + 1 - window_steps], s.har);
}

network_rows rows_for_network(const dataset& data) {
  network_rows out;
  out.data = &data;
  out.steps = steps_of(data.candles);
  network_labels none;
  none.fill(-1);
  out.labels.assign(data.samples.size(), none);
  out.contexts.reserve(data.samples.size());
  for (const auto& s : data.samples) out.contexts.push_back(context_of(s.features, s.har));
  return out;
}

fitted_network fit_network(const network_rows& rows, std::size_t train_end,
                           std::size_t watched_from, std::size_t watched_end,
                           const network_options& options, const fit_progress& progress) {
  fitted_network out;
  fitter fit(rows, train_end, options);
  std::vector<std::uint32_t> watched;
  for (std::size_t i = watched_from; i < watched_end; i += options.watched_stride)
    if (fit.usable(i)) watched.push_back(static_cast<std::uint32_t>(i));
  if (fit.empty() || watched.empty()) return out;
  double plain = 0, best = fit.watch(watched, plain);
  auto kept = fit.kept();
  for (int round = 0; round < options.most_rounds && round < out.rounds + options.patience;
       ++round) {
    fit.round(round);
    const double loss = fit.watch(watched, plain);
    if (loss < best) {
      best = loss;
      out.rounds = round + 1;
      kept = fit.kept();
    }
    if (progress) progress(static_cast<double>(round + 1) / options.most_rounds);
  }
  out.gain = plain - best;
  out.network = std::make_shared<const recurrent_network>(kept);
  return out;
}

} // namespace troupe
