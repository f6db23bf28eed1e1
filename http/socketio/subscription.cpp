#include "http/socketio/subscription.hpp"

#include "http/codec_frames.hpp"
#include "http/socketio/packet.hpp"

#include <nlohmann/json.hpp>

namespace troupe::socketio {

namespace {

using nlohmann::json;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string read_since(const json& since, subscription& out) {
  if (since.is_number_unsigned()) {
    out.since = since.get<std::uint64_t>();
    return {};
  }
  if (!since.is_object()) return "since must be a number of 0 or more, or one of each channel";
  for (auto& [channel, seq] : since.items()) {
    if (!seq.is_number_unsigned()) return "since must be a number of 0 or more";
    out.since_of[channel] = seq.get<std::uint64_t>();
  }
  return {};
}

chosen_channels choose_user_channel(const std::string& wanted, dialect in, const identity& who) {
  const auto why = why_not_heard(wanted, who);
  if (!why.empty()) return {errc::forbidden, std::string{why}, {}};
  if (in != dialect::root) return {errc::validation_error, "heard in the namespace / only", {}};
  return {errc::none, {}, {wanted}};
}

} // namespace

std::optional<std::uint64_t> subscription::since_in(const std::string& channel) const {
  const auto found = since_of.find(channel);
  return found == since_of.end() ? since : found->second;
}

std::string parse_subscription(const std::vector<std::string_view>& arguments, subscription& out) {
  const auto wanted = arguments.empty() ? std::nullopt : text_of(arguments.front());
  if (!wanted || wanted->empty() || wanted->size() > max_namespace_bytes)
    return "the first argument must be a symbol or a channel";
  out.wanted = *wanted;
  if (arguments.size() < 2) return {};
  const auto options = json::parse(arguments[1], nullptr, false);
  if (options.is_null()) return {};
  if (!options.is_object()) return "the second argument must be an object of options";
  const auto since = options.find("since");
  return since == options.end() || since->is_null() ? std::string{} : read_since(*since, out);
}

chosen_channels choose_channels(const std::string& wanted, dialect in, const hub& known,
                                const identity& who) {
  if (names_user(wanted)) return choose_user_channel(wanted, in, who);
  const bool all = in == dialect::root;
  const auto signals = signals_channel(wanted);
  if (known.knows_channel(signals)) {
    if (!all) return {errc::none, {}, {signals}};
    return {errc::none, {}, {signals, predictions_channel(wanted), ticker_channel(wanted)}};
  }
  if (!known.knows_channel(wanted))
    return {errc::symbol_not_found, "unknown symbol or channel", {}};
  if (!all && !starts_with(wanted, "signals:"))
    return {errc::validation_error, "heard in the namespace / only", {}};
  return {errc::none, {}, {wanted}};
}

} // namespace troupe::socketio
