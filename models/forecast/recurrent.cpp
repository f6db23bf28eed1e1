#include "models/forecast/recurrent.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {
namespace {

constexpr std::string_view magic = "troupe-gru-1";
constexpr std::array<std::uint32_t, 6> shape{window_steps,    step_inputs,   context_inputs,
                                             recurrent_units, context_units, network_outputs};
// Adam with decay stays far below; what is larger could overflow on the way forward.
constexpr float largest_weight = 1e3f, largest_context = 1e7f;
constexpr float most_deviations = 5;

static_assert(sizeof(recurrent_network::content)
              == 4 * (2 * context_inputs + network_parameters<float>::count));

bool sound(const float* x, std::size_t count, float largest) {
  return std::all_of(x, x + count, [&](float v) { return std::abs(v) <= largest; });
}

} // namespace

network_context standardised(const network_context& raw, const network_context& mean,
                             const network_context& deviation) {
  network_context out;
  for (std::size_t i = 0; i < context_inputs; ++i)
    out[i] = std::clamp((raw[i] - mean[i]) / deviation[i], -most_deviations, most_deviations);
  return out;
}

network_answer recurrent_network::answer(const network_input& in) const {
  network_trace<float> trace;
  const auto context = standardised(in.context, content_.mean, content_.deviation);
  forward(content_.parameters, in.window.data(), context.data(), trace);
  network_answer out;
  for (std::size_t o = 0; o < out.size(); ++o) out[o] = exponential(trace.output[o]);
  return out;
}

std::string recurrent_network::bytes() const {
  std::string out{magic};
  out.append(reinterpret_cast<const char*>(shape.data()), sizeof shape);
  out.append(reinterpret_cast<const char*>(&content_), sizeof content_);
  return out;
}

std::shared_ptr<const recurrent_network> recurrent_network::read(std::string_view bytes,
                                                                 std::string& error) {
  const auto refuse = [&](const char* why) {
    error = why;
    return nullptr;
  };
  if (bytes.substr(0, magic.size()) != magic) return refuse("these are no weights of a network");
  bytes.remove_prefix(magic.size());
  if (bytes.size() != sizeof shape + sizeof(content))
    return refuse("the weights have another size than stated");
  if (std::memcmp(bytes.data(), shape.data(), sizeof shape) != 0)
    return refuse("the network has another shape than this program's");
  content c;
  std::memcpy(&c, bytes.data() + sizeof shape, sizeof c);
  if (!sound(c.parameters.data(), c.parameters.count, largest_weight)
      || !sound(c.mean.data(), context_inputs, largest_context)
      || !sound(c.deviation.data(), context_inputs, largest_context))
    return refuse("a weight is not finite or absurd");
  if (!std::all_of(c.deviation.begin(), c.deviation.end(), [](float d) { return d >= 1e-6f; }))
    return refuse("a context without deviation");
  return std::make_shared<const recurrent_network>(c);
}

} // namespace troupe
