// What the sockets of one node hear of symbols that run on another: once each, in order, under
// numbers that do not depend on who says it.
#include "http/relay.hpp"

#include "http/channel_numbers.hpp"
#include "http/codec_frames.hpp"
#include "http/publisher.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <mutex>

namespace troupe::test {

namespace {

constexpr utc_ms noon = 1767614400000;
constexpr std::int64_t noon_us = noon * 1000;
const symbol_name btc = "BTCUSDT";
const std::string signals = "signals:BTCUSDT", predictions = "predictions:BTCUSDT",
                  prices = "ticker:BTCUSDT";

bulletin candle_said(int n) {
  bulletin b;
  b.symbol = btc;
  b.last = {noon + n * base_interval_ms, 100, 102, 99, 101 + n * 0.01, 5};
  for (auto h : horizons) {
    prediction p;
    p.symbol = btc;
    p.horizon = h;
    p.candle_time = b.last.open_time;
    p.current_price = b.last.close;
    p.delta_high = 1.0 / 3;
    p.confidence = 0.8;
    p.model_version = "20260105T000000-abcdef12";
    b.predictions.push_back(p);
  }
  for (auto h : pushed_horizons) {
    signal s;
    s.symbol = btc;
    s.horizon = h;
    s.candle_time = s.candles_to = b.last.open_time;
    s.created_at = b.last.open_time + base_interval_ms;
    s.expires_at = s.created_at + 288 * base_interval_ms;
    s.type = signal_type::sell;
    s.entry = b.last.close;
    s.odds = {{2, 0.3, 0.6, 0.1, 0.05, -0.07, 0.01}};
    s.reasons = {"margin \"not\" reached", "café ☕"};
    s.model_version = "20260105T000000-abcdef12";
    s.id = btc + "-" + std::to_string(h) + "-" + std::to_string(s.candle_time);
    b.signals.push_back(s);
  }
  b.received_ns = 7;
  return b;
}

std::string text_of(const bulletin& b) {
  return caf::deep_to_string(b.last, b.predictions, b.signals);
}

struct ear : listener {
  std::vector<std::string> heard; // payloads
  void deliver(const shared_text& framed) override { heard.emplace_back(payload_of(*framed)); }
  void flush() override {}
};

struct relay_config : caf::actor_system_config {
  relay_config() { add_message_types<caf::id_block::troupe_cluster>(); }
};

// One node's publisher, a hub that hears it, and what it says to others.
struct gateway_of {
  struct said {
    std::mutex guard;
    std::vector<relayed_news> relayed;
    std::vector<frame_set_ptr> sunk;
    std::uint64_t epoch = 0;
    std::int64_t now_us = noon_us;
  };
  template<class Work>
  static auto locked(said& m, Work work) {
    const std::lock_guard<std::mutex> hold{m.guard};
    return work();
  }

  std::shared_ptr<said> mine = std::make_shared<said>();
  std::shared_ptr<relay_figures> figures = std::make_shared<relay_figures>();
  caf::scoped_actor port;
  std::vector<relaying_publisher> publishers;
  counters counts{{btc}};
  hub channels{counts, {btc}};
  ear client;

  explicit gateway_of(caf::actor_system& system, std::uint64_t epoch = 0) : port(system) {
    mine->epoch = epoch;
    publisher_options o;
    o.ports = {caf::actor_cast<caf::actor>(port.ptr())};
    o.now = [m = mine] { return locked(*m, [&] { return m->now_us; }); };
    o.sink = [m = mine](const frame_set_ptr& news) {
      locked(*m, [&] {
        m->sunk.push_back(news);
        return 0;
      });
    };
    o.epoch_of = [m = mine](const symbol_name&) { return locked(*m, [&] { return m->epoch; }); };
    o.relay = [m = mine](relayed_news news) {
      locked(*m, [&] {
        m->relayed.push_back(std::move(news));
        return 0;
      });
    };
    o.figures = figures;
    publishers = spawn_relaying_publishers(system, 1, o);
    channels.subscribe(client, signals, std::nullopt);
    client.heard.clear(); // `subscribed`
  }
  ~gateway_of() {
    for (auto& p : publishers) caf::anon_send_exit(p, caf::exit_reason::kill);
  }

