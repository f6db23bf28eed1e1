#include "actors/feeds/replay.hpp"

#include "actors/feeds/courier.hpp"
#include "actors/feeds/metronome.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace troupe {

namespace {

using candles_view = std::vector<candle>::const_iterator;
constexpr courier_settings replay_courier{256, 2};
constexpr utc_ms never = std::numeric_limits<utc_ms>::max();

/// What the handlers share. Lives as long as the actor's behavior.
class replay_feed_state {
public:
  replay_feed_state(feed_actor::pointer self, replay_feed_options options)
      : options_(std::move(options)), now_(options_.start),
        courier_(self, replay_courier,
                 [this](const symbol_name& symbol, utc_ms after, std::size_t limit) {
                   return due(symbol, after, limit);
                 }) {
    if (options_.speed > 0) metronome_.emplace(self, options_.speed);
  }

  void on_watch(const watch& request) {
    if (!courier_.watch(request)) {
      ++refused_;
      return;
    }
    if (metronome_) metronome_->start();
    courier_.pump();
  }

  void on_tick() {
    if (metronome_ && metronome_->beat()) {
      if (const auto next = next_close(); next != never)
        now_ = std::max(now_ + base_interval_ms, next);
      else
        metronome_->stop();
    }
    courier_.pump();
  }

  caf::result<std::vector<candle>> on_get_candles(const get_candles& request) const {
    if (request.limit == 0) return caf::make_error(errc::validation_error, "limit");
    if (!valid_symbol(request.symbol))
      return caf::make_error(errc::symbol_not_found, request.symbol);
    const auto& all = of(request.symbol);
    const auto from = not_before(all, request.from), to = not_before(all, request.to);
    if (from >= to) return std::vector<candle>{};
    const auto rows = std::min<std::ptrdiff_t>(to - from, request.limit);
    return std::vector<candle>{to - rows, to};
  }

  feed_status status() const {
    std::string note = "replay of given candles";
    if (refused_ > 0) note += "; watches refused: " + std::to_string(refused_);
    return {"replay", finished() ? "finished" : "live", courier_.delivered(),
            courier_.last_candle(), note};
  }

private:
  const std::vector<candle>& of(const symbol_name& symbol) const {
    static const std::vector<candle> none;
    const auto i = options_.candles.find(symbol);
    return i != options_.candles.end() && i->second ? *i->second : none;
  }

  static candles_view not_before(const std::vector<candle>& all, utc_ms time) {
    return std::lower_bound(all.begin(), all.end(), time,
                            [](const candle& c, utc_ms t) { return c.open_time < t; });
  }

  std::vector<candle> due(const symbol_name& symbol, utc_ms after, std::size_t limit) const {
    const auto& all = of(symbol);
    const auto from = not_before(all, after + 1);
    auto to = from + std::min(all.end() - from, static_cast<std::ptrdiff_t>(limit));
    if (metronome_) to = std::min(to, not_before(all, now_ - base_interval_ms + 1));
    return from < to ? std::vector<candle>{from, to} : std::vector<candle>{};
  }

  /// When the first candle that is not under way yet closes.
  utc_ms next_close() const {
    auto next = never;
    for (const auto& [symbol, at] : courier_.positions())
      if (const auto i = not_before(of(symbol), at.sent + 1); i != of(symbol).end())
        next = std::min(next, i->open_time + base_interval_ms);
    return next;
  }

  bool finished() const {
    const auto positions = courier_.positions();
    return !positions.empty()
        && std::all_of(positions.begin(), positions.end(), [&](const auto& p) {
             const auto& all = of(p.first);
             return all.empty() || p.second.answered >= all.back().open_time;
           });
  }

  replay_feed_options options_;
  utc_ms now_;
  std::uint64_t refused_ = 0;
  courier courier_;
  std::optional<metronome> metronome_; // none: no pace
};

} // namespace

feed_actor::behavior_type replay_feed(feed_actor::pointer self, replay_feed_options options) {
  if (!std::isfinite(options.speed) || options.speed < 0)
    self->quit(caf::make_error(errc::validation_error, "market.speed"));
  auto state = std::make_shared<replay_feed_state>(self, std::move(options));
  return {
      [=](const watch& request) { state->on_watch(request); },
      [=](const get_candles& request) { return state->on_get_candles(request); },
      [=](const get_feed_status&) { return state->status(); },
      [=](caf::tick_atom) { state->on_tick(); },
  };
}

} // namespace troupe
