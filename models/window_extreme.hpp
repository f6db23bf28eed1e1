// The highest or lowest number of the last N pushes. Beside windows.hpp, which sums.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace troupe {

/// The highest (or lowest) of the last N numbers: a queue of those that a later one may still
/// leave as the extreme. O(1) amortised.
template<std::size_t N, bool Highest>
class window_extreme {
public:
  void push(double x) {
    if (size_ > 0 && pushed_ - front().at == N) drop_front();
    while (size_ > 0 && !beats(back().x, x)) --size_;
    ++size_;
    back() = {x, pushed_++};
  }
  void restart() { *this = window_extreme{}; }
  bool ready() const { return pushed_ >= N; }
  /// @pre at least one push
  double value() const { return cells_[head_].x; }

private:
  struct cell {
    double x = 0;
    std::uint64_t at = 0;
  };
  static bool beats(double a, double b) { return Highest ? a > b : a < b; }
  cell& front() { return cells_[head_]; }
  cell& back() { return cells_[(head_ + size_ - 1) % N]; }
  void drop_front() {
    head_ = head_ + 1 == N ? 0 : head_ + 1;
    --size_;
  }

  std::array<cell, N> cells_{};
  std::size_t head_ = 0, size_ = 0;
  std::uint64_t pushed_ = 0;
};

} // namespace troupe
