#include "actors/feeds/live.hpp"

#include "actors/feeds/courier.hpp"
#include "actors/feeds/live_line.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint32_t most_asked_candles = 400'000;
constexpr utc_ms urgent_span_ms = 1'000 * base_interval_ms; // more is history, which can wait
constexpr std::int64_t stale_slots = 2;
constexpr utc_ms farthest_ahead_ms = hour_ms;
constexpr std::int64_t answer_age_ms = 10'000; // an answer is of some time ago

class live_state {
public:
  static inline const char* name = "live feed";

  explicit live_state(live_feed_actor::pointer self) : self_(self) {}

  void start(live_feed_options options) {
    options_ = std::move(options);
    clock_.emplace(options_.clock_speed);
    history_.emplace(self_, options_.rest, options_.words, options_.history,
                     [this](utc_ms at) { clock_->hear(at, steady()); });
    courier_.emplace(self_, courier_settings{},
                     [this](const symbol_name& s, utc_ms after, std::size_t limit) {
                       const auto line = lines_.find(s);
                       return line == lines_.end() ? std::vector<candle>{}
                                                   : line->second.series.due(after, limit);
                     });
    self_->delayed_send(self_, beat(), caf::tick_atom_v);
  }

  void on_watch(const watch& request) {
    const auto stream = stream_of(request.symbol);
    if (stream.empty() || !courier_->watch(request)) {
      say(log_level::error, options_.words.name + " has no symbol " + request.symbol);
      return;
    }
    const auto line =
        lines_.try_emplace(request.symbol, request.symbol, calendar_for(request.symbol)).first;
    const auto from = newest_closed_slot(market_now() - options_.first_history_ms);
    line->second.series.begin(std::max(request.after, from));
    link_of(stream).add(request.symbol);
    courier_->pump();
  }

  // Its own timer and the courier's retries both arrive here: only the timer goes on.
  void on_tick() {
    const auto now = steady();
    if (now >= next_beat_ms_) {
      next_beat_ms_ = now + options_.beat_ms;
      self_->delayed_send(self_, beat(), caf::tick_atom_v);
    }
    history_->pump(now);
    for (auto& [stream, link] : links_) link.tick(now, known_now(), market_open(link));
    const auto positions = courier_->positions();
    forget_unwatched(positions);
    for (auto& [symbol, line] : lines_) {
      if (const auto at = positions.find(symbol); at != positions.end())
        line.series.forget(at->second.answered);
      fill(line, now);
      tell_quote(line, now);
    }
    courier_->pump();
    if (beats_++ % 4 == 0) say_state();
  }

  void on_opened(stream_id id) {
    for (auto& [stream, link] : links_)
      if (link.opened(id, steady())) return;
  }

  void on_closed(const stream_closed& c) {
    for (auto& [stream, link] : links_)
      if (link.closed(c.id, c.why, steady())) return;
  }

  void on_text(const stream_text& t) {
    const auto news = options_.words.hear(t.text);
    if (!news.understood) {
      if (strange_++ % 100 == 0)
        say(log_level::warn,
            options_.words.name + " said what nobody understands, " + std::to_string(t.text.size())
                + " bytes");
      return;
    }
    const auto now = steady();
    bool ours = false;
    for (auto& [stream, link] : links_) ours = ours || link.heard(t.id, news, now);
    if (!ours) return; // of a connection given up
    // A time that is far ahead is no time: it would never be taken back.
    if (!clock_->known() || news.at < known_now() + farthest_ahead_ms) clock_->hear(news.at, now);
    for (auto& c : news.candles)
      if (c.bar.open_time >= market_now() + farthest_ahead_ms)
        continue;
      else if (const auto line = lines_.find(c.symbol); line != lines_.end())
        line->second.take(c);
    for (auto& q : news.quotes)
      if (const auto line = lines_.find(q.symbol); line != lines_.end()) {
        line->second.take(q, market_now());
        tell_quote(line->second, now);
      }
    if (!news.candles.empty()) courier_->pump();
  }