  // What the publisher was told until now has reached the hub.
  void settle() {
    port->monitor(publishers[0]);
    caf::anon_send_exit(publishers[0], caf::exit_reason::user_shutdown);
    bool over = false;
    port->receive_while([&] { return !over; })(
        [&](const frame_set_ptr& news) { channels.publish(*news); },
        [&](const caf::down_msg&) { over = true; });
  }
  // So many frame sets reach the hub.
  void wait_for(std::size_t sets) {
    for (; sets > 0; --sets)
      port->receive([&](const frame_set_ptr& news) { channels.publish(*news); },
                    caf::after(std::chrono::seconds{20}) >> [] { ADD_FAILURE() << "silence"; });
  }

  std::vector<relayed_news> say(int n) {
    caf::anon_send(publishers[0], std::make_shared<const bulletin>(candle_said(n)));
    wait_for(1);
    return locked(*mine, [&] { return std::exchange(mine->relayed, {}); });
  }
  void hear(const std::vector<relayed_news>& news) {
    for (auto& one : news) hear_relayed(publishers, one);
    wait_for(news.size());
  }
  void set(std::uint64_t epoch, std::int64_t now_us = noon_us) {
    locked(*mine, [&] {
      mine->epoch = epoch;
      mine->now_us = now_us;
      return 0;
    });
  }

  // Numbers of the events the client heard; a gap as 0.
  std::vector<std::uint64_t> heard() const {
    std::vector<std::uint64_t> out;
    for (auto& text : client.heard) {
      const auto at = text.find("\"seq\":");
      out.push_back(at == std::string::npos ? 0 : std::stoull(text.substr(at + 6)));
    }
    return out;
  }
  static std::vector<std::uint64_t> numbers(int from, int to) {
    std::vector<std::uint64_t> out;
    for (int n = from; n <= to; ++n)
      for (std::size_t i = 1; i <= pushed_horizons.size(); ++i)
        out.push_back(number_before(noon + n * base_interval_ms, pushed_horizons.size()) + i);
    return out;
  }
};

struct relay : testing::Test {
  relay_config config;
  caf::actor_system system{config};
};

} // namespace

TEST_F(relay, a_bulletin_is_read_as_it_was_said) {
  const auto said = candle_said(0);
  const auto news = relay_of(said, noon_us);
  EXPECT_EQ(symbol_of(news), btc);
  EXPECT_FALSE(price_in(news));
  const auto told = bulletin_in(news);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->said.symbol, btc);
  EXPECT_EQ(text_of(told->said), text_of(said));
  EXPECT_EQ(told->at_us, noon_us);
  EXPECT_EQ(told->said.received_ns, 0) << "of another node's clock";
  EXPECT_LT(news.bytes.size(), 4000u);
}

TEST_F(relay, a_price_is_read_as_it_was_said) {
  const auto news = relay_of(told_price{btc, {101.5, 3, 101.25, 101.75}, 42, noon_us});
  const auto told = price_in(news);
  ASSERT_TRUE(told);
  EXPECT_FALSE(bulletin_in(news));
  EXPECT_EQ(told->now.bid, 101.25);
  EXPECT_EQ(told->seq, 42u);
  EXPECT_LT(news.bytes.size(), 64u);
}

TEST_F(relay, what_is_cut_short_or_longer_is_nothing) {
  auto news = relay_of(candle_said(0), noon_us);
  for (std::size_t size = 0; size < news.bytes.size(); ++size)
    ASSERT_FALSE(bulletin_in({news.topic, news.bytes.substr(0, size)})) << size;
  news.bytes += '\0';
  EXPECT_FALSE(bulletin_in(news));
  news.bytes.append(max_relayed_bytes, 'x');
  EXPECT_FALSE(bulletin_in(news));
  auto price = relay_of(told_price{btc, {1, 1, 0, 0}, 1, noon_us});
  for (std::size_t size = 0; size < price.bytes.size(); ++size)
    ASSERT_FALSE(price_in({price.topic, price.bytes.substr(0, size)})) << size;
}

