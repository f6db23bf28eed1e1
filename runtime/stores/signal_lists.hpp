// The two lists of a signal as one text each, the same in every store: JSON, which no store looks
// into. Everything else of a signal has a column of its own.
#pragma once
#include "messages/signal.hpp"

#include <string>
#include <vector>

namespace troupe {

/// `[[rr,p_tp,p_sl,p_timeout,mean_timeout_r,expected_net_r,standard_error_r],…]`
std::string odds_text(const std::vector<barrier_odds>& odds);
/// `["…",…]`; bytes that are not UTF-8 are replaced.
std::string reasons_text(const std::vector<std::string>& reasons);

/// Appends both to `s`. False when a text is not what the above write.
bool read_signal_lists(const std::string& odds, const std::string& reasons, signal& s);

} // namespace troupe
