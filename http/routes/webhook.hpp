// What the ML engine reports to us (SPEC §3.4): the signature over the bytes received, then the
// event to its account, then one of four answers. An event that its account refuses for good, or
// that names none, is kept as a dead letter; routes/admin replays those through the same code.
#pragma once
#include "http/exchange.hpp"
#include "http/json_fields.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// The source of the dead letters made here.
inline constexpr std::string_view engine_letters = "ml-engine";

/// What became of an event.
struct event_outcome {
  enum class kind : std::uint8_t {
    applied,   // it took effect, now or earlier, and is durable
    unknown,   // nobody knows events of its type
    malformed, // `bad` says why
    refused,   // for good: `reason`
    failed     // `error`: ask again
  };
  kind what = kind::failed;
  std::optional<bad_body> bad;
  std::string reason;
  caf::error error;
};

/// Applies an event whose origin is trusted. `done` is called once, on this thread.
void apply_event(exchange& ex, std::string_view body,
                 std::function<void(exchange&, const event_outcome&)> done);

void post_engine_event(exchange& ex); // POST /webhooks/ml-engine

} // namespace troupe
