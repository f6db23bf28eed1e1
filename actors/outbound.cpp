#include "actors/outbound.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <unordered_map>

namespace troupe {

namespace {

using std::chrono::milliseconds;

// The wire answers by itself in time; this is for one that does not.
constexpr milliseconds wire_grace{1000};

bool answers_well(int status) { return status < 500; }

// Both say that the same may be well a little later.
bool worth_repeating(int status) { return status >= 500 || status == 429; }

// A certificate does not get better, an answer not smaller.
bool worth_repeating(outbound_errc why) {
  return why == outbound_errc::timed_out || why == outbound_errc::cannot_connect
      || why == outbound_errc::broken_off || why == outbound_errc::malformed_answer;
}

// Nothing was asked of the service, so it has not failed.
bool is_our_own(outbound_errc why) {
  return why == outbound_errc::busy || why == outbound_errc::stopped
      || why == outbound_errc::malformed_request;
}

// Seconds only: what is given as a date is left to the jitter.
std::int64_t retry_after_ms(const outbound_response& r) {
  const auto text = r.get("Retry-After");
  std::int64_t seconds = 0;
  const auto end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data(), end, seconds);
  if (failed != std::errc{} || at != end || seconds < 0) return 0;
  return std::min<std::int64_t>(seconds, 86'400) * 1000;
}

// What came of an attempt, kept as the answer for when there is no further one.
struct outcome {
  outbound_response response; // of status 0: none
  caf::error failure;
};

struct call {
  enum stage { waiting, sent, resting } at = waiting;
  std::shared_ptr<const outbound_request> what;
  caf::typed_response_promise<outbound_response> promise;
  std::int64_t deadline = 0, due = 0; // due: end of the rest
  std::uint32_t attempts = 0;
  std::int64_t sent_at = 0;
  client_breaker::pass leave;
  outcome last;
};

class outbound_state {
public:
  static inline const char* name = "outbound";

  explicit outbound_state(outbound_actor::pointer self) : self_(self) {}

  void start(wire_actor wire, outbound_options options) {
    wire_ = std::move(wire);
    options_.emplace(std::move(options));
    breaker_.emplace(options_->failures, options_->retry_after_ms);
    status_.name = options_->name;
    if (!options_->uniform)
      options_->uniform = [engine = std::mt19937_64{std::random_device{}()}]() mutable {
        return std::uniform_real_distribution<double>{}(engine);
      };
    self_->set_exit_handler([this](caf::exit_msg& m) { stop(m.reason); });
    show();
  }

  caf::result<outbound_response> take(outbound_request& request) {
    if (auto why = what_is_wrong(request); !why.empty())
      return caf::make_error(outbound_errc::malformed_request, std::move(why));
    if (!breaker_->admits(now())) return refuse(breaker_open());
    if (calls_.size() >= options_->max_in_flight + options_->max_waiting)
      return refuse(caf::make_error(outbound_errc::busy, options_->name + " has too many waiting"));
    const auto id = ++last_id_;
    auto& c = calls_[id];
    c.deadline = now() + (request.deadline_ms > 0 ? request.deadline_ms : options_->deadline_ms);
    c.what = std::make_shared<const outbound_request>(std::move(request));
    c.promise = self_->make_response_promise<outbound_response>();
    auto promise = c.promise; // the call may be over when line_up() returns
    line_up(id, c);
    return promise;
  }

  /// A rest is over, or a deadline has come. Ticks of what has gone on since say nothing.
  void tick(std::uint64_t id) {
    const auto i = calls_.find(id);
    if (i == calls_.end()) return;
    auto& c = i->second;
    if (c.at == call::resting && now() >= c.due) {
      line_up(id, c);
    } else if (c.at == call::waiting && now() >= c.deadline) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), id));
      finish(id, timed_out());
    }
    show();
  }

  dependency_status status() {
    show();
    return status_;
  }

