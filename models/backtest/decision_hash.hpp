// One number over everything that a row of signals says in numbers: equal hashes mean equal
// signals, bit for bit, whoever made them (a live symbol, a backtest, a rescoring). Words are not
// in it: they are made from these numbers and the strategy's.
#pragma once
#include "models/symbol_stream.hpp"

#include <cstdint>
#include <cstring>
#include <string>

namespace troupe {

class decision_hash {
public:
  /// A signal as a client gets it.
  void add(const signal& s);
  /// The same signal before it has words.
  void add(const scored_close& seen, int horizon, const judgement& said);

  std::uint64_t count() const { return count_; }
  /// 16 hex digits; the order of the signals counts.
  std::string hex() const;

private:
  void word(std::uint64_t bits) {
    value_ = (value_ ^ bits) * 0x9e3779b97f4a7c15ULL;
    value_ ^= value_ >> 32;
  }
  void number(double x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    word(bits);
  }
  void odds(const barrier_odds& o);

  std::uint64_t value_ = 0xcbf29ce484222325ULL, count_ = 0;
};

} // namespace troupe
