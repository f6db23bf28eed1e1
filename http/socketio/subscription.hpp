// What a client asks for when it subscribes on Socket.IO: a symbol or a channel, as events of one
// namespace, and from where on. Pure; who hears is the hub's, and the answer is live.hpp's.
#pragma once
#include "http/hub.hpp"
#include "http/user_channels.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::socketio {

struct subscription {
  std::string wanted; // the symbol or channel as the client named it
  /// `since` of the options: one number for the only channel, or one of each channel by name.
  std::optional<std::uint64_t> since;
  std::map<std::string, std::uint64_t> since_of;

  std::optional<std::uint64_t> since_in(const std::string& channel) const;
};

/// Reads the arguments of `subscribe` or `unsubscribe`: `"BTCUSDT"`, `"signals:BTCUSDT"`, and
/// optionally `{"since":17}` or `{"since":{"signals:BTCUSDT":17}}`. Empty, or what is wrong.
std::string parse_subscription(const std::vector<std::string_view>& arguments, subscription& out);

/// The channels that `wanted` stands for in that namespace: of a symbol all of its own there.
struct chosen_channels {
  errc refusal = errc::none; // symbol_not_found, forbidden or validation_error
  std::string why;
  std::vector<std::string> names;
};
chosen_channels choose_channels(const std::string& wanted, dialect in, const hub& known,
                                const identity& who);

} // namespace troupe::socketio
