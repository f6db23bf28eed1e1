// The JSON bodies of requests and the commands on a socket, held against a whole parse of the same
// bytes: what is accepted says what the answer says, what is refused is named.
#include "http/codec_frames.hpp"
#include "http/codec_request.hpp"
#include "http/json_text.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>

namespace troupe::fuzz {

namespace {

using nlohmann::json;

json whole(std::string_view body) { return json::parse(body, nullptr, false); }

void check_refusal(const bad_field& bad) {
  claim(!bad.field.empty() && !bad.message.empty(), "a refusal names field and reason");
  claim(bad.message.size() < 500, "a reason is short");
}

void try_forecast(std::string_view body) {
  forecast_request out;
  if (const auto bad = read_forecast_request(body, out)) return check_refusal(*bad);
  const auto all = whole(body);
  claim(all.is_object(), "an accepted body is an object");
  claim(all.at("symbol") == out.symbol, "the symbol is the one said");
  claim(all.at("horizon") == out.horizon, "the horizon is the one said");
  const auto* choice = all.contains("includeRange") ? "includeRange" : "include_range";
  claim(!all.contains(choice) || all[choice] == out.include_range, "the choice is the one said");
}

void try_train(std::string_view body) {
  train_request out;
  if (const auto bad = read_train_request(body, out)) return check_refusal(*bad);
  const auto all = whole(body);
  claim(all.is_object() && all.at("symbol") == out.symbol, "the symbol is the one said");
  claim(out.horizons.size() <= 4, "each horizon once");
  for (std::size_t i = 1; i < out.horizons.size(); ++i)
    claim(out.horizons[i - 1] < out.horizons[i], "horizons ascend");
  for (auto h : out.horizons) {
    const auto& said = all.at("horizons");
    claim(std::find(said.begin(), said.end(), h) != said.end(), "no horizon that was not said");
  }
}

void try_command(std::string_view text) {
  socket_command out;
  const auto problem = parse_command(text, out);
  if (!problem.empty()) {
    claim(problem.size() < 200, "a problem is short");
    return;
  }
  const auto all = whole(text);
  claim(all.at("channel") == out.channel, "the channel is the one said");
  claim(!out.has_since || all.at("since") == out.since, "the position is the one said");
  const auto frame = subscribed_frame(out.channel, out.since);
  const auto size = static_cast<unsigned char>((*frame)[1]);
  const std::size_t head = size < 126 ? 2 : size == 126 ? 4 : 10;
  claim(!whole(std::string_view{*frame}.substr(head)).is_discarded(),
        "an answer is JSON, whatever the channel's name");
}

/// Any bytes at all become a JSON string.
void try_text(std::string_view text) {
  std::string out;
  append_string(out, text);
  const auto back = whole(out);
  claim(back.is_string(), "any text is written as a JSON string");
  claim(!valid_utf8(text) || back == std::string{text}, "good text comes back unchanged");
}

} // namespace

void try_bytes(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto body = bytes.substr(1);
  switch (bytes.front() % 4) {
  case 0: return try_forecast(body);
  case 1: return try_train(body);
  case 2: return try_command(body);
  default: return try_text(body);
  }
}

std::vector<std::string> made_seeds() {
  return {"\4" + std::string(40, '['), "\6" + std::string(600, '[')};
}

} // namespace troupe::fuzz