TEST_F(relay, what_no_symbol_may_say_is_nothing) {
  const auto told = [](auto change, std::int64_t at_us = noon_us) {
    auto b = candle_said(0);
    change(b);
    return bulletin_in(relay_of(b, at_us)).has_value();
  };
  EXPECT_TRUE(told([](bulletin&) {}));
  EXPECT_TRUE(told([](bulletin& b) {
    b.signals.clear();
    b.predictions.clear();
  }));
  EXPECT_FALSE(told([](bulletin&) {}, 0));
  EXPECT_FALSE(told([](bulletin&) {}, std::numeric_limits<std::int64_t>::max()));
  EXPECT_FALSE(told([](bulletin& b) { b.symbol = "btc"; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].symbol = "ETHUSDT"; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].candle_time += base_interval_ms; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].type = static_cast<signal_type>(77); }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].horizon = 7; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].entry = NAN; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].expires_at = INT64_MAX; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[0].reasons = {"\xff"}; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals.push_back(b.signals[0]); }));
  EXPECT_FALSE(told([](bulletin& b) { b.predictions.push_back(b.predictions[0]); }));
  EXPECT_FALSE(told([](bulletin& b) { b.predictions[1].high_quantiles[3] = INFINITY; }));
  EXPECT_FALSE(told([](bulletin& b) { b.signals[1].odds[0].rr = INFINITY; }));
  EXPECT_FALSE(told([](bulletin& b) { b.last.low = -1; }));
  EXPECT_FALSE(told([](bulletin& b) { b.last.open_time += 1; }));
  EXPECT_FALSE(price_in(relay_of(told_price{btc, {NAN, 1, 0, 0}, 1, noon_us})));
  EXPECT_FALSE(price_in(relay_of(told_price{btc, {0, 1, 0, 0}, 1, noon_us})));
  EXPECT_FALSE(price_in(relay_of(told_price{btc, {1, 1, 0, 0}, std::uint64_t{1} << 53, noon_us})));
  EXPECT_FALSE(price_in(relay_of(told_price{"", {1, 1, 0, 0}, 1, noon_us})));
}

TEST_F(relay, numbers_can_be_counted_by_clients_and_never_go_back) {
  EXPECT_GT(numbers_begin, static_cast<std::uint64_t>(noon_us)) << "of a node alone before";
  EXPECT_LT(number_before_epoch(UINT64_MAX) + numbers_per_epoch, std::uint64_t{1} << 53);
  EXPECT_GT(number_before_epoch(8), number_before_epoch(7) + numbers_per_epoch - 1);
  EXPECT_LT(number_before(7'258'118'400'000, horizons.size()), std::uint64_t{1} << 53);
}

TEST_F(relay, listeners_of_another_node_hear_the_very_same) {
  gateway_of a{system, 1}, b{system};
  b.hear(a.say(0));
  ASSERT_EQ(a.client.heard.size(), 2u);
  EXPECT_EQ(a.client.heard, b.client.heard);
  EXPECT_EQ(a.heard(), gateway_of::numbers(0, 0));
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    ASSERT_TRUE(b.channels.prediction_of(btc, h));
    EXPECT_EQ(*a.channels.prediction_of(btc, h), *b.channels.prediction_of(btc, h));
  }
  EXPECT_EQ(a.channels.last_seq(predictions), b.channels.last_seq(predictions));
  EXPECT_EQ(a.channels.last_seq(prices), b.channels.last_seq(prices));
  EXPECT_EQ(b.figures->heard.load(), 2u);
}

TEST_F(relay, only_the_owner_tells_other_services) {
  gateway_of a{system, 1}, b{system};
  b.hear(a.say(0));
  EXPECT_EQ(a.mine->sunk.size(), 1u);
  EXPECT_TRUE(b.mine->sunk.empty());
  EXPECT_TRUE(b.mine->relayed.empty()) << "nothing goes round in circles";
}

