// Which symbols run on this node now, for those who ask on other threads: who answers what another
// node asks, and what a publisher numbers by. Written by the symbol_host alone.
#pragma once
#include "messages/protocol.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace troupe {

class symbol_board {
public:
  /// `lease_holds`: whether this node may still speak for what it owns; called on any thread, at
  /// each question. Empty: always.
  explicit symbol_board(std::function<bool()> lease_holds = {})
      : lease_holds_(std::move(lease_holds)) {}

  /// The symbol where it is this node's and runs; null elsewhere, and once the lease may be over.
  symbol_actor find(const symbol_name& symbol) const;

  /// The epoch under which it is this node's, above 0, also while it is being made; 0 where it is
  /// not, and once the lease may be over: then nothing may be said of it.
  std::uint64_t epoch_of(const symbol_name& symbol) const;

  bool lease_holds() const { return !lease_holds_ || lease_holds_(); }

  /// `who`: null while it is being made.
  void put(const symbol_name& symbol, symbol_actor who, std::uint64_t epoch);
  void remove(const symbol_name& symbol);

private:
  struct row {
    symbol_actor who;
    std::uint64_t epoch = 0;
  };

  std::function<bool()> lease_holds_;
  mutable std::mutex guard_;
  std::unordered_map<symbol_name, row> rows_;
};

} // namespace troupe
