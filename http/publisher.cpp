#include "http/publisher.hpp"

#include "http/channel_numbers.hpp"
#include "http/codec_forecast.hpp"
#include "http/codec_frames.hpp"
#include "http/json_text.hpp"
#include "http/socketio/frames.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace troupe {

namespace {

using ticking_publisher = relaying_publisher::extend<caf::reacts_to<caf::tick_atom>>;

class publisher_state {
public:
  static inline const char* name = "publisher";

  explicit publisher_state(ticking_publisher::pointer self) : self_(self) {}

  void start(publisher_options options) { options_ = std::move(options); }

  void say(const bulletin& said) {
    if (!may_say(said.symbol)) return;
    const auto at = options_.now();
    auto news = encode(said, at);
    pass_on(said, at);
    if (said.last.open_time > 0) {
      auto& known = tickers_[said.symbol];
      known.price = said.last.close;
      known.volume = said.last.volume;
      add_price(*news, said.symbol, known, at);
    }
    send(std::move(news));
  }

  void say(const quote& q) {
    if (!may_say(q.symbol)) return;
    auto& known = tickers_[q.symbol];
    known.bid = q.bid;
    known.ask = q.ask;
    if (q.price > 0) {
      known.price = q.price;
      known.volume = q.volume;
    }
    if (known.price == 0) return; // a ticker begins with a price
    auto news = std::make_shared<frame_set>();
    add_price(*news, q.symbol, known, options_.now());
    if (!news->frames.empty()) send(std::move(news));
  }

  // Prices that had to wait: the newest of each symbol.
  void say_late_prices() {
    const auto at = options_.now();
    auto news = std::make_shared<frame_set>();
    for (auto& symbol : std::exchange(late_, {})) {
      if (!may_say(symbol)) continue;
      priced_at_[symbol] = at;
      say_price(*news, symbol, tickers_[symbol], at);
    }
    send(std::move(news));
  }

  // What the symbol's owner says, to the listeners of this node alone.
  void hear(const relayed_news& relayed) {
    const auto count = [&](counter relay_figures::*which) {
      if (options_.figures) bump((*options_.figures).*which);
    };
    if (auto told = bulletin_in(relayed)) {
      count(&relay_figures::heard);
      auto& known = tickers_[told->said.symbol];
      known.price = told->said.last.close;
      known.volume = told->said.last.volume;
      tell(encode(told->said, told->at_us));
    } else if (auto price = price_in(relayed)) {
      count(&relay_figures::heard);
      tickers_[price->symbol] = price->now;
      auto& last = seqs_[ticker_channel(price->symbol)];
      last = std::max(last, price->seq);
      auto news = std::make_shared<frame_set>();
      news->frames.push_back(encode_price(price->symbol, price->now, price->seq, price->at_us));
      tell(news);
    } else {
      count(&relay_figures::refused);
    }
  }

private:
  bool alone() const { return !options_.epoch_of; }

  // Whoever was frozen, and has lost the symbol meanwhile, is silent.
  bool may_say(const symbol_name& symbol) const {
    if (alone() || options_.epoch_of(symbol) > 0) return true;
    if (options_.figures) bump(options_.figures->withheld);
    return false;
  }

  std::shared_ptr<frame_set> encode(const bulletin& said, std::int64_t at) {
    if (alone())
      return encode_bulletin(
          said, [&](const std::string& channel) { return number(channel, at); }, at);
    auto signals = number_before(said.last.open_time, pushed_horizons.size());
    auto predictions = number_before(said.last.open_time, horizons.size());
    const auto of_signals = signals_channel(said.symbol);
    return encode_bulletin(
        said,
        [&](const std::string& channel) {
          return channel == of_signals ? ++signals : ++predictions;
        },
        at);
  }

  // Alone, numbers begin with the microsecond of the channel's first event: they grow over
  // restarts, so that a client's last number from before one is never taken for ours.
  std::uint64_t number(const std::string& channel, std::int64_t at) {
    return ++seqs_.emplace(channel, static_cast<std::uint64_t>(at)).first->second;
  }

  std::uint64_t price_number(const symbol_name& symbol, std::int64_t at) {
    if (alone()) return number(ticker_channel(symbol), at);
    auto& last = seqs_[ticker_channel(symbol)];
    return last = std::max(last, number_before_epoch(options_.epoch_of(symbol))) + 1;
  }