private:
  std::int64_t now() const {
    const auto since = self_->clock().now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(since).count();
  }

  caf::error breaker_open() const {
    return caf::make_error(outbound_errc::breaker_open, options_->name + " fails; not asked now");
  }
  caf::error timed_out() const {
    return caf::make_error(outbound_errc::timed_out, options_->name + " did not answer in time");
  }

  caf::error refuse(caf::error why) {
    ++status_.refused;
    show();
    return why;
  }

  void line_up(std::uint64_t id, call& c) {
    c.at = call::waiting;
    waiting_.push_back(id);
    const auto until = c.deadline;
    pump();
    if (!waiting_.empty() && waiting_.back() == id) wake(id, until);
    show();
  }

  void wake(std::uint64_t id, std::int64_t at) {
    self_->delayed_send(self_, milliseconds{std::max<std::int64_t>(at - now(), 0)},
                        caf::tick_atom::value, id);
  }

  void pump() {
    while (in_flight_ < options_->max_in_flight && !waiting_.empty()) {
      const auto id = waiting_.front();
      waiting_.pop_front();
      auto& c = calls_.at(id);
      if (now() >= c.deadline) {
        finish(id, timed_out());
      } else if (const auto leave = breaker_->admit(now())) {
        send(id, c, *leave);
      } else {
        if (c.attempts == 0) ++status_.refused;
        finish(id, breaker_open());
      }
    }
  }

  void send(std::uint64_t id, call& c, client_breaker::pass leave) {
    c.at = call::sent;
    c.leave = leave;
    c.sent_at = now();
    if (++c.attempts > 1) ++status_.repeated;
    ++in_flight_;
    const auto timeout = std::min(options_->timeout_ms, c.deadline - c.sent_at);
    self_->request(wire_, milliseconds{timeout} + wire_grace, wire_attempt{c.what, timeout})
        .then([this, id](outbound_response& r) { answered(id, std::move(r)); },
              [this, id](caf::error& e) { failed(id, std::move(e)); });
  }

  void answered(std::uint64_t id, outbound_response response) {
    --in_flight_;
    auto& c = calls_.at(id);
    status_.latency_ms = now() - c.sent_at;
    if (answers_well(response.status)) {
      ++status_.answered;
      breaker_->succeeded(c.leave);
    } else {
      ++status_.failed;
      breaker_->failed(c.leave, now());
    }
    const auto repeat = worth_repeating(response.status);
    const auto at_least = retry_after_ms(response);
    c.last = {std::move(response), {}};
    conclude(id, repeat, at_least);
  }

  void failed(std::uint64_t id, caf::error why) {
    --in_flight_;
    auto& c = calls_.at(id);
    const auto code = outbound_errc_of(why);
    if (is_our_own(code)) {
      breaker_->withdrawn(c.leave);
    } else {
      ++status_.failed;
      breaker_->failed(c.leave, now());
    }
    if (why.category() != caf::atom("outbound"))
      why = code == outbound_errc::timed_out ? timed_out() : caf::make_error(code);
    c.last = {{}, std::move(why)};
    conclude(id, worth_repeating(code), 0);
  }

  // Either rests before its next attempt or is answered with what the last one brought.
  void conclude(std::uint64_t id, bool repeat, std::int64_t at_least_ms) {
    auto& c = calls_.at(id);
    const failed_attempt f{c.attempts, c.what->safe_to_repeat, now(), c.deadline, at_least_ms};
    const auto wait = repeat ? retry_wait(options_->retry, f, options_->uniform()) : std::nullopt;
    // An open breaker refuses the next attempt too, unless its time comes during the rest.
    const auto admitted = wait && (breaker_->admits(now() + *wait));
    if (admitted) {
      c.at = call::resting;
      c.due = now() + *wait;
      wake(id, c.due);
    } else {
      finish(id, {});
    }
    pump();
    show();
  }

  // Answers with what the service said last; with `why` when it has said nothing.
  void finish(std::uint64_t id, caf::error why) {
    const auto i = calls_.find(id);
    auto c = std::move(i->second);
    calls_.erase(i);
    show(); // who has the answer also sees it on the board
    if (c.last.response.status != 0)
      c.promise.deliver(std::move(c.last.response));
    else
      c.promise.deliver(c.last.failure ? std::move(c.last.failure) : std::move(why));
  }

  void stop(const caf::error& reason) {
    for (auto& [id, c] : calls_)
      c.promise.deliver(caf::make_error(outbound_errc::stopped, "this node stops"));
    calls_.clear();
    self_->quit(reason);
  }

  void show() {
    status_.state = to_string(breaker_->now());
    status_.failures = breaker_->failures();
    status_.opened_at = status_.next_try = 0;
    if (options_->wall && breaker_->now() != client_breaker::state::closed) {
      const auto to_wall = options_->wall() - now();
      status_.opened_at = breaker_->opened_at_ms() + to_wall;
      status_.next_try = breaker_->next_try_ms() + to_wall;
    }
    status_.in_flight = static_cast<std::uint32_t>(in_flight_);
    status_.waiting = static_cast<std::uint32_t>(calls_.size() - in_flight_);
    if (options_->board) options_->board->post(status_);
  }

  outbound_actor::pointer self_;
  wire_actor wire_;
  std::optional<outbound_options> options_;
  std::optional<client_breaker> breaker_;
  std::unordered_map<std::uint64_t, call> calls_; // bounded: max_in_flight + max_waiting
  std::deque<std::uint64_t> waiting_;             // for their turn, of those in calls_
  std::size_t in_flight_ = 0;
  std::uint64_t last_id_ = 0;
  dependency_status status_;
};

outbound_actor::behavior_type
outbound_behavior(outbound_actor::stateful_pointer<outbound_state> self, wire_actor wire,
                  outbound_options options) {
  auto& s = self->state;
  s.start(std::move(wire), std::move(options));
  return {
      [&s](outbound_request& request) { return s.take(request); },
      [&s](const get_dependency&) { return s.status(); },
      [&s](caf::tick_atom, std::uint64_t id) { s.tick(id); },
  };
}

} // namespace

outbound_actor spawn_outbound(caf::actor_system& system, wire_actor wire,
                              outbound_options options) {
  return system.spawn(outbound_behavior, std::move(wire), std::move(options));
}

outbound_errc outbound_errc_of(const caf::error& failure) {
  if (failure.category() == caf::atom("outbound")) {
    const auto code = static_cast<outbound_errc>(failure.code());
    return code <= outbound_errc::stopped ? code : outbound_errc::broken_off;
  }
  if (failure == caf::sec::request_timeout) return outbound_errc::timed_out;
  if (failure == caf::sec::request_receiver_down || failure.category() == caf::atom("exit"))
    return outbound_errc::stopped;
  return outbound_errc::broken_off;
}

} // namespace troupe
