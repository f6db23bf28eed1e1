#include "actors/cluster/peer.hpp"

#include "actors/cluster/answer_tray.hpp"

#include <caf/binary_serializer.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using clock_type = caf::actor_clock;
using peer_ptr = dialling_peer_actor::pointer;

// A served call whose answer is so late that nobody waits for it is forgotten.
constexpr int forget_after_timeouts = 8;

class peer_state {
public:
  static inline const char* name = "peer";

  explicit peer_state(peer_ptr self) : self_(self) {}

  void start(peer_options options, const caf::strong_actor_ptr& remote);
  void connect(const caf::strong_actor_ptr& remote);
  caf::result<remote_answer> call(remote_call& what);
  void tell(relayed_news& news);
  void look_again();
  caf::result<parcel_taken> take(parcel& in);
  void flush();
  void tick();
  /// Fails what is pending, and ends.
  void end(const caf::error& why);

private:
  struct waiting {
    caf::typed_response_promise<remote_answer> promise;
    clock_type::time_point asked;
  };
  struct promise_end {
    clock_type::time_point at;
    std::uint64_t key;
  };

  void serve(numbered_call& call);
  void collect_answers();
  void answer(std::uint64_t number, remote_answer what);
  void settle(numbered_answer& in);
  void send_soon();
  void send_parcels();
  void expire(clock_type::time_point now);
  void arm();
  std::size_t bytes_of(const caf::message& what);
  remote_answer busy(const char* why) const;

  peer_ptr self_;
  peer_options options_;
  std::shared_ptr<peer_figures> figures_;
  std::unique_ptr<answer_tray> tray_;
  peer_actor remote_;
  parcel_outbox outbox_;
  std::uint64_t last_call_ = 0, last_sent_ = 0, last_taken_ = 0;
  std::size_t under_way_ = 0; // parcels
  bool flush_sent_ = false, tick_sent_ = false;
  std::unordered_map<std::uint64_t, waiting> pending_;       // by number of the call
  std::deque<promise_end> pending_ends_;                     // all with the same patience: in order
  std::unordered_map<std::uint64_t, std::uint64_t> serving_; // the tray's key: number of the call
  std::deque<promise_end> serving_ends_;
  std::vector<char> scratch_; // for sizes
};

void peer_state::start(peer_options options, const caf::strong_actor_ptr& remote) {
  options_ = std::move(options);
  figures_ = options_.figures ? options_.figures : std::make_shared<peer_figures>();
  outbox_ = parcel_outbox{options_.parcels};
  tray_ = std::make_unique<answer_tray>(
      self_->system(), [whom = caf::actor_cast<caf::weak_actor_ptr>(self_)] {
        if (auto peer = caf::actor_cast<caf::strong_actor_ptr>(whom))
          caf::anon_send(caf::actor_cast<caf::actor>(peer), caf::flush_atom_v);
      });
  self_->set_down_handler([this](caf::down_msg& gone) { end(gone.reason); });
  self_->set_exit_handler([this](caf::exit_msg& told) { end(told.reason); });
  if (remote) connect(remote);
}

void peer_state::connect(const caf::strong_actor_ptr& remote) {
  if (remote_ || !remote) return;
  remote_ = caf::actor_cast<peer_actor>(remote);
  self_->monitor(remote_);
  send_soon();
}

remote_answer peer_state::busy(const char* why) const {
  return {caf::make_error(errc::busy, "node " + options_.name + ": " + why), {}};
}

caf::result<remote_answer> peer_state::call(remote_call& what) {
  if (pending_.size() >= options_.max_pending) {
    ++figures_->failed;
    return busy("too many calls wait for it; not sent");
  }
  auto promise = self_->make_response_promise<remote_answer>();
  const auto number = ++last_call_;
  const auto now = self_->clock().now();
  pending_.emplace(number, waiting{promise, now});
  pending_ends_.push_back({now + options_.call_timeout, number});
  const auto bytes = bytes_of(what.what);
  outbox_.add(numbered_call{number, std::move(what)}, bytes);
  ++figures_->calls;
  figures_->pending = pending_.size();
  arm();
  send_soon();
  return promise;
}

void peer_state::tell(relayed_news& news) {
  figures_->news_dropped += outbox_.add(std::move(news));
  send_soon();
}

void peer_state::look_again() {
  outbox_.look_again();
  send_soon();
}

// The flush comes to lie behind all that is in the mailbox already: that shares the parcel.
void peer_state::send_soon() {
  if (flush_sent_ || !remote_ || under_way_ >= options_.credit || outbox_.empty()) return;
  flush_sent_ = true;
  self_->send(self_, caf::flush_atom_v);
}

void peer_state::flush() {
  flush_sent_ = false;
  collect_answers();
  send_parcels();
}

void peer_state::send_parcels() {
  while (remote_ && under_way_ < options_.credit && !outbox_.empty()) {
    auto out = outbox_.pack(++last_sent_);
    ++figures_->parcels_sent;
    figures_->news_sent += out.news.size();
    ++under_way_;
    // Without an end of its own: when the other node is gone, the monitor says so.
    self_->request(remote_, caf::infinite, std::move(out))
        .then(
            [this](const parcel_taken&) {
              --under_way_;
              send_parcels();
            },
            [this](const caf::error& e) { end(e); });
  }
}

