// What a symbol has still to write: candles, predictions, signals and outcomes wait here while one
// write is under way, so that batches grow by themselves under load. Bounded: past
// max_unstored_rows the oldest log rows are dropped and counted; candles are kept, their feed is
// held back instead.
#pragma once
#include "actors/log.hpp"
#include "messages/protocol.hpp"
#include "models/outcomes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>

namespace troupe {

class symbol_log {
public:
  /// `written` is called after each write that the store has confirmed.
  symbol_log(symbol_actor::pointer self, store_actor store, symbol_name symbol, std::string source,
             std::function<void()> written, std::function<void(log_level, const std::string&)> say);

  void add(const candle& c) { candles_.push_back(c); }
  void add(const signal& s);
  void add(const bulletin& said);
  void add(settled_rows settled);

  /// Sends what waits unless a write is under way or was just refused: that one is repeated after a
  /// second, by way of the actor's flush message and retry().
  void write();
  void retry();

  std::size_t unstored_rows() const { return candles_.size() + log_.rows() + in_flight_rows_; }
  std::uint64_t dropped_rows() const { return dropped_; }

private:
  void sent();
  void refused(const caf::error& why, bool candles);
  void bound();

  symbol_actor::pointer self_;
  store_actor store_;
  symbol_name symbol_;
  std::string source_;
  std::function<void()> written_;
  std::vector<candle> candles_;
  put_log log_;
  put_candles candles_in_flight_;
  put_log log_in_flight_;
  std::size_t in_flight_rows_ = 0;
  int outstanding_ = 0;
  std::function<void(log_level, const std::string&)> say_;
  bool refused_ = false, retry_pending_ = false;
  std::uint64_t dropped_ = 0;
};

} // namespace troupe