  void say_price(frame_set& news, const symbol_name& symbol, const ticker& known, std::int64_t at) {
    const auto seq = price_number(symbol, at);
    news.frames.push_back(encode_price(symbol, known, seq, at));
    pass_on(told_price{symbol, known, seq, at});
  }

  void add_price(frame_set& news, const symbol_name& symbol, const ticker& known, std::int64_t at) {
    constexpr auto interval_us = std::chrono::microseconds{price_interval}.count();
    const auto [told, first] = priced_at_.try_emplace(symbol, at);
    // A clock that was set back must not hold prices up.
    const bool early = !first && at >= told->second && at - told->second < interval_us;
    if (early || late_.count(symbol) > 0) {
      if (late_.empty()) self_->delayed_send(self_, price_interval, caf::tick_atom_v);
      late_.insert(symbol);
      return;
    }
    told->second = at;
    say_price(news, symbol, known, at);
  }

  template<class... Told>
  void pass_on(const Told&... told) const {
    if (!options_.relay) return;
    auto news = relay_of(told...);
    if (!news.topic.empty()) options_.relay(std::move(news));
  }

  void tell(const frame_set_ptr& news) const {
    for (auto& port : options_.ports) caf::anon_send(port, news);
  }

  void send(const frame_set_ptr& news) const {
    tell(news);
    if (options_.sink) options_.sink(news);
  }

  ticking_publisher::pointer self_;
  publisher_options options_;
  std::unordered_map<std::string, std::uint64_t> seqs_; // of three channels per symbol at most
  std::unordered_map<symbol_name, std::int64_t> priced_at_;
  std::unordered_map<symbol_name, ticker> tickers_;
  std::unordered_set<symbol_name> late_; // whose newest ticker waits for its second
};

ticking_publisher::behavior_type
publisher(ticking_publisher::stateful_pointer<publisher_state> self, publisher_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](const bulletin_ptr& said) {
        if (said) s.say(*said);
      },
      [&s](const quote& q) { s.say(q); },
      [&s](const relayed_news& relayed) { s.hear(relayed); },
      [&s](caf::tick_atom) { s.say_late_prices(); },
  };
}

shared_text shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

} // namespace

std::shared_ptr<frame_set>
encode_bulletin(const bulletin& said,
                const std::function<std::uint64_t(const std::string&)>& next_seq,
                std::int64_t now_us) {
  auto out = std::make_shared<frame_set>();
  out->symbol = said.symbol;
  out->candle_time = said.last.open_time;
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

frame_ptr encode_price(const symbol_name& symbol, const ticker& now, std::uint64_t seq,
                       std::int64_t now_us) {
  std::string payload = "{";
  append_field(payload, "symbol", symbol);
  append_field(payload, "price", now.price);
  append_field(payload, "volume", now.volume);
  if (now.bid > 0 && now.ask > 0) {
    append_field(payload, "bid", now.bid);
    append_field(payload, "ask", now.ask);
  }
  append_key(payload, "timestamp");
  append_time(payload, now_us / 1000);
  payload += '}';
  auto out = std::make_shared<frame>();
  out->channel = ticker_channel(symbol);
  out->seq = seq;
  out->role = frame_role::price;
  out->bytes = event_frame("price_update", out->channel, seq, payload, now_us);
  out->root = socketio::numbered_frame(dialect::root, "price_update", payload, seq);
  return out;
}

std::vector<publisher_actor> spawn_publishers(caf::actor_system& system, std::size_t count,
                                              std::vector<caf::actor> ports, wall_us now,
                                              frame_sink sink) {
  publisher_options options;
  options.ports = std::move(ports);
  options.now = std::move(now);
  options.sink = std::move(sink);
  const auto made = spawn_relaying_publishers(system, count, options);
  return {made.begin(), made.end()};
}

std::vector<relaying_publisher> spawn_relaying_publishers(caf::actor_system& system,
                                                          std::size_t count,
                                                          const publisher_options& options) {
  std::vector<relaying_publisher> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(system.spawn(publisher, options));
  return out;
}

void hear_relayed(const std::vector<relaying_publisher>& publishers, relayed_news news) {
  const auto& to = publishers[publisher_of(symbol_of(news), publishers.size())];
  caf::anon_send(to, std::move(news));
}

std::size_t publisher_of(const symbol_name& symbol, std::size_t count) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : symbol) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<std::size_t>(hash % count);
}

} // namespace troupe