  caf::result<std::vector<candle>> on_get_candles(const get_candles& question) {
    if (question.limit == 0) return caf::make_error(errc::validation_error, "limit");
    if (stream_of(question.symbol).empty())
      return caf::make_error(errc::symbol_not_found, question.symbol);
    const auto limit = std::min(question.limit, most_asked_candles);
    slot_range slots;
    slots.to = std::min(question.to, newest_closed_slot(market_now()) + base_interval_ms);
    slots.from = std::max(question.from, slots.to - limit * base_interval_ms);
    if (slots.from >= slots.to) return std::vector<candle>{};
    auto promise = self_->make_response_promise<std::vector<candle>>();
    const bool urgent = slots.to - slots.from <= urgent_span_ms;
    if (!urgent)
      say(log_level::info,
          question.symbol + ": asks " + options_.words.name + " for history from "
              + to_iso8601(slots.from));
    history_->fetch({question.symbol, slots}, urgent,
                    [=](caf::expected<std::vector<candle>> found) mutable {
                      if (found)
                        promise.deliver(std::move(*found));
                      else
                        promise.deliver(found.error());
                    });
    return promise;
  }

  feed_lag lag() const {
    feed_lag out;
    out.now = known_now();
    out.silenced = history_->held_until_ms(steady()) > 0;
    for (auto& [symbol, line] : lines_)
      if (out.now == 0 || line.series.slots_behind(out.now, stale_slots) >= stale_slots)
        out.stale.push_back(symbol);
    return out;
  }

  feed_status status() const {
    feed_status out;
    out.name = options_.words.name;
    out.candles = courier_->delivered();
    out.last_candle = courier_->last_candle();
    const auto behind = lag();
    out.state = behind.stale.empty() && !behind.silenced ? "live" : "stale";
    const auto held = history_->held_until_ms(steady());
    for (auto& [stream, link] : links_)
      out.note += (out.note.empty() ? "stream " : "; stream ")
          + (stream.empty() ? "" : stream + " ") + link.state();
    if (held > 0)
      out.note += "; asks for silence for " + std::to_string((held - steady()) / 1000) + " s";
    else if (!history_->trouble().empty())
      out.note += "; requests fail: " + history_->trouble();
    return out;
  }

private:
  std::int64_t steady() const {
    const auto since = self_->clock().now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }
  std::chrono::milliseconds beat() const { return std::chrono::milliseconds{options_.beat_ms}; }
  utc_ms known_now() const { return clock_->now(steady()); }
  utc_ms market_now() const { return clock_->known() ? known_now() : options_.wall(); }

  void say(log_level level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }

  std::string stream_of(const symbol_name& symbol) const {
    return valid_symbol(symbol) ? options_.words.stream_of(symbol) : "";
  }

  bool market_open(const stream_link& link) const {
    const auto slot = newest_closed_slot(market_now()) + base_interval_ms;
    return std::any_of(link.symbols().begin(), link.symbols().end(),
                       [&](auto& symbol) { return calendar_for(symbol).open(slot); });
  }

  stream_link& link_of(const std::string& stream) {
    const auto found = links_.find(stream);
    if (found != links_.end()) return found->second;
    link_ports ports;
    ports.next_id = [this] { return ++streams_opened_; };
    ports.open = [this](stream_id id, const std::string& path) {
      self_->send(options_.streams, open_stream{id, path, stream_listener{self_}});
    };
    ports.say = [this](stream_id id, const std::string& text) {
      self_->send(options_.streams, say_on_stream{id, text});
    };
    ports.close = [this](stream_id id) { self_->send(options_.streams, close_stream{id}); };
    ports.uniform = options_.uniform;
    ports.warn = [this](const std::string& text) {
      say(log_level::warn, options_.words.name + ": " + text);
    };
    return links_.try_emplace(stream, stream, options_.words, options_.link, std::move(ports))
        .first->second;
  }

