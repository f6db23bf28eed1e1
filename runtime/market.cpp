#include "runtime/market.hpp"

#include "actors/feeds/replay.hpp"
#include "actors/feeds/simulated.hpp"
#include "models/market/calendar.hpp"
#include "runtime/replay_files.hpp"
#include "runtime/wall.hpp"

#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_history_candles_replayed = 365 * 288;

std::string wrong_symbol(const std::vector<std::string>& symbols) {
  for (auto& s : symbols) {
    if (!valid_symbol(s)) return "market.symbols: " + s + " is no symbol (3 to 20 of A-Z0-9)";
    if (std::count(symbols.begin(), symbols.end(), s) > 1)
      return "market.symbols: " + s + " is named twice";
  }
  return "";
}

} // namespace

std::string market::read(settings& s) {
  if (is_live_feed(s.text("market.feed")))
    if (auto error = live_.read(s); !error.empty()) return error;
  if (s.text("market.feed") != "replay") return wrong_symbol(s.list("market.symbols"));
  auto error = read_replay_files(s.list("market.file"), replayed_);
  if (!error.empty()) return error;
  std::string all;
  for (auto& [symbol, candles] : replayed_) {
    all += (all.empty() ? "" : ",") + symbol;
    // The first half, at most a year, is history that models can learn from.
    const auto half = std::min<std::size_t>(candles->size() / 2, max_history_candles_replayed);
    replay_from_ = std::max(replay_from_, (*candles)[half].open_time);
  }
  if (!s.given("market.symbols")) s.put("market.symbols", all, "files of the replay");
  for (auto& symbol : s.list("market.symbols"))
    if (!replayed_.count(symbol)) return "market.symbols: " + symbol + " has no kline file";
  return wrong_symbol(s.list("market.symbols"));
}

std::vector<candle_span> market::stored_spans(const store_actor& store) const {
  std::vector<candle_span> out;
  caf::scoped_actor self{system_};
  self->request(store, 60s, get_spans{})
      .receive([&](std::vector<candle_span>& spans) { out = std::move(spans); },
               [&](const caf::error& e) { log_(log_level::error, system_.render(e)); });
  return out;
}

std::string market::mixed(const settings& s, const std::vector<candle_span>& spans) const {
  const auto names = s.list("market.symbols");
  const bool simulated = s.text("market.feed") == "simulated";
  for (auto& span : spans)
    if (span.rows > 0 && std::count(names.begin(), names.end(), span.symbol) > 0
        && (span.source == "simulated") != simulated)
      return "the store in " + s.text("data.dir") + " holds " + span.symbol + " candles of '"
          + span.source + "', which must not mix with those of the feed '" + s.text("market.feed")
          + "'; name another --data.dir";
  return "";
}

// What makes the simulated market what it is, with its first candle, is noted at the first start:
// every later one makes the same market again, and no other goes on in its place. Of nodes that
// start at the same time one notes it, and all go by that.
std::string market::note(const settings& s, const store_actor& store, utc_ms& origin) const {
  const std::string name = "simulated market";
  const std::string kind = "seed " + s.text("market.seed") + ", drift " + s.text("market.drift");
  caf::scoped_actor self{system_};
  std::string noted, error;
  auto failed = [&](const caf::error& e) {
    error = "the store does not answer: " + system_.render(e);
  };
  auto read = [&] {
    self->request(store, 10s, get_note{name})
        .receive([&](std::string& text) { noted = std::move(text); }, failed);
  };
  read();
  if (error.empty() && noted.empty()) {
    const auto first = wall_now_ms() / base_interval_ms * base_interval_ms - simulated_history_ms;
    self->request(store, 10s, swap_note{name, "", kind + ", origin " + std::to_string(first)})
        .receive([](const put_receipt&) {}, failed);
    if (error.empty()) read();
  }
  if (!error.empty()) return error;
  const auto origin_at = noted.rfind(", origin ");
  if (noted.substr(0, origin_at) != kind)
    return "the store in " + s.text("data.dir") + " holds the market of "
        + noted.substr(0, origin_at) + "; name another --data.dir for " + kind;
  origin = std::stoll(noted.substr(origin_at + 9));
  return "";
}

std::string market::start(const settings& s, const store_actor& store,
                          std::shared_ptr<dependency_board> board,
                          std::function<void(const quote&)> quotes) {
  const auto spans = stored_spans(store);
  if (auto error = mixed(s, spans); !error.empty()) return error;
  if (is_live_feed(s.text("market.feed")))
    return live_.start(system_, s, std::move(board), std::move(quotes), log_, feed_);
  if (s.text("market.feed") == "replay") {
    replay_feed_options options;
    options.speed = s.number("market.speed");
    options.candles = replayed_;
    options.start = replay_from_;
    feed_ = system_.spawn(replay_feed, std::move(options));
    return "";
  }
  simulated_feed_options options;
  auto error = note(s, store, options.origin);
  if (!error.empty()) return error;
  options.seed = static_cast<std::uint64_t>(s.integer("market.seed"));
  options.speed = s.number("market.speed");
  options.drift = s.flag("market.drift");
  // The market goes on from the newest candle it ever made.
  options.now = options.origin + simulated_history_ms;
  for (auto& span : spans) options.now = std::max(options.now, span.last + base_interval_ms);
  feed_ = system_.spawn(simulated_feed, std::move(options));
  return "";
}

lag_actor market::lag() const {
  return live_.rest() ? caf::actor_cast<lag_actor>(feed_) : lag_actor{};
}

void market::stop() {
  if (feed_) caf::anon_send_exit(feed_, caf::exit_reason::user_shutdown);
  feed_ = nullptr;
  live_.stop();
}

} // namespace troupe