caf::result<parcel_taken> peer_state::take(parcel& in) {
  const parcel_taken taken{in.number};
  if (in.number <= last_taken_) return taken; // a repeat
  if (in.number != last_taken_ + 1) {
    auto hole = caf::make_error(errc::internal, "a parcel is missing");
    end(hole);
    return hole;
  }
  last_taken_ = in.number;
  ++figures_->parcels_taken;
  for (auto& a : in.answers) settle(a);
  for (auto& c : in.calls) serve(c);
  figures_->news_taken += in.news.size();
  if (options_.on_news)
    for (auto& n : in.news) options_.on_news(n);
  if (in.look_again && options_.on_look_again) options_.on_look_again();
  return taken;
}

void peer_state::serve(numbered_call& call) {
  ++figures_->served;
  if (call.call.what.empty()) // as CAF delivers what it cannot read
    return answer(call.number, {caf::make_error(errc::validation_error, "not understood"), {}});
  if (serving_.size() >= options_.max_serving)
    return answer(call.number, {caf::make_error(errc::busy, "too many calls here; not done"), {}});
  const auto whom = options_.serve ? options_.serve(call.call) : caf::actor{};
  if (!whom) return answer(call.number, {caf::make_error(errc::busy, "not here"), {}});
  const auto key = tray_->ask(whom, std::move(call.call.what));
  serving_.emplace(key, call.number);
  serving_ends_.push_back(
      {self_->clock().now() + forget_after_timeouts * options_.call_timeout, key});
  arm();
}

void peer_state::collect_answers() {
  for (auto& e : tray_->empty_out()) {
    const auto found = serving_.find(e.key);
    if (found == serving_.end()) continue; // forgotten
    const auto number = found->second;
    serving_.erase(found);
    answer(number, std::move(e.answer));
  }
}

void peer_state::answer(std::uint64_t number, remote_answer what) {
  const auto bytes = bytes_of(what.what);
  outbox_.add(numbered_answer{number, std::move(what)}, bytes);
  send_soon();
}

void peer_state::settle(numbered_answer& in) {
  const auto found = pending_.find(in.number);
  if (found == pending_.end()) return; // too late
  const auto took = std::chrono::nanoseconds{self_->clock().now() - found->second.asked}.count();
  const auto mean = static_cast<std::int64_t>(figures_->round_trip_ns.load());
  figures_->round_trip_ns =
      static_cast<std::uint64_t>(mean == 0 ? took : mean + (took - mean) / 16);
  ++figures_->answers;
  auto promise = std::move(found->second.promise);
  pending_.erase(found);
  figures_->pending = pending_.size();
  promise.deliver(std::move(in.answer));
}

// One timer at a time, for the oldest of all; CAF cannot cancel one.
void peer_state::arm() {
  if (tick_sent_ || (pending_ends_.empty() && serving_ends_.empty())) return;
  auto next = pending_ends_.empty() ? serving_ends_.front().at : pending_ends_.front().at;
  if (!serving_ends_.empty()) next = std::min(next, serving_ends_.front().at);
  tick_sent_ = true;
  const auto now = self_->clock().now();
  const auto wait = next > now ? next - now : clock_type::duration_type{1};
  self_->delayed_send(self_, wait, caf::tick_atom_v);
}

void peer_state::tick() {
  tick_sent_ = false;
  expire(self_->clock().now());
  arm();
}

void peer_state::expire(clock_type::time_point now) {
  for (; !pending_ends_.empty() && pending_ends_.front().at <= now; pending_ends_.pop_front()) {
    const auto late = pending_.find(pending_ends_.front().key);
    if (late == pending_.end()) continue;
    auto promise = std::move(late->second.promise);
    pending_.erase(late);
    ++figures_->failed;
    promise.deliver(busy("no answer in time; whether it was done is not known"));
  }
  for (; !serving_ends_.empty() && serving_ends_.front().at <= now; serving_ends_.pop_front())
    serving_.erase(serving_ends_.front().key);
  figures_->pending = pending_.size();
}

void peer_state::end(const caf::error& why) {
  auto open = std::move(pending_);
  pending_.clear();
  figures_->failed += open.size();
  figures_->pending = 0;
  for (auto& [number, one] : open)
    one.promise.deliver(busy("gone; whether it was done is not known"));
  self_->quit(why ? why : caf::make_error(caf::exit_reason::normal));
}

std::size_t peer_state::bytes_of(const caf::message& what) {
  constexpr std::size_t around = 16; // number and kind
  scratch_.clear();
  caf::binary_serializer sink{self_->system(), scratch_};
  if (auto failed = sink(what)) return around;
  return around + scratch_.size();
}

dialling_peer_actor::behavior_type peer(dialling_peer_actor::stateful_pointer<peer_state> self,
                                        const caf::strong_actor_ptr& remote, peer_options options) {
  auto& s = self->state;
  s.start(std::move(options), remote);
  return {
      [&s](remote_call& what) { return s.call(what); },
      [&s](relayed_news& news) { s.tell(news); },
      [&s](look_again) { s.look_again(); },
      [&s](parcel& in) { return s.take(in); },
      [&s](caf::flush_atom) { s.flush(); },
      [&s](caf::tick_atom) { s.tick(); },
      [&s](caf::connect_atom, const caf::strong_actor_ptr& to) { s.connect(to); },
  };
}

} // namespace

dialling_peer_actor spawn_peer(caf::actor_system& system, caf::strong_actor_ptr remote,
                               peer_options options) {
  return system.spawn(peer, std::move(remote), std::move(options));
}

} // namespace troupe
