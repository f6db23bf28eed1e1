// A trading signal with everything that led to it, and the questions one may ask the signal log.
#pragma once
#include "messages/forecast.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

enum class signal_type : std::uint8_t { hold, buy, sell };
std::string_view to_string(signal_type t); // "hold", "buy", "sell"
std::optional<signal_type> parse_signal_type(std::string_view text);

/// One way to take the trade: reward-to-risk ratio and calibrated odds of the three outcomes.
struct barrier_odds {
  double rr = 0;
  double p_tp = 0, p_sl = 0, p_timeout = 0; // sum to 1
  double mean_timeout_r = 0;                // E[R | time-out]
  double expected_net_r = 0;                // after costs, in units of the stop distance
  double standard_error_r = 0;
};

/// Made at the close of `candle_time` for one horizon. `id` is deterministic:
/// `{symbol}-{horizon}-{candle_time}-{model_version}`, so a repeat is seen as one.
struct signal {
  std::string id;
  symbol_name symbol;
  std::int32_t horizon = 0;
  utc_ms candle_time = 0;
  utc_ms created_at = 0; // candle close time: candle_time + base_interval_ms
  utc_ms expires_at = 0; // created_at + 288 candles
  signal_type type = signal_type::hold;
  double confidence = 0;            // p(TP first); hold: 1 - the larger side's
  double entry = 0, sl = 0, tp = 0; // prices; hold: of the side that came nearest
  double rr_ratio = 0, prob_tp_first = 0;
  double expected_net_r = 0;
  bool considered_long = true;                  // which side `entry, sl, tp, odds` speak of
  std::vector<barrier_odds> odds;               // one per RR, of the considered side
  double predicted_high = 0, predicted_low = 0; // prices
  std::string amd_phase;
  std::vector<std::string> reasons;
  std::string strategy;
  // provenance
  std::string model_version, model_hash, feature_hash;
  std::string terms;                       // what was weighed beside them: models/signal_terms.hpp
  utc_ms candles_from = 0, candles_to = 0; // open times of the first and last candle that fed it
};

/// What became of a signal; of one that said hold, what would have become of the trade it speaks
/// of. Entry at the last close, both barriers inside one candle are the stop (models/outcomes).
struct signal_outcome {
  std::string outcome; // "tp", "sl", "expired" (neither in 288 candles: closed at the last close)
  double pnl_r = 0;    // in units of the stop distance, after costs, as expected_net_r
  double pnl_percent = 0; // of the entry, after costs
};

struct stored_signal {
  signal what;
  std::optional<signal_outcome> outcome;
  utc_ms served_at = 0; // when the user that was asked for first had it; 0: nobody was
};

struct get_signal {
  std::int32_t horizon = 0;
};

/// Everything a symbol says at the close of one candle; shared, never changed once made.
struct bulletin {
  symbol_name symbol;
  candle last;
  std::vector<prediction> predictions; // one per horizon, ascending; empty while warming up
  std::vector<signal> signals;         // the pushed horizons
  std::int64_t received_ns = 0;        // steady clock when the candle entered (0: unknown)
};

struct get_signals {
  symbol_name symbol;       // empty: all
  std::int32_t horizon = 0; // 0: all
  std::optional<signal_type> type;
  std::uint32_t limit = 50; // 1 to 500
  std::uint32_t offset = 0;
  std::string served_to = {}; // a user's id: only what that user was served
  std::string id = {};        // only this signal, if there is one; nothing else is then looked at
};

/// Newest first.
struct signal_page {
  std::vector<stored_signal> signals;
  std::uint64_t total = 0;
  std::uint32_t limit = 0, offset = 0;
};

} // namespace troupe
