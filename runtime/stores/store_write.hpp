// What a store's actor and its tables tell each other, and the options all durable stores share.
#pragma once
#include "messages/protocol.hpp"
#include "messages/quote.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace troupe {

/// A request to keep something, and what became of it once its transaction is committed.
struct store_write {
  std::variant<put_candles, put_log, put_note, swap_note, put_spreads> what;
  put_receipt receipt;
};

/// What goes into one transaction, in the order of arrival.
using write_batch = std::vector<store_write*>;

/// The most candles one get_candles brings, whatever its limit: 19 years of one symbol.
inline constexpr std::uint32_t max_candles_read = 2'000'000;

struct store_queue_options {
  /// Rows that may wait for a commit. Past it: errc::busy at once. A request larger than this:
  /// errc::payload_too_large.
  std::uint64_t max_queued_rows = 200'000;
  /// A transaction takes whole requests until it has this many rows.
  std::uint64_t max_transaction_rows = 20'000;
  /// Rows deleted by retention between two transactions of writes.
  std::uint32_t retention_slice_rows = 10'000;
  /// Told, in the store's thread, when writing begins to fail and when it goes again. May be empty.
  std::function<void(const std::string&)> report;
  /// On a thread of its own, since commits block. Off only on a test's scheduler.
  bool detached = true;
};

struct spawned_store {
  store_actor handle; // null after a failure
  std::string error;  // one line for people
};

} // namespace troupe
