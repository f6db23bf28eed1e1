// What the store of candles, predictions, signals and their outcomes is told and asked.
// It keeps; it decides nothing. Every write is idempotent by its natural key.
#pragma once
#include "messages/candle.hpp"
#include "messages/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// Candles to keep: key (symbol, open_time); the first one kept wins. `source` names the feed.
struct put_candles {
  symbol_name symbol;
  std::string source; // "simulated", "replay", "import" …
  std::vector<candle> candles;
};

/// A user was given a signal, for the first time `at`. Kept: the newest of each user, up to
/// max_served_signals, as long as the signals themselves.
struct served_signal {
  std::string user;
  std::string signal_id;
  symbol_name symbol;    // of the signal, as is
  utc_ms created_at = 0; // this
  utc_ms at = 0;
};
inline constexpr std::uint32_t max_served_signals = 2'000;

/// Predictions, signals and who was served them: keys (symbol, horizon, candle_time,
/// model_version), signal id, and (user, signal id). Outcomes are written beside rows that are
/// there, of this request or of one before; the first one stays.
struct put_log {
  std::vector<prediction> predictions;
  std::vector<signal> signals;
  std::vector<served_signal> served = {};
  std::vector<prediction_outcome> outcomes = {};
  std::vector<settled_signal> settled = {};

  std::size_t rows() const {
    return predictions.size() + signals.size() + served.size() + outcomes.size() + settled.size();
  }
};

/// Written: how many rows were new and how many were there already.
struct put_receipt {
  std::uint64_t added = 0, repeated = 0;
};

/// What a symbol's stored candles span. `gaps` counts missing base slots between first and last.
struct candle_span {
  symbol_name symbol;
  utc_ms first = 0, last = 0; // open times; 0 when there are none
  std::uint64_t rows = 0, gaps = 0;
  std::string source; // of the newest candle
};

struct get_spans {};

/// Deletes what is older than its retention, counted back from `now`: the present of the market
/// the rows are of, which is not the wall's where a market is simulated or long past. Days; 0 keeps
/// for ever. `symbol`: of this one only; empty: of all.
struct apply_retention {
  utc_ms now = 0;
  std::uint32_t candle_days = 0, prediction_days = 0, signal_days = 0;
  symbol_name symbol = {};
};

/// A small text kept under a name (a simulated market's origin, the schema's own facts).
struct put_note {
  std::string name, text;
};

/// Replaces a note by `text` if it says `was` ("" when absent) or `text` already, so that of those
/// who change it at the same time one wins. Answer: added 1, or 0 when it said something else.
struct swap_note {
  std::string name, was, text;
};

struct get_note {
  std::string name; // answered with "" when absent
};

struct store_status {
  std::string kind;     // "sqlite"
  std::string location; // for people
  std::uint64_t queued_rows = 0, written_rows = 0, commits = 0;
  double last_commit_ms = 0;
  bool failing = false; // the last transaction was refused
};

struct get_store_status {};

} // namespace troupe
