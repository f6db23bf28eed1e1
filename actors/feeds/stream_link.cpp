#include "actors/feeds/stream_link.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

stream_link::stream_link(std::string stream, const provider_words& words, link_limits limits,
                         link_ports ports)
    : stream_(std::move(stream)), words_(words), limits_(limits), ports_(std::move(ports)) {}

void stream_link::add(const symbol_name& symbol) {
  if (!symbols_.insert(symbol).second) return;
  for (auto* c : {current_ ? &*current_ : nullptr, next_ ? &*next_ : nullptr})
    if (c) c->to_subscribe.insert(symbol);
}

void stream_link::remove(const symbol_name& symbol) {
  symbols_.erase(symbol);
  for (auto* c : {&current_, &next_}) {
    if (!*c) continue;
    (*c)->to_subscribe.erase(symbol);
    if (!symbols_.empty()) continue;
    ports_.close((*c)->id);
    c->reset();
  }
}

stream_link::connection stream_link::make(std::int64_t now_ms) {
  connection c;
  c.id = ports_.next_id();
  c.since_ms = c.heard_ms = now_ms;
  c.to_subscribe = symbols_;
  ports_.open(c.id, words_.path_of(stream_));
  return c;
}

// A few symbols at a time: providers bound how often a client may speak.
void stream_link::subscribe_some(connection& c) {
  if (c.at < connection::subscribing || c.to_subscribe.empty()) return;
  std::vector<symbol_name> some;
  while (!c.to_subscribe.empty() && some.size() < words_.symbols_per_text)
    some.push_back(c.to_subscribe.extract(c.to_subscribe.begin()).value());
  ++c.unacknowledged;
  ports_.say(c.id, words_.subscribe(some));
}

bool stream_link::due_for_replacement(const connection& c, utc_ms provider_now) const {
  if (c.at != connection::live) return false;
  return c.ending
      || (c.provider_since > 0 && provider_now - c.provider_since >= limits_.replace_after_ms);
}

void stream_link::tick(std::int64_t now_ms, utc_ms provider_now, bool busy) {
  if (symbols_.empty()) return;
  if (current_) watch_over(*current_, now_ms, provider_now, busy);
  if (next_) watch_over(*next_, now_ms, provider_now, busy);
  if (now_ms < retry_at_ms_) return;
  if (!current_) {
    current_ = make(now_ms);
  } else if (!next_ && due_for_replacement(*current_, provider_now)) {
    ++reconnects_;
    if (!words_.one_connection) {
      next_ = make(now_ms);
    } else {
      ports_.close(current_->id);
      current_ = make(now_ms);
    }
  }
}

void stream_link::watch_over(connection& c, std::int64_t now_ms, utc_ms provider_now, bool busy) {
  const auto id = c.id;
  if (c.provider_since == 0) c.provider_since = provider_now;
  if (c.at != connection::live && now_ms - c.since_ms >= limits_.setup_ms) {
    ports_.close(id);
    return lost(id, "no subscription in time", now_ms);
  }
  if (c.at == connection::live) {
    if (!busy) c.heard_ms = now_ms;
    if (now_ms - c.heard_ms >= limits_.silence_ms) {
      ports_.close(id);
      return lost(id, "silent", now_ms);
    }
    if (now_ms - c.since_ms >= limits_.proven_ms) failures_ = 0;
  }
  subscribe_some(c);
}

stream_link::connection* stream_link::find(stream_id id) {
  if (current_ && current_->id == id) return &*current_;
  if (next_ && next_->id == id) return &*next_;
  return nullptr;
}

bool stream_link::opened(stream_id id, std::int64_t now_ms) {
  auto* c = find(id);
  if (!c) return false;
  c->heard_ms = now_ms;
  if (!words_.greeting.empty()) {
    c->at = connection::greeting;
    ports_.say(id, words_.greeting);
  } else {
    c->at = connection::subscribing;
    subscribe_some(*c);
  }
  return true;
}

bool stream_link::closed(stream_id id, const std::string& why, std::int64_t now_ms) {
  if (!find(id)) return false;
  lost(id, why, now_ms);
  return true;
}

bool stream_link::heard(stream_id id, const stream_news& news, std::int64_t now_ms) {
  auto* c = find(id);
  if (!c) return false;
  if (!news.refused.empty()) {
    ports_.close(id);
    lost(id, news.refused, now_ms);
    return true;
  }
  if (!news.candles.empty() || !news.quotes.empty()) c->heard_ms = now_ms;
  if (news.ending) c->ending = true;
  if (news.greeted && c->at == connection::greeting) {
    c->at = connection::subscribing;
    subscribe_some(*c);
  }
  if (news.subscribed && c->unacknowledged > 0) {
    --c->unacknowledged;
    settle(*c, now_ms);
  }
  return true;
}

// Subscribed to everything: it carries the stream from here on.
void stream_link::settle(connection& c, std::int64_t now_ms) {
  if (c.at != connection::subscribing || c.unacknowledged > 0 || !c.to_subscribe.empty()) return;
  c.at = connection::live;
  c.since_ms = c.heard_ms = now_ms;
  if (!next_ || c.id != next_->id) return;
  if (current_) ports_.close(current_->id);
  current_ = std::exchange(next_, std::nullopt);
}

void stream_link::lost(stream_id id, const std::string& why, std::int64_t now_ms) {
  ports_.warn("the stream " + (stream_.empty() ? "" : stream_ + " ") + "ended: " + why);
  if (next_ && next_->id == id)
    next_.reset();
  else
    current_ = std::exchange(next_, std::nullopt); // the one that was to follow, if any
  ++reconnects_;
  why_ = why;
  const auto most = limits_.first_wait_ms << std::min<std::uint32_t>(failures_, 16);
  ++failures_;
  retry_at_ms_ = now_ms
      + static_cast<std::int64_t>(static_cast<double>(std::min(most, limits_.longest_wait_ms))
                                  * std::clamp(ports_.uniform(), 0.0, 1.0));
}

std::string stream_link::state() const {
  if (!current_) return "waiting (" + why_ + ")";
  return live() ? "live" : "connecting";
}

} // namespace troupe
