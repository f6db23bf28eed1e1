// What differs from one live provider to another: its words. A live feed asks, waits and repeats
// the same way for all; these functions say what is sent and what an answer means. They are pure,
// and written on the floor that knows JSON.
#pragma once
#include "messages/candle.hpp"
#include "messages/outbound.hpp"
#include "messages/quote.hpp"
#include "models/market/live_series.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// A candle as a stream tells it, which may be of another length than ours and still change.
struct stream_candle {
  symbol_name symbol;
  candle bar;
  utc_ms length_ms = base_interval_ms;
  bool closed = false;
};

/// What one text of a stream said.
struct stream_news {
  bool understood = true; // else it was none of the provider's words, and all else is empty
  bool greeted = false;   // the provider knows us: subscriptions may follow
  bool subscribed = false;
  bool ending = false; // the connection will be closed soon: make another
  std::string refused; // why the provider does not do as asked; for people
  utc_ms at = 0;       // the provider's time; 0: not said
  std::vector<stream_candle> candles;
  std::vector<quote> quotes; // without price and volume
};

/// Base candles of a symbol with from <= open_time < to.
struct history_question {
  symbol_name symbol;
  slot_range slots;
};

/// One answer: ascending. `more`: the provider has further ones in that range.
struct history_page {
  std::vector<candle> candles;
  bool more = false;
  utc_ms at = 0;   // the provider's time; 0: not said
  std::string why; // no candles but this error, for people; empty: none
};

struct provider_words {
  std::string name; // as the store and people call it
  /// Which stream carries a symbol; empty: the provider has no such symbol.
  std::function<std::string(const symbol_name&)> stream_of;
  /// The path of that stream below the provider's address.
  std::function<std::string(const std::string& stream)> path_of;
  /// What is said first; empty: nothing, subscriptions follow at once.
  std::string greeting;
  /// The text that subscribes to these symbols; at most `symbols_per_text` are given.
  std::function<std::string(const std::vector<symbol_name>&)> subscribe;
  std::size_t symbols_per_text = 100;
  /// Only one connection per stream at a time: a new one cannot be made before the old one ends.
  bool one_connection = false;
  std::function<stream_news(std::string_view text)> hear;
  std::function<outbound_request(const history_question&)> ask;
  std::function<history_page(const outbound_response&, const history_question&)> read;
};

} // namespace troupe
