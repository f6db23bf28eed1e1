#include "http/user_publisher.hpp"

#include "http/codec_account.hpp"
#include "http/codec_frames.hpp"
#include "http/json_text.hpp"
#include "http/socketio/frames.hpp"
#include "http/user_channels.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <unordered_map>

namespace troupe {

namespace {

// Consumers that hear an event twice know it by this.
void append_event_id(std::string& payload, const account_id& account, std::uint64_t version) {
  payload.pop_back();
  append_field(payload, "event_id", account + ':' + std::to_string(version));
  payload += '}';
}

std::string account_payload(const account_view& now) {
  std::string out;
  append_account(out, now);
  append_event_id(out, now.id, now.version);
  return out;
}

std::string trade_payload(const trade_told& told) {
  std::string out;
  append_trade(out, told.account, told.trade);
  append_event_id(out, told.account, told.version);
  return out;
}

std::string position_payload(const trade_told& told) {
  std::string out = "{";
  append_field(out, "position_id", told.trade.id);
  append_field(out, "account_id", told.account);
  append_field(out, "symbol", told.trade.symbol);
  append_money(out, "pnl", told.trade.profit_loss);
  out += '}';
  append_event_id(out, told.account, told.version);
  return out;
}

struct user_publisher_state {
  static inline const char* name = "user_publisher";

  std::vector<caf::actor> ports;
  wall_us now;
  frame_sink sink;
  std::function<bool(const account_id&)> owns;
  // Of users who are connected: what their channels' numbers are above, and the newest of each.
  // Numbers begin with a microsecond, as publisher.cpp's do, so that those of a user who was
  // forgotten meanwhile go on above what anybody has heard.
  std::unordered_map<user_id, std::uint64_t> begun;
  std::unordered_map<std::string, std::uint64_t> seqs;
  std::uint64_t newest = 0; // of all that was begun or said

  std::uint64_t begin(std::int64_t at) {
    return newest = std::max(newest + 1, static_cast<std::uint64_t>(at));
  }

  std::uint64_t number(const user_id& user, const std::string& channel, std::int64_t at) {
    const auto known = begun.find(user);
    if (known == begun.end()) return begin(at);
    const auto seq = ++seqs.emplace(channel, known->second).first->second;
    newest = std::max(newest, seq);
    return seq;
  }

  void meet(const user_id& user) {
    auto news = std::make_shared<frame_set>();
    news->user = user;
    news->begins_after = begun[user] = begin(now());
    for (auto& port : ports) caf::anon_send(port, frame_set_ptr{news});
  }

  void add(frame_set& to, std::string_view event, std::string_view topic, const std::string& about,
           std::string_view payload) {
    const auto at = now();
    auto one = std::make_shared<frame>();
    one->channel = user_channel(to.user, topic);
    one->seq = number(to.user, one->channel, at);
    one->role = about.empty() ? frame_role::happening : frame_role::state;
    one->about = about;
    one->bytes = event_frame(event, one->channel, one->seq, payload, at);
    one->root = socketio::numbered_frame(dialect::root, event, payload, one->seq);
    to.frames.push_back(std::move(one));
  }

  // Who is not connected here has no sockets to tell.
  void send(const frame_set_ptr& news, const account_id& account) const {
    if (begun.count(news->user) > 0)
      for (auto& port : ports) caf::anon_send(port, news);
    if (sink && (!owns || owns(account))) sink(news);
  }
};

account_news_taker::behavior_type
user_publisher(account_news_taker::stateful_pointer<user_publisher_state> self,
               std::vector<caf::actor> ports, wall_us now, frame_sink sink,
               std::function<bool(const account_id&)> owns) {
  auto& s = self->state;
  s.ports = std::move(ports);
  s.now = std::move(now);
  s.sink = std::move(sink);
  s.owns = std::move(owns);
  return {
      [&s](const user_connected& who) { s.meet(who.user); },
      [&s](const account_changed& told) {
        auto news = std::make_shared<frame_set>();
        news->user = told.user;
        s.add(*news, "account_updated", "accounts", told.now.id, account_payload(told.now));
        s.send(news, told.now.id);
      },
      [&s](const trade_told& told) {
        auto news = std::make_shared<frame_set>();
        news->user = told.user;
        s.add(*news, "trade_executed", "trades", "", trade_payload(told));
        if (told.trade.status == trade_status::closed)
          s.add(*news, "position_closed", "positions", "", position_payload(told));
        s.send(news, told.account);
      },
      [&s](const user_forgotten& who) {
        s.begun.erase(who.user);
        for (auto topic : user_topics) s.seqs.erase(user_channel(who.user, topic));
        for (auto& port : s.ports) caf::anon_send(port, who);
      },
  };
}

} // namespace

account_news_taker spawn_user_publisher(caf::actor_system& system, std::vector<caf::actor> ports,
                                        wall_us now, frame_sink sink,
                                        std::function<bool(const account_id&)> owns) {
  return system.spawn(user_publisher, std::move(ports), std::move(now), std::move(sink),
                      std::move(owns));
}

} // namespace troupe