  // Whoever watched it has ended: another node reads it now, or nobody does.
  template<class Positions>
  void forget_unwatched(const Positions& positions) {
    for (auto i = lines_.begin(); i != lines_.end();) {
      // An answer that is under way comes back to its line.
      const bool watched = positions.count(i->first) > 0 || i->second.asked;
      if (!watched) link_of(stream_of(i->first)).remove(i->first);
      i = watched ? std::next(i) : lines_.erase(i);
    }
  }

  // Asks for the first slots that nobody has brought, one question per symbol at a time.
  void fill(live_line& line, std::int64_t now) {
    if (line.asked || now < line.retry_at_ms || line.series.full()
        || history_->held_until_ms(now) > 0)
      return;
    const auto late = market_now() - clock_->scaled(options_.stream_grace_ms);
    const auto until = std::max(newest_closed_slot(late) + base_interval_ms, line.series.newest());
    auto gap = line.series.missing(until);
    if (!gap) return;
    gap->to = std::min(gap->to, gap->from + urgent_span_ms);
    // With the candle behind the gap, if there is one: an answer that has it has all before it.
    if (gap->to <= line.series.newest()) gap->to += base_interval_ms;
    line.asked = true;
    const auto urgent = until - gap->from <= urgent_span_ms;
    history_->fetch({line.symbol, *gap}, urgent,
                    [this, &line, slots = *gap](caf::expected<std::vector<candle>> found) {
                      line.asked = false;
                      if (found)
                        filled(line, slots, *found);
                      else
                        line.retry_later(steady(), options_.first_retry_ms,
                                         options_.longest_retry_ms, options_.uniform());
                    });
  }

  void filled(live_line& line, const slot_range& slots, const std::vector<candle>& found) {
    line.failures = 0;
    for (auto& c : found) line.series.take(c);
    // What lies before a candle that was given will not come any more; what is young still may.
    const auto slack = std::max(options_.settled_after_ms, 2 * base_interval_ms);
    auto settled = newest_closed_slot(market_now() - slack - clock_->scaled(answer_age_ms));
    if (!found.empty()) settled = std::max(settled, found.back().open_time);
    line.series.settle({slots.from, std::min(slots.to, settled)});
    if (found.empty()) line.retry_at_ms = steady() + options_.first_retry_ms;
    courier_->pump();
  }

  void tell_quote(live_line& line, std::int64_t now) {
    if (const auto q = line.quote_due(now, options_.quote_every_ms))
      if (options_.quotes) options_.quotes(*q);
  }

  void say_state() {
    auto now = status();
    if (lines_.empty() || now.state == said_state_) return;
    const bool stale = now.state == "stale";
    if (stale || !said_state_.empty())
      say(stale ? log_level::warn : log_level::info,
          now.name + " is " + now.state + ": " + now.note);
    said_state_ = std::move(now.state);
  }

  live_feed_actor::pointer self_;
  live_feed_options options_;
  std::optional<provider_clock> clock_;
  std::optional<history_line> history_;
  std::optional<live_courier> courier_;
  std::map<std::string, stream_link> links_; // by stream
  std::map<symbol_name, live_line> lines_;
  stream_id streams_opened_ = 0;
  std::uint64_t strange_ = 0;
  std::int64_t next_beat_ms_ = 0;
  std::uint64_t beats_ = 0;
  std::string said_state_;
};

live_feed_actor::behavior_type live_behavior(live_feed_actor::stateful_pointer<live_state> self,
                                             live_feed_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {
      [&s](const watch& request) { s.on_watch(request); },
      [&s](const get_candles& question) { return s.on_get_candles(question); },
      [&s](const get_feed_status&) { return s.status(); },
      [&s](const get_feed_lag&) { return s.lag(); },
      [&s](caf::tick_atom) { s.on_tick(); },
      [&s](const stream_opened& o) { s.on_opened(o.id); },
      [&s](const stream_text& t) { s.on_text(t); },
      [&s](const stream_closed& c) { s.on_closed(c); },
  };
}

} // namespace

feed_actor spawn_live_feed(caf::actor_system& system, live_feed_options options) {
  return system.spawn(live_behavior, std::move(options));
}

} // namespace troupe
