#include "actors/feeds/simulated.hpp"

#include "actors/feeds/courier.hpp"
#include "actors/feeds/metronome.hpp"
#include "models/simulated_tape.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

namespace troupe {

namespace {

constexpr std::size_t max_tapes = 2000; // as many symbols as a node may have
constexpr std::uint32_t max_rows = 1'000'000;
constexpr utc_ms year_2200 = 7'258'118'400'000;

/// What the handlers share. Lives as long as the actor's behavior.
class simulated_feed_state {
public:
  simulated_feed_state(feed_actor::pointer self, simulated_feed_options options)
      : options_(std::move(options)),
        courier_(self, {}, [this](const symbol_name& symbol, utc_ms after, std::size_t limit) {
          return due(symbol, after, limit);
        }) {
    options_.origin = std::max(options_.origin, base_interval_ms);
    now_ = std::max(options_.now, options_.origin) / base_interval_ms * base_interval_ms;
    if (options_.speed > 0) metronome_.emplace(self, options_.speed);
  }

  void on_watch(const watch& request) {
    if (!tape_of(request.symbol) || !courier_.watch(request)) {
      ++refused_;
      return;
    }
    const auto from = std::max(request.after + 1, options_.origin);
    if (options_.max_candles > 0 && ends_.find(request.symbol) == ends_.end())
      ends_[request.symbol] = tape_of(request.symbol)->open_time_of(from, options_.max_candles);
    now_ = std::max(now_, (request.after / base_interval_ms + 1) * base_interval_ms);
    if (metronome_) metronome_->start();
    courier_.pump();
  }

  void on_tick() {
    if (metronome_ && metronome_->beat()) {
      now_ += base_interval_ms;
      if (finished()) metronome_->stop();
    }
    courier_.pump();
  }

  caf::result<std::vector<candle>> on_get_candles(const get_candles& request) {
    if (request.limit == 0) return caf::make_error(errc::validation_error, "limit");
    if (!valid_symbol(request.symbol))
      return caf::make_error(errc::symbol_not_found, request.symbol);
    auto* tape = tape_of(request.symbol);
    if (!tape) return caf::make_error(errc::busy, "too many simulated symbols");
    return tape->newest(request.from, std::min(request.to, end_of_closed()),
                        std::min(request.limit, max_rows));
  }

  feed_status status() const {
    std::string text = "simulated market, seed " + std::to_string(options_.seed);
    text += options_.drift ? ", with a planted drift that can be learned" : ", without drift";
    std::ostringstream pace;
    pace << options_.speed;
    text += metronome_ ? ", " + pace.str() + " times real time" : ", as fast as it is taken";
    if (refused_ > 0) text += "; watches refused: " + std::to_string(refused_);
    return {"simulated", finished() ? "finished" : "live", courier_.delivered(),
            courier_.last_candle(), text};
  }

private:
  simulated_tape* tape_of(const symbol_name& symbol) {
    if (const auto i = tapes_.find(symbol); i != tapes_.end()) return &i->second;
    if (tapes_.size() >= max_tapes || !valid_symbol(symbol)) return nullptr;
    simulated_market_options market;
    market.drift = options_.drift;
    if (options_.closed)
      market.closed = [closed = options_.closed, symbol](utc_ms t) { return closed(symbol, t); };
    simulated_tape fresh{{options_.seed, symbol, options_.origin, 0, std::move(market)}};
    return &tapes_.emplace(symbol, std::move(fresh)).first->second;
  }

  /// Candles that open before this are closed.
  utc_ms end_of_closed() const { return now_ - base_interval_ms + 1; }

  std::vector<candle> due(const symbol_name& symbol, utc_ms after, std::size_t limit) {
    auto to = metronome_ ? end_of_closed() : year_2200;
    if (const auto i = ends_.find(symbol); i != ends_.end()) to = std::min(to, i->second + 1);
    if (to <= after + 1) return {};
    auto candles = tape_of(symbol)->oldest(after + 1, to, limit);
    // Without a pace the market is as far as whoever is furthest.
    if (!candles.empty()) now_ = std::max(now_, candles.back().open_time + base_interval_ms);
    return candles;
  }

  bool finished() const {
    const auto positions = courier_.positions();
    return options_.max_candles > 0 && !positions.empty()
        && std::all_of(positions.begin(), positions.end(),
                       [&](const auto& p) { return p.second.answered >= ends_.at(p.first); });
  }

  simulated_feed_options options_;
  utc_ms now_ = 0; // the market's present
  std::map<symbol_name, simulated_tape> tapes_;
  std::map<symbol_name, utc_ms> ends_; // open time of the last candle; without max_candles empty
  std::uint64_t refused_ = 0;
  courier courier_;
  std::optional<metronome> metronome_; // none: no pace
};

} // namespace

feed_actor::behavior_type simulated_feed(feed_actor::pointer self, simulated_feed_options options) {
  if (!std::isfinite(options.speed) || options.speed < 0)
    self->quit(caf::make_error(errc::validation_error, "market.speed"));
  auto state = std::make_shared<simulated_feed_state>(self, std::move(options));
  return {
      [=](const watch& request) { state->on_watch(request); },
      [=](const get_candles& request) { return state->on_get_candles(request); },
      [=](const get_feed_status&) { return state->status(); },
      [=](caf::tick_atom) { state->on_tick(); },
  };
}

} // namespace troupe
