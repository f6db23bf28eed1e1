#include "http/socketio/client.hpp"

#include "http/codec_frames.hpp"
#include "http/json_text.hpp"
#include "http/socketio/engine_packet.hpp"

#include <algorithm>

namespace troupe::socketio {

namespace {

constexpr unsigned binary_frame = 2;

std::string event_data(std::string_view event, std::string_view arguments) {
  std::string out = "[";
  append_string(out, event);
  if (!arguments.empty()) out.append(",").append(arguments);
  return out += ']';
}

shared_text framed(const packet& p) {
  return std::make_shared<const std::string>(
      websocket_frame(to_text(engine_type::message, to_text(p))));
}

} // namespace

client::client(engine_line& line) : line_(line), alone_since_(line.now()) {}

void client::on_text(std::string_view message) {
  auto p = parse_packet(message);
  if (!p || incomplete_) return refuse("malformed packet");
  if (p->attachments == 0) return take(std::move(*p));
  incomplete_ = std::move(p);
}

void client::on_binary(std::string_view bytes) {
  attached_bytes_ += bytes.size();
  if (!incomplete_ || attached_bytes_ > line_.options().engine_payload_bytes)
    return refuse("unexpected bytes");
  attachments_.emplace_back(bytes);
  if (attachments_.size() < incomplete_->attachments) return;
  auto whole = std::move(*incomplete_);
  incomplete_.reset();
  take(std::move(whole));
  attachments_.clear();
  attached_bytes_ = 0;
}

void client::take(packet p) {
  if (p.type == packet_type::connect) return join(p);
  if (!joined(p.nsp)) return refuse("not in this namespace");
  switch (p.type) {
  case packet_type::disconnect: return leave(p.nsp);
  case packet_type::event:
  case packet_type::binary_event: return hear(p);
  default: return; // an ack: none was asked for
  }
}

void client::join(const packet& p) {
  if (joined(p.nsp)) return refuse("joined already");
  const auto refusal =
      knows(p.nsp) ? refusal_of(p.nsp, p.data) : std::string{R"({"message":"Invalid namespace"})"};
  if (!refusal.empty()) return say({packet_type::connect_error, p.nsp, {}, 0, refusal});
  joined_.push_back(p.nsp);
  say({packet_type::connect, p.nsp, {}, 0, "{\"sid\":\"" + random_name() + "\"}"});
  on_joined(p.nsp, p.data);
}

void client::leave(std::string_view nsp) {
  joined_.erase(std::find(joined_.begin(), joined_.end(), nsp));
  if (joined_.empty()) alone_since_ = line_.now();
  on_left(nsp);
}

void client::hear(const packet& p) {
  auto elements = elements_of(p.data);
  incoming event{p.nsp, *text_of(elements.front()), {}, attachments_, p.id};
  event.arguments.assign(elements.begin() + 1, elements.end());
  on_event(event);
}

void client::refuse(std::string_view why) { line_.close(close_code::protocol_error, why); }

void client::on_tick(std::chrono::steady_clock::time_point now) {
  if (joined_.empty() && now - alone_since_ > line_.options().engine_connect_timeout)
    line_.close(close_code::policy_violation, "in no namespace");
}

void client::on_closed() {
  for (auto& nsp : std::exchange(joined_, {})) on_left(nsp);
}

void client::say(packet p, const std::vector<std::string>& attachments) {
  p.attachments = attachments.size();
  line_.send(framed(p));
  for (auto& bytes : attachments)
    line_.send(std::make_shared<const std::string>(websocket_frame(bytes, binary_frame)));
}

void client::emit(std::string_view nsp, std::string_view event, std::string_view arguments,
                  const std::vector<std::string>& attachments) {
  const auto type = attachments.empty() ? packet_type::event : packet_type::binary_event;
  say({type, std::string{nsp}, {}, 0, event_data(event, arguments)}, attachments);
}

void client::acknowledge(const incoming& event, std::string_view arguments,
                         const std::vector<std::string>& attachments) {
  if (!event.ack) return;
  const auto type = attachments.empty() ? packet_type::ack : packet_type::binary_ack;
  std::string data = "[";
  data.append(arguments).append("]");
  say({type, std::string{event.nsp}, event.ack, 0, std::move(data)}, attachments);
}

void client::expel(std::string_view nsp) {
  if (!joined(nsp)) return;
  say({packet_type::disconnect, std::string{nsp}, {}, 0, {}});
  leave(nsp);
}

bool client::joined(std::string_view nsp) const {
  return std::find(joined_.begin(), joined_.end(), nsp) != joined_.end();
}

shared_text event_frame(std::string_view nsp, std::string_view event, std::string_view arguments) {
  return framed({packet_type::event, std::string{nsp}, {}, 0, event_data(event, arguments)});
}

} // namespace troupe::socketio