TEST_F(relay, over_a_takeover_every_event_is_heard_once_and_without_a_gap) {
  gateway_of a{system, 1}, b{system}, c{system};
  for (int n : {0, 1}) {
    const auto news = a.say(n);
    b.hear(news);
    c.hear(news);
  }
  a.set(0);
  b.set(2, noon_us - hour_ms * 5'000'000); // its clock is hours behind
  for (int n : {1, 2}) {                   // it says again what it cannot know to have been said
    const auto news = b.say(n);
    a.hear(news);
    c.hear(news);
  }
  for (auto* one : {&a, &b, &c}) EXPECT_EQ(one->heard(), gateway_of::numbers(0, 2));
}

TEST_F(relay, what_was_lost_on_the_way_is_told_as_a_gap) {
  gateway_of a{system, 1}, c{system};
  c.hear(a.say(0));
  a.say(1);
  c.hear(a.say(2));
  auto expected = gateway_of::numbers(0, 0);
  expected.push_back(0);
  for (auto n : gateway_of::numbers(2, 2)) expected.push_back(n);
  EXPECT_EQ(c.heard(), expected);
}

TEST_F(relay, whoever_lost_a_symbol_says_nothing_of_it) {
  gateway_of a{system, 1};
  a.say(0);
  a.set(0);
  caf::anon_send(a.publishers[0], std::make_shared<const bulletin>(candle_said(1)));
  caf::anon_send(caf::actor_cast<quote_taker>(a.publishers[0]), quote{btc, 1, 2, 1, 1});
  a.settle();
  EXPECT_EQ(a.heard(), gateway_of::numbers(0, 0));
  EXPECT_TRUE(a.mine->relayed.empty());
  EXPECT_EQ(a.mine->sunk.size(), 1u);
  EXPECT_EQ(a.figures->withheld.load(), 2u);
}

TEST_F(relay, a_late_word_of_a_former_owner_changes_nothing) {
  gateway_of a{system, 1}, b{system, 2}, c{system};
  const auto late = a.say(1);
  c.hear(b.say(1));
  c.hear(b.say(2));
  const auto heard = c.client.heard;
  const auto answer = c.channels.prediction_of(btc, 0);
  c.hear(late);
  EXPECT_EQ(c.client.heard, heard);
  EXPECT_EQ(c.channels.prediction_of(btc, 0), answer);
}

TEST_F(relay, prices_of_a_later_owner_are_above_those_of_an_earlier_one) {
  gateway_of a{system, 1}, b{system}, c{system};
  c.channels.subscribe(c.client, prices, std::nullopt);
  c.hear(a.say(0));
  const auto before = c.channels.last_seq(prices);
  EXPECT_EQ(before, number_before_epoch(1) + 1);
  b.set(2, noon_us - hour_ms * 5'000'000);
  c.hear(b.say(1));
  EXPECT_EQ(c.channels.last_seq(prices), number_before_epoch(2) + 1);
}

TEST_F(relay, a_client_resumes_on_another_node_where_it_was) {
  gateway_of a{system, 1}, b{system};
  std::vector<relayed_news> all;
  for (int n : {0, 1, 2, 3})
    for (auto& news : a.say(n)) all.push_back(news);
  b.hear(all);
  ear back;
  b.channels.subscribe(back, signals, gateway_of::numbers(1, 1).back());
  ASSERT_EQ(back.heard.size(), 5u); // `subscribed` and two candles
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(back.heard[1 + i], a.client.heard[4 + i]);
}

TEST_F(relay, what_is_no_news_is_counted_and_dropped) {
  gateway_of a{system};
  for (auto* topic : {"", "price:", "bulletin:BTCUSDT", "price:BTCUSDT", "other:BTCUSDT"})
    hear_relayed(a.publishers, {topic, "no news"});
  a.settle();
  EXPECT_EQ(a.figures->refused.load(), 5u);
  EXPECT_TRUE(a.client.heard.empty());
}

} // namespace troupe::test
