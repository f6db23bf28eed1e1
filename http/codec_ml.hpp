// What the user API adds to predictions and signals (SPEC §3.3): prices as people read them, an
// emoji, words for a confidence. Bodies are encoded once for each bulletin, like the engine's.
#pragma once
#include "http/codec_forecast.hpp"
#include "messages/forecast.hpp"
#include "messages/signal.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace troupe {

/// `$43,250.5`: commas between thousands, up to three decimal places, rounded half up as JavaScript
/// rounds what it prints. `null` when it is not finite. Appended without quotes.
void append_dollars(std::string& out, double price);

/// 📈 buy, 📉 sell, ⏸️ hold, ❓ anything else.
std::string_view emoji_of(signal_type t);

/// `Very High` from 0.8, `High` from 0.65, `Medium` from 0.5, else `Low`.
std::string_view confidence_label(double confidence);

void append_user_prediction(std::string& out, const prediction& p);
/// The same of a prediction that was encoded for the engine API; empty when it is none.
std::string user_prediction_of(std::string engine_body);
void append_user_signal(std::string& out, const signal& s, signal_parts parts = {});
/// `GET /api/ml/signals/history`.
void append_user_signal_page(std::string& out, const signal_page& page);

/// A signal ready to be served, and what the log of served signals keeps of it.
struct user_signal {
  std::string body; // empty: none
  std::string id;
  utc_ms created_at = 0;
};

/// Everything a bulletin became for users, by the index of its horizon.
struct user_answers {
  std::array<std::string, horizons.size()> predictions; // empty: none
  std::array<user_signal, horizons.size()> signals;
};
using user_answers_ptr = std::shared_ptr<const user_answers>;

user_answers_ptr encode_user_answers(const bulletin& said);

} // namespace troupe
