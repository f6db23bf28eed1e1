// The port between a live feed and the sockets of its provider: texts in both directions, a
// connection by a number that the feed gives. Who speaks it knows nothing of candles; what texts
// mean is in provider.hpp. Values of this node alone.
#pragma once
#include "messages/protocol.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

using stream_id = std::uint64_t; // never used twice

struct stream_opened {
  stream_id id = 0;
};

/// `credit`: given back when the message is gone; the sockets read on only while not too many are
/// out. May be null.
struct stream_text {
  stream_id id = 0;
  std::string text;
  std::shared_ptr<const void> credit = {};
};

/// It has ended, or never began. Said once, and not for what the feed closed itself.
struct stream_closed {
  stream_id id = 0;
  std::string why; // for people
};

/// What a feed with a clock can say beyond feed_status.
struct feed_lag {
  utc_ms now = 0;                 // the provider's time; 0: not heard yet
  bool silenced = false;          // the provider does not let itself be asked just now
  std::vector<symbol_name> stale; // without a candle for longer than they should be
};

struct get_feed_lag {};

/// The feed of a live provider: feed_actor, and what its streams say.
using live_feed_actor =
    caf::typed_actor<caf::reacts_to<watch>, caf::replies_to<get_candles>::with<std::vector<candle>>,
                     caf::replies_to<get_feed_status>::with<feed_status>,
                     caf::replies_to<get_feed_lag>::with<feed_lag>, caf::reacts_to<caf::tick_atom>,
                     caf::reacts_to<stream_opened>, caf::reacts_to<stream_text>,
                     caf::reacts_to<stream_closed>>;

using stream_listener = caf::typed_actor<caf::reacts_to<stream_opened>, caf::reacts_to<stream_text>,
                                         caf::reacts_to<stream_closed>>;

/// Connects to this path of the provider's address. Answered to `who` by opened, then texts, then
/// closed; or by closed.
struct open_stream {
  stream_id id = 0;
  std::string path;
  stream_listener who;
};

struct say_on_stream {
  stream_id id = 0;
  std::string text;
};

struct close_stream {
  stream_id id = 0;
};

/// Pings what is silent and closes what does not answer; answers pings by itself.
using stream_actor = caf::typed_actor<caf::reacts_to<open_stream>, caf::reacts_to<say_on_stream>,
                                      caf::reacts_to<close_stream>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::feed_lag)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::get_feed_lag)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::stream_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::stream_text)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::stream_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::open_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::say_on_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::close_stream)
