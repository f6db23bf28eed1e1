// What the suites of live feeds share: a provider of few words whose sockets and requests the test
// plays, and a market that says what the truth is. Include it after CAF_SUITE is defined.
#pragma once
#include "actors/feeds/live.hpp"
#include "tests/actors/feed_fixture.hpp"

#include <deque>
#include <map>
#include <set>
#include <sstream>

namespace troupe {

/// 2024-07-03 09:50 UTC, a Wednesday.
constexpr utc_ms live_origin = 1720000200000;
constexpr utc_ms slot_at(std::int64_t n) { return live_origin + n * base_interval_ms; }

/// The one candle that is true for a slot.
inline candle truth(std::int64_t n) {
  const double p = 100 + static_cast<double>((n * 7919) % 97);
  return {slot_at(n), p, p + 2, p - 2, p + 1, static_cast<double>(n % 13 + 1)};
}

/// The provider's side, as the test plays it.
struct provider_side {
  struct opened {
    stream_id id;
    std::string path;
    stream_listener who;
  };
  std::vector<opened> streams;
  std::map<stream_id, std::vector<std::string>> said; // by the feed
  std::set<stream_id> closed;                         // by the feed
  bool acknowledges = true;

  // Requests: what the provider has, and how it answers.
  std::int64_t has_until = 0; // slots below
  std::set<std::int64_t> lacks;
  int status = 200;
  std::string retry_after;
  bool silent = false;
  std::vector<slot_range> asked;
  std::size_t page_rows = 1000;
};
using side_ptr = std::shared_ptr<provider_side>;

/// Texts: `hello`, `ack`, `bye`, `no REASON`, `now T`, `c SYMBOL SLOT`, `m SYMBOL MINUTE`,
/// `q SYMBOL BID ASK`.
inline stream_news hear_words(std::string_view text) {
  stream_news out;
  std::istringstream in{std::string{text}};
  std::string kind, symbol;
  in >> kind;
  if (kind == "hello") {
    out.greeted = true;
  } else if (kind == "ack") {
    out.subscribed = true;
  } else if (kind == "bye") {
    out.ending = true;
  } else if (kind == "no") {
    in >> out.refused;
  } else if (kind == "now") {
    in >> out.at;
  } else if (kind == "c") {
    std::int64_t n = 0;
    in >> symbol >> n;
    out.candles.push_back({symbol, truth(n), base_interval_ms, true});
    out.at = slot_at(n + 1);
  } else if (kind == "m") {
    std::int64_t m = 0;
    in >> symbol >> m;
    out.candles.push_back({symbol, {live_origin + m * minute_ms, 1, 1, 1, 1, 1}, minute_ms, true});
    out.at = live_origin + (m + 1) * minute_ms;
  } else if (kind == "q") {
    quote q;
    in >> q.symbol >> q.bid >> q.ask;
    out.quotes.push_back(q);
  } else {
    out.understood = false;
  }
  return out;
}

inline provider_words plain_words(const side_ptr& side) {
  provider_words w;
  w.name = "test";
  w.stream_of = [](const symbol_name& s) { return s == "NOSUCH" ? "" : std::string{"one"}; };
  w.path_of = [](const std::string& stream) { return "/" + stream; };
  w.subscribe = [](const std::vector<symbol_name>& symbols) {
    std::string out = "subscribe";
    for (auto& s : symbols) out += ' ' + s;
    return out;
  };
  w.hear = hear_words;
  w.ask = [](const history_question& q) {
    outbound_request r;
    r.path = "/" + q.symbol + " " + std::to_string(q.slots.from) + " " + std::to_string(q.slots.to);
    r.safe_to_repeat = true;
    return r;
  };
  w.read = [side](const outbound_response& r, const history_question& q) {
    history_page out;
    if (r.status != 200) {
      out.why = "status " + std::to_string(r.status);
      return out;
    }
    out.at = slot_at(side->has_until);
    for (auto t = q.slots.from; t < q.slots.to; t += base_interval_ms) {
      const auto n = (t - live_origin) / base_interval_ms;
      if (n >= side->has_until || side->lacks.count(n) > 0) continue;
      if (out.candles.size() == side->page_rows) {
        out.more = true;
        break;
      }
      out.candles.push_back(truth(n));
    }
    return out;
  };
  return w;
}

inline stream_actor::behavior_type fake_streams(stream_actor::pointer self, side_ptr side) {
  return {
      [=](const open_stream& o) {
        side->streams.push_back({o.id, o.path, o.who});
      },
      [=](const say_on_stream& s) {
        side->said[s.id].push_back(s.text);
        if (side->acknowledges && s.text.rfind("subscribe", 0) == 0)
          self->send(side->streams.back().who, stream_text{s.id, "ack"});
      },
      [=](const close_stream& c) { side->closed.insert(c.id); },
  };
}

inline outbound_actor::behavior_type fake_rest(outbound_actor::pointer self, side_ptr side) {
  return {
      [=](const outbound_request& r) -> caf::result<outbound_response> {
        std::istringstream in{r.path};
        std::string symbol;
        slot_range slots;
        in >> symbol >> slots.from >> slots.to;
        side->asked.push_back(slots);
        if (side->silent) return self->make_response_promise<outbound_response>();
        outbound_response out;
        out.status = side->status;
        if (!side->retry_after.empty()) out.headers.push_back({"Retry-After", side->retry_after});
        return out;
      },
      [](const get_dependency&) { return dependency_status{}; },
      [](caf::tick_atom, std::uint64_t) {},
  };
}

struct live_fixture : feed_fixture {
  side_ptr side = std::make_shared<provider_side>();
  listener_ptr btc = std::make_shared<listener_state>();
  std::shared_ptr<std::vector<quote>> quotes = std::make_shared<std::vector<quote>>();
  stream_actor streams;
  outbound_actor rest;
  live_feed_options options;
  double jitter = 0.5;

