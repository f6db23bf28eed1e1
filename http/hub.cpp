#include "http/hub.hpp"

#include "http/codec_frames.hpp"
#include "http/socketio/frames.hpp"

#include <algorithm>
#include <chrono>

namespace troupe {

namespace {

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

const shared_text no_text;

shared_text said_gap(dialect d, std::string_view channel, std::uint64_t from, std::uint64_t to) {
  return d == dialect::plain ? gap_frame(channel, from, to)
                             : socketio::gap_frame(d, channel, from, to);
}

} // namespace

hub::hub(counters& counts, const std::vector<symbol_name>& symbols) : counts_(counts) {
  for (auto& symbol : symbols) {
    for (auto name : {signals_channel(symbol), predictions_channel(symbol)}) {
      channels_[name].name = name;
      channels_[name].lasting = true;
    }
    answers_[symbol].counts = counts.row_of(symbol);
  }
}

void hub::publish(const frame_set& news) {
  if (const auto known = answers_.find(news.symbol); known != answers_.end()) {
    known->second.predictions = news.predictions;
    known->second.signals = news.signals;
    known->second.for_users = news.for_users;
  }
  for (auto& next : news.frames)
    if (auto channel = channels_.find(next->channel); channel != channels_.end())
      take(channel->second, next);
  if (!due_.empty() && news.received_ns > 0) received_ns_.push_back(news.received_ns);
}

bool hub::flush_due(std::size_t most) {
  // A socket that breaks while it writes only marks itself and leaves later: the list is stable.
  for (; most > 0 && next_due_ < due_.size(); --most, ++next_due_) {
    if (auto* who = due_[next_due_]) {
      who->due = false;
      who->flush();
    }
  }
  if (next_due_ < due_.size()) return false;
  due_.clear();
  next_due_ = 0;
  for (auto at : received_ns_) counts_.candle_to_frame.record(steady_ns() - at);
  received_ns_.clear();
  return true;
}

void hub::take(channel_state& channel, const frame_ptr& next) {
  if (next->seq <= channel.last_seq) return;
  if (channel.last_seq > 0 && next->seq > channel.last_seq + 1) {
    std::array<shared_text, dialects> gaps; // encoded once in each dialect that is heard
    bump(counts_.frames_dropped, next->seq - channel.last_seq - 1);
    channel.kept.clear();
    for (auto* who : channel.heard_by) {
      auto& gap = gaps[static_cast<std::size_t>(who->speaks)];
      if (!gap) gap = said_gap(who->speaks, channel.name, channel.last_seq + 1, next->seq - 1);
      hand(*who, gap);
    }
  }
  channel.last_seq = next->seq;
  channel.kept.push_back(next);
  if (channel.kept.size() > kept_frames) channel.kept.pop_front();
  const auto same = std::find_if(channel.newest.begin(), channel.newest.end(),
                                 [&](auto& f) { return f->horizon == next->horizon; });
  if (same != channel.newest.end()) channel.newest.erase(same);
  channel.newest.push_back(next);
  for (auto* who : channel.heard_by)
    if (auto& said = next->in(who->speaks)) hand(*who, said);
  bump(counts_.frames_sent, channel.heard_by.size());
}

void hub::hand(listener& who, const shared_text& framed) {
  who.deliver(framed);
  if (std::exchange(who.due, true)) return;
  due_.push_back(&who);
}

bool hub::subscribe(listener& who, const std::string& channel, std::optional<std::uint64_t> since) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  auto& state = found->second;
  if (std::find(state.heard_by.begin(), state.heard_by.end(), &who) == state.heard_by.end())
    state.heard_by.push_back(&who);
  if (who.speaks == dialect::plain) who.deliver(subscribed_frame(channel, state.last_seq));
  replay(who, state, since);
  return true;
}

void hub::replay(listener& who, const channel_state& channel, std::optional<std::uint64_t> since) {
  if (channel.kept.empty() || since == channel.last_seq) return;
  const bool buffered =
      since && *since < channel.last_seq && *since + 1 >= channel.kept.front()->seq;
  const auto& frames = channel.newest;
  if (buffered) {
    for (auto& f : channel.kept)
      if (f->seq > *since && f->in(who.speaks)) who.deliver(f->in(who.speaks));
    return;
  }
  // A number ahead of ours was given by an earlier life of this node: everything is new.
  if (since) {
    const auto from = *since < channel.last_seq ? *since + 1 : 1;
    if (frames.front()->seq > from)
      who.deliver(said_gap(who.speaks, channel.name, from, frames.front()->seq - 1));
  }
  for (auto& f : frames)
    if (f->in(who.speaks)) who.deliver(f->in(who.speaks));
}

bool hub::unsubscribe(listener& who, const std::string& channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  auto& heard_by = found->second.heard_by;
  heard_by.erase(std::remove(heard_by.begin(), heard_by.end(), &who), heard_by.end());
  forget_unheard(channel);
  return true;
}

void hub::forget_unheard(const std::string& channel) {
  const auto found = channels_.find(channel);
  if (!found->second.lasting && found->second.heard_by.empty()) channels_.erase(found);
}

void hub::open_user_channel(const std::string& channel) {
  const auto made = channels_.try_emplace(channel);
  if (made.second) made.first->second.name = channel;
}

std::uint64_t hub::last_seq(const std::string& channel) const {
  const auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.last_seq;
}

void hub::drop(listener& who) {
  for (auto i = channels_.begin(); i != channels_.end();) {
    auto& heard_by = i->second.heard_by;
    heard_by.erase(std::remove(heard_by.begin(), heard_by.end(), &who), heard_by.end());
    i = !i->second.lasting && heard_by.empty() ? channels_.erase(i) : std::next(i);
  }
  std::replace(due_.begin(), due_.end(), &who, static_cast<listener*>(nullptr));
}

const shared_text& hub::prediction_of(const symbol_name& symbol, std::size_t horizon) const {
  const auto found = answers_.find(symbol);
  return found == answers_.end() ? no_text : found->second.predictions[horizon];
}

const shared_text& hub::signal_of(const symbol_name& symbol, std::size_t horizon) const {
  const auto found = answers_.find(symbol);
  return found == answers_.end() ? no_text : found->second.signals[horizon];
}

const user_answers* hub::for_users(const symbol_name& symbol) const {
  const auto found = answers_.find(symbol);
  return found == answers_.end() ? nullptr : found->second.for_users.get();
}

void hub::count_prediction(const symbol_name& symbol, std::size_t horizon) {
  const auto found = answers_.find(symbol);
  if (found != answers_.end() && found->second.counts)
    bump(found->second.counts->by_horizon[horizon]);
}

} // namespace troupe
