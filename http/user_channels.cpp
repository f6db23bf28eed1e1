#include "http/user_channels.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::string_view user_prefix = "user:";

} // namespace

std::string user_channel(std::string_view user, std::string_view topic) {
  return std::string{user_prefix}.append(user).append(":").append(topic);
}

bool names_user(std::string_view channel) {
  return channel.substr(0, user_prefix.size()) == user_prefix;
}

bool is_user_channel(std::string_view name) {
  if (!names_user(name)) return false;
  const auto topic = name.rfind(':');
  return topic > user_prefix.size()
      && std::find(user_topics.begin(), user_topics.end(), name.substr(topic + 1))
      != user_topics.end();
}

std::string_view user_of(std::string_view name) {
  return name.substr(user_prefix.size(), name.rfind(':') - user_prefix.size());
}

std::string_view why_not_heard(std::string_view channel, const identity& who) {
  if (!is_user_channel(channel)) return "no channel of yours";
  const auto id = user_of(channel);
  return who.user.empty() || id != who.user ? "the channel of another user" : std::string_view{};
}

} // namespace troupe
