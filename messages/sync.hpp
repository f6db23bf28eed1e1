// Whether what is stored of a market is whole and how far behind it is, and the order to make it
// whole. Values of this node alone.
#pragma once
#include "messages/symbol.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// The stored series of a symbol beside its feed.
struct symbol_sync {
  symbol_name symbol;
  std::uint64_t rows = 0;
  utc_ms first = 0, last = 0; // open times; 0: nothing stored
  std::uint64_t gaps = 0;     // open slots between them without a candle
  std::int64_t lag_ms = -1;   // from the newest candle's close to the market's present; -1: unknown
  std::string source;         // of the newest candle; empty: nothing stored
  std::string status;         // "live", "stale", "finished", "empty", "syncing"
  utc_ms last_sync = 0;       // when an order was last carried out; 0: never
};

struct get_sync_status {
  symbol_name symbol; // empty: all
};

/// Looks for gaps of the stored series and fills them from the feed; answered at once with a job.
/// A symbol that is being synced answers with the job under way.
struct start_sync {
  symbol_name symbol;
  std::string job_id; // minted by the caller; begins with sync_job_prefix
  utc_ms at = 0;
};

/// By it /jobs/:id knows whose a job is.
inline constexpr const char* sync_job_prefix = "sync-";

} // namespace troupe
