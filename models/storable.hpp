// What a store may be asked to keep: well-formed rows within bounds. Every store checks with these
// before it queues anything, so that one bad row cannot spoil a whole transaction. Whether a candle
// is plausible or new is decided elsewhere.
#pragma once
#include "messages/quote.hpp"
#include "messages/store.hpp"

#include <string>

namespace troupe {

/// Bounds of the texts that are kept, in bytes. They are UTF-8 without a zero byte (reasons may be
/// anything: what is no text in them is replaced).
inline constexpr std::size_t max_name_bytes = 200, max_text_bytes = 64 * 1024;
/// The most signals one page brings.
inline constexpr std::uint32_t max_signal_page = 500;
/// Bounds of the lists within one signal.
inline constexpr std::size_t max_signal_odds = 16, max_signal_reasons = 64;

/// Each says in words what is wrong, or nothing when the whole request can be kept.
std::string why_unstorable(const put_candles& request);
std::string why_unstorable(const put_log& request);
std::string why_unstorable(const put_note& request);
std::string why_unstorable(const swap_note& request);
std::string why_unstorable(const put_spreads& request);

} // namespace troupe
