#include "http/socketio/frames.hpp"

#include "http/codec_forecast.hpp"
#include "http/json_text.hpp"
#include "http/socketio/client.hpp"

namespace troupe::socketio {

std::string_view namespace_of(dialect d) { return d == dialect::signals ? "/signals" : "/"; }

shared_text numbered_frame(dialect d, std::string_view event, std::string_view payload,
                           std::uint64_t seq) {
  std::string numbered{payload.substr(0, payload.size() - 1)};
  append_key(numbered, "seq");
  append_integer(numbered, static_cast<std::int64_t>(seq));
  return event_frame(namespace_of(d), event, numbered += '}');
}

shared_text gap_frame(dialect d, std::string_view channel, std::uint64_t from, std::uint64_t to) {
  std::string out = "{";
  append_field(out, "channel", channel);
  append_key(out, "from");
  append_integer(out, static_cast<std::int64_t>(from));
  append_key(out, "to");
  append_integer(out, static_cast<std::int64_t>(to));
  return event_frame(namespace_of(d), "gap", out += '}');
}

std::string new_signal_payload(const signal& what) {
  std::string out = "{";
  append_field(out, "symbol", what.symbol);
  append_key(out, "signal");
  out += '{';
  append_field(out, "type", to_string(what.type));
  append_key(out, "direction");
  out += what.type == signal_type::buy ? R"("LONG")"
      : what.type == signal_type::sell ? R"("SHORT")"
                                       : "null";
  append_field(out, "confidence", what.confidence);
  out += '}';
  append_field(out, "entry", what.entry);
  append_field(out, "sl", what.sl);
  append_field(out, "tp", what.tp);
  append_key(out, "horizon");
  append_integer(out, what.horizon);
  return out += '}';
}

} // namespace troupe::socketio