  live_fixture() {
    streams = sys.spawn(fake_streams, side);
    rest = sys.spawn(fake_rest, side);
    options.words = plain_words(side);
    options.streams = streams;
    options.rest = rest;
    options.quotes = [this](const quote& q) { quotes->push_back(q); };
    options.wall = [] { return slot_at(0); };
    options.history.request_ms = 10'000;
    options.uniform = [this] { return jitter; };
  }
  ~live_fixture() override {
    kill(feed);
    kill(streams);
    kill(rest);
    sched.run();
  }

  void begin() {
    feed = spawn_live_feed(sys, options);
    sched.run();
  }

  /// Time in steps of a beat, everything due in between.
  void let_pass(std::chrono::milliseconds time) {
    for (auto left = time; left.count() > 0; left -= std::chrono::milliseconds{250})
      pass(std::chrono::milliseconds{250});
  }

  const provider_side::opened& newest() const { return side->streams.back(); }

  void say(stream_id id, const std::string& text) {
    caf::anon_send(newest().who, stream_text{id, text});
    sched.run();
  }
  void say(const std::string& text) { say(newest().id, text); }
  void say_candle(std::int64_t n, const symbol_name& symbol = "BTCUSDT") {
    side->has_until = std::max(side->has_until, n + 1);
    say("c " + symbol + " " + std::to_string(n));
  }
  void accept() {
    caf::anon_send(newest().who, stream_opened{newest().id});
    sched.run();
  }
  void cut(const std::string& why = "cut") {
    caf::anon_send(newest().who, stream_closed{newest().id, why});
    sched.run();
  }

  /// A symbol that has all up to slot `had`, on a live stream.
  void go_live(std::int64_t had = 0) {
    side->has_until = had + 1;
    begin();
    connect("BTCUSDT", listen(btc), slot_at(had));
    let_pass(std::chrono::milliseconds{250});
    accept();
    say("now " + std::to_string(slot_at(had + 1)));
  }

  std::vector<std::int64_t> got() const {
    std::vector<std::int64_t> out;
    for (auto& b : btc->batches)
      for (auto& c : b.candles) {
        out.push_back((c.open_time - live_origin) / base_interval_ms);
        if (!(c == truth(out.back()))) CAF_FAIL("not the truth");
      }
    return out;
  }
  static std::vector<std::int64_t> range(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> out;
    for (auto n = from; n <= to; ++n) out.push_back(n);
    return out;
  }
};

} // namespace troupe
