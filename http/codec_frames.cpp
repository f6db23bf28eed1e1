#include "http/codec_frames.hpp"

#include "http/json_text.hpp"

#include <nlohmann/json.hpp>

namespace troupe {

namespace {

shared_text framed(std::string_view payload) {
  return std::make_shared<const std::string>(websocket_frame(payload));
}

std::string channel_event(std::string_view event, std::string_view channel) {
  std::string out = "{";
  append_field(out, "event", event);
  append_field(out, "channel", channel);
  return out;
}

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

} // namespace

std::string signals_channel(const symbol_name& symbol) { return "signals:" + symbol; }
std::string predictions_channel(const symbol_name& symbol) { return "predictions:" + symbol; }
std::string ticker_channel(const symbol_name& symbol) { return "ticker:" + symbol; }

std::string websocket_frame(std::string_view payload, unsigned opcode) {
  std::string out;
  out.reserve(payload.size() + 10);
  out += static_cast<char>(0x80u | opcode);
  const std::uint64_t size = payload.size();
  const int length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  out += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127);
  for (int i = length_bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
  out.append(payload);
  return out;
}

std::string_view payload_of(std::string_view framed) {
  const auto length = static_cast<unsigned char>(framed[1]);
  return framed.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

shared_text event_frame(std::string_view event, std::string_view channel, std::uint64_t seq,
                        std::string_view data, std::int64_t at_us) {
  auto out = channel_event(event, channel);
  append_count(out, "seq", seq);
  append_key(out, "data");
  out.append(data);
  append_field(out, "timestamp", to_iso8601_us(at_us));
  out += '}';
  return framed(out);
}

std::string signal_payload(const signal& what, std::string_view encoded) {
  std::string out = "{";
  append_field(out, "symbol", what.symbol);
  append_field(out, "type", "signal");
  append_key(out, "horizon");
  append_integer(out, what.horizon);
  append_key(out, "signal");
  out += '{';
  append_field(out, "type", to_string(what.type));
  append_field(out, "confidence", what.confidence);
  out += '}';
  append_key(out, "priceRange");
  out += '{';
  append_field(out, "current", what.entry);
  append_field(out, "predictedHigh", what.predicted_high);
  append_field(out, "predictedLow", what.predicted_low);
  out += '}';
  append_key(out, "data");
  out.append(encoded);
  append_key(out, "timestamp");
  append_time(out, what.created_at);
  out += '}';
  return out;
}

shared_text subscribed_frame(std::string_view channel, std::uint64_t seq) {
  auto out = channel_event("subscribed", channel);
  append_count(out, "seq", seq);
  return framed(out += '}');
}

shared_text unsubscribed_frame(std::string_view channel) {
  return framed(channel_event("unsubscribed", channel) += '}');
}

shared_text gap_frame(std::string_view channel, std::uint64_t from, std::uint64_t to) {
  auto out = channel_event("gap", channel);
  append_count(out, "from", from);
  append_count(out, "to", to);
  return framed(out += '}');
}

shared_text error_frame(std::string_view code, std::string_view message) {
  std::string out = "{";
  append_field(out, "event", "error");
  append_field(out, "code", code);
  append_field(out, "message", message);
  return framed(out += '}');
}

std::string parse_command(std::string_view text, socket_command& out) {
  // Depth is bounded by the size of a message (4 KiB) and the parser does not recurse.
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return "a message must be a JSON object";
  const auto op = json.find("op");
  if (op == json.end() || !op->is_string()) return "op must be a string";
  if (*op == "subscribe")
    out.op = socket_command::kind::subscribe;
  else if (*op == "unsubscribe")
    out.op = socket_command::kind::unsubscribe;
  else
    return "op must be subscribe or unsubscribe";
  const auto channel = json.find("channel");
  if (channel == json.end() || !channel->is_string()) return "channel must be a string";
  out.channel = channel->get<std::string>();
  const auto since = json.find("since");
  out.has_since = since != json.end() && !since->is_null();
  if (!out.has_since) return {};
  if (!since->is_number_unsigned()) return "since must be a number of 0 or more";
  out.since = since->get<std::uint64_t>();
  return {};
}

} // namespace troupe
