#include "http/hub.hpp"

#include "http/channel_numbers.hpp"
#include "http/codec_frames.hpp"
#include "http/socketio/frames.hpp"
#include "http/user_channels.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace troupe {

namespace {

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

const shared_text no_text;

// Numbers that are the same on every node never go back: one that is ahead of ours was heard at
// another node, and not in an earlier life of this one.
bool ahead_of(std::uint64_t last_seq, const std::optional<std::uint64_t>& since) {
  return since && *since > last_seq && *since >= numbers_begin;
}

shared_text said_gap(dialect d, std::string_view channel, std::uint64_t from, std::uint64_t to) {
  return d == dialect::plain ? gap_frame(channel, from, to)
                             : socketio::gap_frame(d, channel, from, to);
}

} // namespace

// One channel: what was said of late, and who hears it.
struct channel_state {
  std::string name;
  bool lasting = false; // known though nobody hears it
  std::uint64_t last_seq = 0;
  std::deque<frame_ptr> kept;    // contiguous, newest last
  std::vector<frame_ptr> newest; // of each horizon and account, newest last
  std::vector<listener*> heard_by;
  std::size_t resuming = 0; // of those, whose seat has `since`

  void keep(const frame_ptr& next) {
    last_seq = next->seq;
    kept.push_back(next);
    if (kept.size() > hub::kept_frames) kept.pop_front();
    if (next->role == frame_role::happening) return;
    const auto same = std::find_if(newest.begin(), newest.end(), [&](auto& f) {
      return f->horizon == next->horizon && f->about == next->about;
    });
    if (same != newest.end())
      newest.erase(same);
    else if (newest.size() >= hub::kept_newest)
      newest.erase(newest.begin());
    newest.push_back(next);
  }
};

hub::hub(counters& counts, const std::vector<symbol_name>& symbols) : counts_(counts) {
  for (auto& symbol : symbols) {
    for (auto& name :
         {signals_channel(symbol), predictions_channel(symbol), ticker_channel(symbol)}) {
      auto& made = channels_[name] = std::make_unique<channel_state>();
      made->name = name;
      made->lasting = true;
    }
    answers_[symbol].counts = counts.row_of(symbol);
  }
}

hub::~hub() = default;

void hub::publish(const frame_set& news) {
  // Several nodes may say one after the other what a symbol says: nobody's late word counts.
  const auto known = answers_.find(news.symbol);
  if (known != answers_.end() && news.candle_time >= known->second.candle_time) {
    known->second.candle_time = news.candle_time;
    known->second.predictions = news.predictions;
    known->second.signals = news.signals;
    known->second.for_users = news.for_users;
  }
  if (news.begins_after > 0) begin_user(news.user, news.begins_after);
  for (auto& next : news.frames)
    if (auto* channel = channel_of(*next, news.user)) take(*channel, next);
  if (!due_.empty() && news.received_ns > 0) received_ns_.push_back(news.received_ns);
}

channel_state* hub::channel_of(const frame& next, const user_id& user) {
  auto found = channels_.find(next.channel);
  if (!user.empty()) {
    open_user_channel(next.channel);
    found = channels_.find(next.channel);
    found->second->lasting = true;
  }
  return found == channels_.end() ? nullptr : found->second.get();
}

