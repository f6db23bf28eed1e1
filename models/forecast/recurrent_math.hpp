// One small GRU with a glance at slower context: parameters, the way forward and the way back, in
// plain loops whose order is fixed, so that every build gives the same bits. Templates only so that
// a test may hold the gradient against finite differences in double; the product runs in float.
// Which numbers go in is decided in recurrent_inputs, how it learns in training_recurrent.
#pragma once
#include "models/forecast/recurrent_inputs.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace troupe {

/// Units of the recurrent layer and of the layer that sees the context.
inline constexpr std::size_t recurrent_units = 16, context_units = 16;
/// One logarithm of a correction for each horizon and side, [horizon index * 2 + range_side].
inline constexpr std::size_t network_outputs = 2 * horizons.size();

/// Everything that is learnt, as one run of numbers. Gates lie in the order update, reset,
/// candidate; the first index is that of the input, so that inner loops run over what comes out.
template<class T>
struct network_parameters {
  static constexpr std::size_t gates = 3 * recurrent_units;
  T input[step_inputs][gates];
  T recurrent[recurrent_units][gates];
  T gate_bias[gates];
  T context[context_inputs][context_units];
  T context_bias[context_units];
  T head[recurrent_units + context_units][network_outputs];
  T head_bias[network_outputs];

  static constexpr std::size_t count = (step_inputs + recurrent_units + 1) * gates
      + (context_inputs + 1) * context_units
      + (recurrent_units + context_units + 1) * network_outputs;
  T* data() { return &input[0][0]; }
  const T* data() const { return &input[0][0]; }
};
static_assert(sizeof(network_parameters<float>) == network_parameters<float>::count * 4);

/// e^x without the mathematics library, whose last bit differs between processors. Relative error
/// below 3e-7; the argument is cut to -80..80.
inline float exponential(float x) {
  x = x < -80.f ? -80.f : x;
  x = x > 80.f ? 80.f : x;
  // Adding 1.5 * 2^23 rounds to a whole number.
  const float shifted = x * 1.44269504f + 12582912.f;
  const float whole = shifted - 12582912.f;
  const float r = (x - whole * .693359375f) + whole * 2.12194440e-4f; // ln 2 in two parts
  float p = 1.f / 720;
  p = p * r + 1.f / 120;
  p = p * r + 1.f / 24;
  p = p * r + 1.f / 6;
  p = p * r + .5f;
  p = p * r + 1.f;
  p = p * r + 1.f;
  const auto power = static_cast<std::uint32_t>(static_cast<std::int32_t>(whole) + 127) << 23;
  float scale;
  std::memcpy(&scale, &power, sizeof scale);
  return p * scale;
}
inline double exponential(double x) { return std::exp(x); }

template<class T>
T logistic(T x) {
  return T(1) / (T(1) + exponential(-x));
}
template<class T>
T squashed(T x) { // tanh
  return T(2) * logistic(T(2) * x) - T(1);
}

/// What the way forward leaves for the way back.
template<class T>
struct network_trace {
  T state[window_steps + 1][recurrent_units]; // [0]: zeros
  T update[window_steps][recurrent_units], reset[window_steps][recurrent_units];
  T candidate[window_steps][recurrent_units], recalled[window_steps][recurrent_units];
  T seen[context_units]; // of the context
  T output[network_outputs];
};

template<class T>
void step_forward(const network_parameters<T>& w, const T* in, const T* state, T* next, T* update,
                  T* reset, T* candidate, T* recalled) {
  constexpr std::size_t n = recurrent_units, gates = 3 * n;
  T a[gates], m[gates];
  for (std::size_t g = 0; g < gates; ++g) a[g] = w.gate_bias[g];
  for (std::size_t i = 0; i < step_inputs; ++i)
    for (std::size_t g = 0; g < gates; ++g) a[g] += in[i] * w.input[i][g];
  for (std::size_t g = 0; g < gates; ++g) m[g] = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t g = 0; g < gates; ++g) m[g] += state[i] * w.recurrent[i][g];
  for (std::size_t i = 0; i < n; ++i) update[i] = logistic(a[i] + m[i]);
  for (std::size_t i = 0; i < n; ++i) reset[i] = logistic(a[n + i] + m[n + i]);
  for (std::size_t i = 0; i < n; ++i) recalled[i] = m[2 * n + i];
  for (std::size_t i = 0; i < n; ++i)
    candidate[i] = squashed(a[2 * n + i] + reset[i] * recalled[i]);
  for (std::size_t i = 0; i < n; ++i)
    next[i] = candidate[i] + update[i] * (state[i] - candidate[i]);
}

