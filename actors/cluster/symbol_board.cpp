#include "actors/cluster/symbol_board.hpp"

namespace troupe {

symbol_actor symbol_board::find(const symbol_name& symbol) const {
  if (!lease_holds()) return symbol_actor{};
  std::lock_guard<std::mutex> hold{guard_};
  const auto found = rows_.find(symbol);
  return found == rows_.end() ? symbol_actor{} : found->second.who;
}

std::uint64_t symbol_board::epoch_of(const symbol_name& symbol) const {
  if (!lease_holds()) return 0;
  std::lock_guard<std::mutex> hold{guard_};
  const auto found = rows_.find(symbol);
  return found == rows_.end() ? 0 : found->second.epoch;
}

void symbol_board::put(const symbol_name& symbol, symbol_actor who, std::uint64_t epoch) {
  std::lock_guard<std::mutex> hold{guard_};
  rows_[symbol] = {std::move(who), epoch};
}

void symbol_board::remove(const symbol_name& symbol) {
  std::lock_guard<std::mutex> hold{guard_};
  rows_.erase(symbol);
}

} // namespace troupe
