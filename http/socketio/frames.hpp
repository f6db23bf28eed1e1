// The hub's events in the words of Socket.IO: one text frame for all who hear an event in a
// namespace. The plain WebSocket's are in codec_frames.
#pragma once
#include "http/hub.hpp"
#include "messages/signal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::socketio {

/// `/` or `/signals`. @pre not plain
std::string_view namespace_of(dialect d);

/// `[event, {…, "seq": n}]`: `payload` is a JSON object that is not empty.
shared_text numbered_frame(dialect d, std::string_view event, std::string_view payload,
                           std::uint64_t seq);

/// Events `from` to `to` of the channel will not come; what follows is newer.
shared_text gap_frame(dialect d, std::string_view channel, std::uint64_t from, std::uint64_t to);

/// `{symbol,signal:{type,direction,confidence},entry,sl,tp,horizon}` of `ml_signal_new`.
std::string new_signal_payload(const signal& what);

} // namespace troupe::socketio