/// The logarithms of the corrections, in `trace.output`.
template<class T>
void forward(const network_parameters<T>& w, const T* steps, const T* context,
             network_trace<T>& trace) {
  for (std::size_t i = 0; i < recurrent_units; ++i) trace.state[0][i] = 0;
  for (std::size_t t = 0; t < window_steps; ++t)
    step_forward(w, steps + t * step_inputs, trace.state[t], trace.state[t + 1], trace.update[t],
                 trace.reset[t], trace.candidate[t], trace.recalled[t]);
  T z[context_units];
  for (std::size_t i = 0; i < context_units; ++i) z[i] = w.context_bias[i];
  for (std::size_t c = 0; c < context_inputs; ++c)
    for (std::size_t i = 0; i < context_units; ++i) z[i] += context[c] * w.context[c][i];
  for (std::size_t i = 0; i < context_units; ++i) trace.seen[i] = squashed(z[i]);
  for (std::size_t o = 0; o < network_outputs; ++o) trace.output[o] = w.head_bias[o];
  for (std::size_t i = 0; i < recurrent_units; ++i)
    for (std::size_t o = 0; o < network_outputs; ++o)
      trace.output[o] += trace.state[window_steps][i] * w.head[i][o];
  for (std::size_t i = 0; i < context_units; ++i)
    for (std::size_t o = 0; o < network_outputs; ++o)
      trace.output[o] += trace.seen[i] * w.head[recurrent_units + i][o];
}

/// The recurrent weights turned round, so that the way back runs over them as fast.
template<class T>
struct turned_weights {
  T recurrent[3 * recurrent_units][recurrent_units];
  explicit turned_weights(const network_parameters<T>& w) {
    for (std::size_t i = 0; i < recurrent_units; ++i)
      for (std::size_t g = 0; g < 3 * recurrent_units; ++g) recurrent[g][i] = w.recurrent[i][g];
  }
};

/// One step back: `d_state` comes in as the gradient of the state after it and leaves as that of
/// the state before it.
template<class T>
void step_backward(const network_trace<T>& trace, std::size_t t, const T* in,
                   const turned_weights<T>& turned, T* d_state, network_parameters<T>& sum) {
  constexpr std::size_t n = recurrent_units, gates = 3 * n;
  T da[gates], dm[gates], before[n];
  for (std::size_t i = 0; i < n; ++i) {
    const T update = trace.update[t][i], reset = trace.reset[t][i];
    const T candidate = trace.candidate[t][i];
    da[i] = d_state[i] * (trace.state[t][i] - candidate) * update * (T(1) - update);
    da[2 * n + i] = d_state[i] * (T(1) - update) * (T(1) - candidate * candidate);
    da[n + i] = da[2 * n + i] * trace.recalled[t][i] * reset * (T(1) - reset);
    dm[i] = da[i];
    dm[n + i] = da[n + i];
    dm[2 * n + i] = da[2 * n + i] * reset;
    before[i] = d_state[i] * update;
  }
  for (std::size_t g = 0; g < gates; ++g) sum.gate_bias[g] += da[g];
  for (std::size_t i = 0; i < step_inputs; ++i)
    for (std::size_t g = 0; g < gates; ++g) sum.input[i][g] += in[i] * da[g];
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t g = 0; g < gates; ++g) sum.recurrent[i][g] += trace.state[t][i] * dm[g];
  for (std::size_t g = 0; g < gates; ++g)
    for (std::size_t i = 0; i < n; ++i) before[i] += dm[g] * turned.recurrent[g][i];
  for (std::size_t i = 0; i < n; ++i) d_state[i] = before[i];
}

/// Adds the gradient of a loss to `sum`, given that of the outputs.
template<class T>
void backward(const network_parameters<T>& w, const turned_weights<T>& turned, const T* steps,
              const T* context, const network_trace<T>& trace, const T* d_output,
              network_parameters<T>& sum) {
  T d_state[recurrent_units], d_seen[context_units];
  for (std::size_t o = 0; o < network_outputs; ++o) sum.head_bias[o] += d_output[o];
  for (std::size_t i = 0; i < recurrent_units; ++i) {
    d_state[i] = 0;
    for (std::size_t o = 0; o < network_outputs; ++o) {
      sum.head[i][o] += trace.state[window_steps][i] * d_output[o];
      d_state[i] += w.head[i][o] * d_output[o];
    }
  }
  for (std::size_t i = 0; i < context_units; ++i) {
    T d = 0;
    for (std::size_t o = 0; o < network_outputs; ++o) {
      sum.head[recurrent_units + i][o] += trace.seen[i] * d_output[o];
      d += w.head[recurrent_units + i][o] * d_output[o];
    }
    d_seen[i] = d * (T(1) - trace.seen[i] * trace.seen[i]);
    sum.context_bias[i] += d_seen[i];
  }
  for (std::size_t c = 0; c < context_inputs; ++c)
    for (std::size_t i = 0; i < context_units; ++i) sum.context[c][i] += context[c] * d_seen[i];
  for (std::size_t t = window_steps; t-- > 0;)
    step_backward(trace, t, steps + t * step_inputs, turned, d_state, sum);
}

} // namespace troupe
