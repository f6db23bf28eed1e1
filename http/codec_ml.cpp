#include "http/codec_ml.hpp"

#include "http/json_text.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t shown_places = 3;

// Digits before and after the point of the shortest text that reads back as the same double.
std::pair<std::string, std::string> digits_of(double value) {
  char text[400]; // the largest double has 309 digits, the smallest some 330 places
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  const std::string_view all{text, static_cast<std::size_t>(end - text)};
  const auto point = all.find('.');
  if (point == all.npos) return {std::string{all}, ""};
  return {std::string{all.substr(0, point)}, std::string{all.substr(point + 1)}};
}

// Adds one at the last of these digits.
void increment(std::string& whole, std::string& places) {
  for (auto* part : {&places, &whole})
    for (auto digit = part->rbegin(); digit != part->rend(); ++digit) {
      if (*digit != '9') {
        ++*digit;
        return;
      }
      *digit = '0';
    }
  whole.insert(whole.begin(), '1');
}

void append_quoted_dollars(std::string& out, std::string_view name, double price) {
  append_key(out, name);
  if (!std::isfinite(price)) {
    out += "null";
    return;
  }
  out += '"';
  append_dollars(out, price);
  out += '"';
}

void append_range(std::string& out, double high, double low) {
  append_quoted_dollars(out, "formattedPredictedHigh", high);
  append_quoted_dollars(out, "formattedPredictedLow", low);
}

void append_signal_words(std::string& out, const signal& s) {
  append_field(out, "signalEmoji", emoji_of(s.type));
  append_field(out, "confidenceLabel", confidence_label(s.confidence));
}

// Takes the closing brace of the object just written away, so that more members may follow.
void reopen(std::string& out) { out.pop_back(); }

void append_prediction_words(std::string& out, double high, double low, double confidence) {
  reopen(out);
  append_range(out, high, low);
  append_field(out, "confidenceLabel", confidence_label(confidence));
  out += '}';
}

} // namespace

void append_dollars(std::string& out, double price) {
  if (!std::isfinite(price)) {
    out += "null";
    return;
  }
  auto [whole, places] = digits_of(std::fabs(price));
  if (places.size() > shown_places) {
    const bool up = places[shown_places] >= '5';
    places.resize(shown_places);
    if (up) increment(whole, places);
  }
  while (!places.empty() && places.back() == '0') places.pop_back();
  out += '$';
  if (std::signbit(price)) out += '-';
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) out += ',';
    out += whole[i];
  }
  if (!places.empty()) out.append(".").append(places);
}

std::string_view emoji_of(signal_type t) {
  switch (t) {
  case signal_type::buy: return "📈";
  case signal_type::sell: return "📉";
  case signal_type::hold: return "⏸️";
  }
  return "❓"; // an enum that came over a wire is not checked
}

std::string_view confidence_label(double confidence) {
  return confidence >= 0.8 ? "Very High"
      : confidence >= 0.65 ? "High"
      : confidence >= 0.5  ? "Medium"
                           : "Low";
}

void append_user_prediction(std::string& out, const prediction& p) {
  append_prediction(out, p);
  append_prediction_words(out, p.current_price * (1 + p.delta_high),
                          p.current_price * (1 - p.delta_low), p.confidence);
}

std::string user_prediction_of(std::string engine_body) {
  const auto json = nlohmann::json::parse(engine_body, nullptr, false);
  const auto number = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? found->get<double>() : std::nan("");
  };
  if (!json.is_object()) return {};
  const auto high = number("predicted_high"), low = number("predicted_low"),
             confidence = number("confidence");
  if (std::isnan(high) || std::isnan(low) || std::isnan(confidence)) return {};
  append_prediction_words(engine_body, high, low, confidence);
  return engine_body;
}

void append_user_signal(std::string& out, const signal& s, signal_parts parts) {
  append_signal(out, s, parts);
  reopen(out);
  if (parts.range) append_range(out, s.predicted_high, s.predicted_low);
  append_signal_words(out, s);
  out += '}';
}

void append_user_signal_page(std::string& out, const signal_page& page) {
  out += "{\"signals\":[";
  for (auto& stored : page.signals) {
    if (out.back() != '[') out += ',';
    append_stored_signal(out, stored);
    reopen(out);
    append_range(out, stored.what.predicted_high, stored.what.predicted_low);
    append_signal_words(out, stored.what);
    out += '}';
  }
  out += "],\"total\":";
  append_integer(out, static_cast<std::int64_t>(page.total));
  out += ",\"limit\":";
  append_integer(out, page.limit);
  out += ",\"offset\":";
  append_integer(out, page.offset);
  out += '}';
}

user_answers_ptr encode_user_answers(const bulletin& said) {
  auto out = std::make_shared<user_answers>();
  for (auto& p : said.predictions)
    if (const int i = horizon_index(p.horizon); i >= 0)
      append_user_prediction(out->predictions[static_cast<std::size_t>(i)], p);
  for (auto& s : said.signals)
    if (const int i = horizon_index(s.horizon); i >= 0) {
      auto& one = out->signals[static_cast<std::size_t>(i)];
      append_user_signal(one.body, s);
      one.id = s.id;
      one.created_at = s.created_at;
    }
  return out;
}

} // namespace troupe