bool hub::flush_due(std::size_t most) {
  // A socket that breaks while it writes only marks itself and leaves later: the list is stable.
  for (; most > 0 && next_due_ < due_.size(); --most, ++next_due_) {
    if (auto* who = due_[next_due_]) {
      who->due_at_ = listener::not_due;
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
  if (channel.last_seq == 0) say_gap_to_resumed(channel, next->seq);
  if (channel.last_seq > 0 && next->seq > channel.last_seq + 1) {
    bump(counts_.frames_dropped, next->seq - channel.last_seq - 1);
    say_gap(channel, next->seq);
  }
  channel.keep(next);
  say(channel, *next);
}

void hub::say_gap(channel_state& channel, std::uint64_t next) {
  std::array<shared_text, dialects> gaps; // encoded once in each dialect that is heard
  channel.kept.clear();
  for (auto* who : channel.heard_by) {
    if (channel.resuming > 0 && who->seats_.at(&channel).since) continue;
    auto& gap = gaps[static_cast<std::size_t>(who->speaks)];
    if (!gap) gap = said_gap(who->speaks, channel.name, channel.last_seq + 1, next - 1);
    hand(*who, gap);
  }
}

// Who came back with a number while nothing was known here, perhaps because it was forgotten: what
// lies between that and the first number is not here to be said.
void hub::say_gap_to_resumed(channel_state& channel, std::uint64_t next) {
  for (auto* who : channel.heard_by) {
    auto& seat = who->seats_.at(&channel);
    if (!seat.since || ahead_of(channel.last_seq, seat.since)) continue;
    const auto since = std::exchange(seat.since, std::nullopt);
    --channel.resuming;
    const auto from = *since < next ? *since + 1 : 1;
    if (from < next) hand(*who, said_gap(who->speaks, channel.name, from, next - 1));
  }
}

// Up to its number it has heard everything at another node.
bool hub::heard_elsewhere(channel_state& channel, listener& who, std::uint64_t next) {
  auto& since = who.seats_.at(&channel).since;
  if (!since || next <= *since) return since.has_value();
  const auto from = *std::exchange(since, std::nullopt) + 1;
  --channel.resuming;
  if (from < next) hand(who, said_gap(who.speaks, channel.name, from, next - 1));
  return false;
}

void hub::begin_user(const user_id& user, std::uint64_t begins_after) {
  begun_[user] = begins_after;
  for (auto topic : user_topics) {
    const auto found = channels_.find(user_channel(user, topic));
    if (found == channels_.end()) continue;
    auto& channel = *found->second;
    if (begins_after <= channel.last_seq) continue;
    channel.last_seq == 0 ? say_gap_to_resumed(channel, begins_after + 1)
                          : say_gap(channel, begins_after + 1);
    channel.last_seq = begins_after;
  }
}

void hub::say(channel_state& channel, const frame& next) {
  std::size_t sent = 0;
  for (auto* who : channel.heard_by) {
    if (channel.resuming > 0 && heard_elsewhere(channel, *who, next.seq)) continue;
    auto& said = next.in(who->speaks);
    if (!said) continue;
    if (next.role == frame_role::price && who->backlogged()) {
      auto& seat = who->seats_.at(&channel);
      if (!std::exchange(seat.owed, true)) ++who->owed_;
      continue;
    }
    hand(*who, said);
    ++sent;
  }
  bump(counts_.frames_sent, sent);
}

void hub::catch_up(listener& who) {
  if (who.owed_ == 0 || who.backlogged()) return;
  for (auto& [channel, seat] : who.seats_)
    if (std::exchange(seat.owed, false)) who.deliver(channel->newest.back()->in(who.speaks));
  bump(counts_.frames_sent, std::exchange(who.owed_, 0));
  who.flush();
}

void hub::hand(listener& who, const shared_text& framed) {
  who.deliver(framed);
  if (who.due_at_ != listener::not_due) return;
  who.due_at_ = due_.size();
  due_.push_back(&who);
}

bool hub::subscribe(listener& who, const std::string& channel, std::optional<std::uint64_t> since) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  auto& state = *found->second;
  const auto [mine, fresh] =
      who.seats_.try_emplace(&state, listener::seat{state.heard_by.size(), false, {}});
  if (fresh) state.heard_by.push_back(&who);
  const bool waits = state.last_seq == 0 || ahead_of(state.last_seq, since);
  state.resuming -= mine->second.since.has_value();
  mine->second.since = waits ? since : std::nullopt;
  state.resuming += mine->second.since.has_value();
  if (who.speaks == dialect::plain) who.deliver(subscribed_frame(channel, state.last_seq));
  if (!waits) replay(who, state, since);
  return true;
}

void hub::replay(listener& who, const channel_state& channel, std::optional<std::uint64_t> since) {
  if (since == channel.last_seq) return;
  const bool buffered = since && *since < channel.last_seq && !channel.kept.empty()
      && *since + 1 >= channel.kept.front()->seq;
  const auto& frames = channel.newest;
  if (buffered) {
    for (auto& f : channel.kept)
      if (f->seq > *since && f->in(who.speaks)) who.deliver(f->in(who.speaks));
    return;
  }
  // A number ahead of ours was given by an earlier life of this node: everything is new.
  if (since) {
    const auto from = *since < channel.last_seq ? *since + 1 : 1;
    const auto next = frames.empty() ? channel.last_seq + 1 : frames.front()->seq;
    if (next > from) who.deliver(said_gap(who.speaks, channel.name, from, next - 1));
  }
  for (auto& f : frames)
    if (f->in(who.speaks)) who.deliver(f->in(who.speaks));
}

bool hub::unsubscribe(listener& who, const std::string& channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  leave_seat(who, *found->second);
  who.seats_.erase(found->second.get());
  forget_unheard(*found->second);
  return true;
}

// The last takes the seat that becomes free.
void hub::leave_seat(listener& who, channel_state& channel) {
  const auto mine = who.seats_.find(&channel);
  if (mine == who.seats_.end()) return;
  auto* last = channel.heard_by.back();
  channel.heard_by[mine->second.at] = last;
  channel.heard_by.pop_back();
  last->seats_.at(&channel).at = mine->second.at;
  if (mine->second.owed) --who.owed_;
  channel.resuming -= mine->second.since.has_value();
}

void hub::forget_unheard(channel_state& channel) {
  if (!channel.lasting && channel.heard_by.empty()) channels_.erase(std::string{channel.name});
}

void hub::open_user_channel(const std::string& channel) {
  auto& made = channels_[channel];
  if (made) return;
  made = std::make_unique<channel_state>();
  made->name = channel;
  if (const auto known = begun_.find(user_id{user_of(channel)}); known != begun_.end())
    made->last_seq = known->second;
}

void hub::forget_user(const user_id& user) {
  begun_.erase(user);
  for (auto topic : user_topics) {
    const auto found = channels_.find(user_channel(user, topic));
    if (found == channels_.end()) continue;
    found->second->lasting = false;
    forget_unheard(*found->second);
  }
}

std::uint64_t hub::last_seq(const std::string& channel) const {
  const auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second->last_seq;
}

void hub::drop(listener& who) {
  for (auto& [channel, seat] : who.seats_) {
    leave_seat(who, *channel);
    forget_unheard(*channel);
  }
  who.seats_.clear();
  who.owed_ = 0;
  if (who.due_at_ != listener::not_due) due_[who.due_at_] = nullptr;
  who.due_at_ = listener::not_due;
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
