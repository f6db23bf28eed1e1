// Numbers remembered over the last N pushes: their mean, their deviation, and averages with memory.
// Templates on the length, so that many of them lie in one block of memory. Not here: what they
// mean on a market (indicators.hpp, features.cpp).
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace troupe {

/// The last N numbers; the oldest is overwritten.
template<std::size_t N>
class window {
public:
  static_assert(N > 0);

  /// Returns the number that fell out, 0 while the window fills.
  double push(double x) {
    const double fallen = values_[next_];
    values_[next_] = x;
    next_ = next_ + 1 == N ? 0 : next_ + 1;
    if (count_ < N) ++count_;
    return fallen;
  }
  void restart() { *this = window{}; }
  std::size_t size() const { return count_; }
  bool full() const { return count_ == N; }

  /// True when the newest number lies in the last cell: once in N pushes.
  bool wrapped() const { return next_ == 0; }

  /// The number `age` pushes ago. @pre age < size()
  double at(std::size_t age) const {
    return values_[next_ > age ? next_ - 1 - age : next_ + N - 1 - age];
  }
  double newest() const { return at(0); }
  double oldest() const { return at(count_ - 1); }

  /// Sum of f(x) over all N cells (empty ones hold 0). Four running sums, so that the additions
  /// need not wait for each other.
  template<class F>
  double sum(F f) const {
    std::array<double, 4> s{};
    std::size_t i = 0;
    for (; i + 4 <= N; i += 4)
      for (std::size_t k = 0; k < 4; ++k) s[k] += f(values_[i + k]);
    for (; i < N; ++i) s[0] += f(values_[i]);
    return (s[0] + s[1]) + (s[2] + s[3]);
  }

private:
  std::array<double, N> values_{};
  std::size_t next_ = 0, count_ = 0;
};

/// Windows up to this length are summed anew at each read, which leaves no residue of numbers that
/// have left; longer ones keep running sums that are renewed once in N pushes.
inline constexpr std::size_t summed_anew = 32;

/// Mean of the last N numbers (sma).
template<std::size_t N>
class window_mean {
public:
  void push(double x) {
    const double fallen = values_.push(x);
    if constexpr (N > summed_anew) {
      if (values_.wrapped())
        sum_ = total();
      else
        sum_ += x - fallen;
    }
  }
  void restart() { *this = window_mean{}; }
  bool ready() const { return values_.full(); }

  /// @pre ready()
  double value() const {
    if constexpr (N > summed_anew) return sum_ / N;
    return total() / N;
  }
  const window<N>& values() const { return values_; }

private:
  double total() const {
    return values_.sum([](double x) { return x; });
  }

  window<N> values_;
  double sum_ = 0;
};

/// Mean and population standard deviation (divided by N) of the last N numbers. Short windows
/// re-sum their deviations: within 1.4e-15 of the definition. Long ones keep sums of distances
/// from an anchor near the mean, so that prices lose no digits to their size.
template<std::size_t N>
class window_deviation {
public:
  void push(double x) {
    if constexpr (N > summed_anew) {
      if (values_.size() == 0) anchor_ = x;
      const bool leaves = values_.full();
      const double fallen = values_.push(x);
      add(x, 1);
      if (leaves) add(fallen, -1);
      if (values_.wrapped()) renew();
    } else {
      values_.push(x);
    }
  }
  void restart() { *this = window_deviation{}; }
  bool ready() const { return values_.full(); }

  /// @pre ready()
  double mean() const {
    if constexpr (N > summed_anew) return anchor_ + sum_ / N;
    return values_.sum([](double x) { return x; }) / N;
  }
  /// @pre ready()
  double deviation() const {
    if constexpr (N > summed_anew) {
      const double off = sum_ / N;
      return std::sqrt(std::max(0.0, squares_ / N - off * off));
    } else {
      return deviation_from(mean());
    }
  }
  const window<N>& values() const { return values_; }

private:
  double deviation_from(double m) const {
    return std::sqrt(values_.sum([m](double x) { return (x - m) * (x - m); }) / N);
  }
  void add(double x, double sign) {
    const double d = x - anchor_;
    sum_ += sign * d;
    squares_ += sign * d * d;
  }
  void renew() {
    const double a = anchor_ = values_.sum([](double x) { return x; }) / N;
    sum_ = values_.sum([a](double x) { return x - a; });
    squares_ = values_.sum([a](double x) { return (x - a) * (x - a); });
  }

  window<N> values_;
  double anchor_ = 0, sum_ = 0, squares_ = 0;
};

/// Average with memory: the mean of the first N numbers, from then on `weight` of the new one and
/// the rest of the old average.
template<std::size_t N>
class smoothed {
public:
  explicit smoothed(double weight) : weight_(weight) {}
  void push(double x) {
    if (count_ >= N) {
      value_ = x * weight_ + value_ * (1 - weight_);
      return;
    }
    value_ += x;
    if (++count_ == N) value_ /= N;
  }
  bool ready() const { return count_ == N; }
  /// @pre ready()
  double value() const { return value_; }

private:
  double weight_, value_ = 0;
  std::size_t count_ = 0;
};

} // namespace troupe
