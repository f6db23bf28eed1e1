#include "actors/feeds/courier.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace troupe {

namespace {

constexpr utc_ms year_2200 = 7'258'118'400'000; // a stored candle cannot be later

}

template<class Feed>
basic_courier<Feed>::basic_courier(typename Feed::pointer self, courier_settings settings,
                                   due_candles due)
    : self_(self), settings_(settings), due_(std::move(due)) {
  self_->set_down_handler([this](caf::down_msg& down) { forget(down.source); });
}

template<class Feed>
bool basic_courier<Feed>::watch(const troupe::watch& request) {
  if (!request.target || !valid_symbol(request.symbol) || request.after < 0
      || request.after > year_2200)
    return false;
  const auto i = lines_.find(request.symbol);
  if (i == lines_.end() && lines_.size() >= settings_.max_symbols) return false;
  const auto target = caf::actor_cast<symbol_actor>(request.target);
  if (i != lines_.end() && i->second.target == target) {
    // Going back is not needed: what was sent is answered or sent again.
    i->second.at.sent = std::max(i->second.at.sent, request.after);
    i->second.at.answered = std::max(i->second.at.answered, request.after);
    return true;
  }
  line fresh;
  fresh.target = target;
  fresh.connection = ++connections_;
  fresh.at = {request.after, request.after};
  lines_[request.symbol] = std::move(fresh);
  self_->monitor(target);
  return true;
}

template<class Feed>
void basic_courier<Feed>::pump() {
  for (auto& [symbol, to] : lines_) pump(symbol, to);
}

template<class Feed>
void basic_courier<Feed>::pump(const symbol_name& symbol, line& to) {
  if (to.failed) {
    if (to.in_flight > 0 || self_->clock().now() < to.retry_at) return;
    to.failed = false;
  }
  while (to.in_flight < settings_.window_batches) {
    auto candles = due_(symbol, to.at.sent, settings_.batch_candles);
    if (candles.empty()) return;
    send(symbol, to, std::move(candles));
  }
}

template<class Feed>
void basic_courier<Feed>::send(const symbol_name& symbol, line& to, std::vector<candle> candles) {
  const auto after = to.at.sent, last = candles.back().open_time;
  const auto count = candles.size();
  const auto connection = to.connection;
  const auto now = self_->clock().now().time_since_epoch();
  to.at.sent = last;
  ++to.in_flight;
  self_
      ->request(to.target, settings_.answer_timeout,
                candle_batch{symbol, std::move(candles),
                             std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()})
      .then([=](const batch_applied&) { on_answer(symbol, connection, count, last); },
            [=](caf::error&) { on_error(symbol, connection, after); });
}

template<class Feed>
typename basic_courier<Feed>::line* basic_courier<Feed>::find(const symbol_name& symbol,
                                                              std::uint64_t connection) {
  const auto i = lines_.find(symbol);
  return i != lines_.end() && i->second.connection == connection ? &i->second : nullptr;
}

template<class Feed>
void basic_courier<Feed>::on_answer(const symbol_name& symbol, std::uint64_t connection,
                                    std::size_t candles, utc_ms last) {
  auto* to = find(symbol, connection);
  if (!to) return;
  --to->in_flight;
  // Behind a failed batch everything is sent again: it does not count yet.
  if (!to->failed) {
    to->at.answered = std::max(to->at.answered, last);
    delivered_ += candles;
    last_candle_ = std::max(last_candle_, last);
  }
  pump(symbol, *to);
}

template<class Feed>
void basic_courier<Feed>::on_error(const symbol_name& symbol, std::uint64_t connection,
                                   utc_ms after) {
  auto* to = find(symbol, connection);
  if (!to) return;
  --to->in_flight;
  to->at.sent = std::min(to->at.sent, std::max(after, to->at.answered));
  to->failed = true;
  to->retry_at = self_->clock().now() + settings_.retry_delay;
  self_->delayed_send(self_, settings_.retry_delay, caf::tick_atom::value);
}

template<class Feed>
void basic_courier<Feed>::forget(const caf::actor_addr& target) {
  for (auto i = lines_.begin(); i != lines_.end();)
    i = i->second.target.address() == target ? lines_.erase(i) : std::next(i);
}

template<class Feed>
std::map<symbol_name, typename basic_courier<Feed>::position>
basic_courier<Feed>::positions() const {
  std::map<symbol_name, position> out;
  for (const auto& [symbol, to] : lines_) out.emplace(symbol, to.at);
  return out;
}

template class basic_courier<feed_actor>;
template class basic_courier<live_feed_actor>;

} // namespace troupe
