#include "http/publisher.hpp"

#include "http/codec_forecast.hpp"
#include "http/codec_frames.hpp"
#include "http/socketio/frames.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unordered_map>

namespace troupe {

namespace {

struct publisher_state {
  // Two channels per symbol. Numbers begin with the microsecond of the channel's first event: they
  // grow over restarts, so that a client's last number from before one is never taken for ours.
  std::unordered_map<std::string, std::uint64_t> seqs;
  static inline const char* name = "publisher";
};

publisher_actor::behavior_type publisher(publisher_actor::stateful_pointer<publisher_state> self,
                                         std::vector<caf::actor> ports, wall_us now,
                                         frame_sink sink) {
  return {[=](const bulletin_ptr& said) {
    if (!said) return;
    auto& seqs = self->state.seqs;
    const auto at = now();
    const auto next = [&](const std::string& channel) {
      auto& seq = seqs.emplace(channel, static_cast<std::uint64_t>(at)).first->second;
      return ++seq;
    };
    const auto news = encode_bulletin(*said, next, at);
    for (auto& port : ports) caf::anon_send(port, news);
    if (sink) sink(news);
  }};
}

shared_text shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

} // namespace

frame_set_ptr encode_bulletin(const bulletin& said,
                              const std::function<std::uint64_t(const std::string&)>& next_seq,
                              std::int64_t now_us) {
  auto out = std::make_shared<frame_set>();
  out->symbol = said.symbol;
  out->received_ns = said.received_ns;
  out->for_users = encode_user_answers(said);
  const auto add = [&](std::string_view event, std::string channel, std::int32_t horizon,
                       std::string_view data) {
    const auto seq = next_seq(channel);
    auto bytes = event_frame(event, channel, seq, data, now_us);
    auto one = std::make_shared<frame>(frame{std::move(channel), seq, horizon, std::move(bytes)});
    out->frames.push_back(one);
    return one;
  };
  for (auto& s : said.signals) {
    std::string body;
    append_signal(body, s);
    const auto payload = signal_payload(s, body);
    const auto one = add("signal", signals_channel(said.symbol), s.horizon, payload);
    one->signals = socketio::numbered_frame(dialect::signals, "signal", payload, one->seq);
    one->root = socketio::numbered_frame(dialect::root, "ml_signal_new",
                                         socketio::new_signal_payload(s), one->seq);
    if (const int i = horizon_index(s.horizon); i >= 0)
      out->signals[static_cast<std::size_t>(i)] = shared(std::move(body));
  }
  for (auto& p : said.predictions) {
    std::string body;
    append_prediction(body, p);
    const auto one = add("prediction", predictions_channel(said.symbol), p.horizon, body);
    one->root = socketio::numbered_frame(dialect::root, "prediction", body, one->seq);
    if (const int i = horizon_index(p.horizon); i >= 0)
      out->predictions[static_cast<std::size_t>(i)] = shared(std::move(body));
  }
  return out;
}

std::vector<publisher_actor> spawn_publishers(caf::actor_system& system, std::size_t count,
                                              std::vector<caf::actor> ports, wall_us now,
                                              frame_sink sink) {
  std::vector<publisher_actor> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(system.spawn(publisher, ports, now, sink));
  return out;
}

std::size_t publisher_of(const symbol_name& symbol, std::size_t count) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : symbol) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<std::size_t>(hash % count);
}

} // namespace troupe
