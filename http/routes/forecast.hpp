// Handlers of the engine API that speak of symbols (SPEC §3.1). Named by what they answer.
#pragma once
#include "http/exchange.hpp"
#include "messages/signal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// What a history's query asks for, or nothing after having answered what is wrong with it.
std::optional<get_signals> read_signal_question(exchange& ex);
/// The names in `?indicators=rsi,macd`, none when it is absent; nothing after having answered that
/// one is unknown.
std::optional<std::vector<std::string>> read_indicator_names(exchange& ex);

void post_prediction(exchange& ex);
void post_signal(exchange& ex);
void get_symbol_predictions(exchange& ex);
void get_symbol_signal(exchange& ex);
void get_indicators_by_query(exchange& ex);
void get_symbol_indicators(exchange& ex);
void get_symbol_history(exchange& ex);
void get_signal_log(exchange& ex);
void open_socket(exchange& ex);       // WS /ws/:symbol
void open_plain_socket(exchange& ex); // WS /ws

} // namespace troupe
