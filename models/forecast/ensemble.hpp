// What a mixture gives to each of its members: weights on a simplex, moved towards those who scored
// better of late. Pure arithmetic; which forecasts were honest, made before their outcome was
// known, is decided by who calls (held_out).
#pragma once
#include <cstddef>
#include <vector>

namespace troupe {

/// Shares of the corrections in a mixture; none is negative, and their sum is 1.
struct member_weights {
  double har = 0; // the scale itself: a correction of 1
  double trees = 1;
  double network = 0;

  bool operator==(const member_weights& o) const {
    return har == o.har && trees == o.trees && network == o.network;
  }
  bool sound() const;
};

/// Corrections of one row by each member, all > 0.
struct member_corrections {
  double trees = 1, network = 1;
};

/// The mixture of these weights.
double mix(const member_weights& w, const member_corrections& c);

/// Exponentiated gradient (Kivinen and Warmuth 1997) on the gamma loss y / c + log c of the
/// mixture's correction c, in steps of the mean gradient of a day, so that neighbours whose
/// outcomes overlap do not count as many facts. Starts from equal weights; equal members stay
/// equal.
class weight_learner {
public:
  /// `ratio`: outcome over HAR scale, >= 0, known by now.
  void add(const member_corrections& made, double ratio);
  const member_weights& weights() const { return weights_; }

private:
  void move();
  member_weights weights_{1. / 3, 1. / 3, 1. / 3};
  member_weights gradient_{0, 0, 0}; // summed over the rows since the last move
  std::size_t rows_ = 0;
};

} // namespace troupe
