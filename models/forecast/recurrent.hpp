// A trained recurrent network: one look at the last candles and their context gives the corrections
// of all range models at once. Immutable; bytes come in and go out here, checked. Training is in
// training_recurrent, the arithmetic in recurrent_math.
#pragma once
#include "models/fnv.hpp"
#include "models/forecast/recurrent_math.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace troupe {

/// Factors on the HAR scale, [horizon index * 2 + range_side], not yet clipped.
using network_answer = std::array<float, network_outputs>;

class recurrent_network {
public:
  struct content {
    network_context mean{}, deviation{}; // of the context in training; deviation > 0
    network_parameters<float> parameters;
  };
  explicit recurrent_network(const content& from) : content_(from) {}

  /// Evaluated anew from the window each time: no state is carried from candle to candle, so a
  /// restart cannot change an answer. About 10 µs.
  network_answer answer(const network_input& in) const;

  /// Little-endian floats behind a head with the sizes. The same content gives the same bytes.
  std::string bytes() const;
  /// Null, and why in `error`, when the bytes are of another shape or hold a number that is not
  /// finite or beyond what training can make.
  static std::shared_ptr<const recurrent_network> read(std::string_view bytes, std::string& error);

  /// Adds everything that influences an answer.
  void hash_into(fnv1a& hash) const { hash.add(bytes()); }

private:
  content content_;
};

/// What the network is shown of a context: standardised, and cut where it is wild.
network_context standardised(const network_context& raw, const network_context& mean,
                             const network_context& deviation);

} // namespace troupe
