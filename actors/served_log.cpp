#include "actors/served_log.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr std::chrono::seconds store_timeout{30}, retry_after{1};

using flush_promise = caf::typed_response_promise<std::uint64_t>;

class served_log_state {
public:
  static inline const char* name = "served_log";

  void start(served_log_actor::pointer self, served_log_options options) {
    self_ = self;
    options_ = std::move(options);
  }

  void take(served_signal& row) {
    auto serving = row.user + ' ' + row.signal_id; // users' ids have no spaces
    if (known(serving)) return;
    if (waiting_.size() + in_flight_.size() >= options_.max_waiting_rows) return drop_one();
    ++told_;
    remember(std::move(serving));
    waiting_.push_back(std::move(row));
    write();
  }

  void retry() {
    retry_pending_ = false;
    write();
  }

  caf::result<std::uint64_t> flush() {
    if (waiting_.empty() && in_flight_.empty()) return std::uint64_t{0};
    if (flushing_.size() >= options_.max_flushing)
      return caf::make_error(errc::busy, "served signals: too many wait");
    auto promise = self_->make_response_promise<std::uint64_t>();
    flushing_.emplace_back(told_, promise);
    retry();
    return promise;
  }

private:
  // Only the first time counts: a user who asks for the newest signal again and again costs no
  // disk.
  bool known(const std::string& serving) const {
    return young_.count(serving) + old_.count(serving) > 0;
  }

  void remember(std::string serving) {
    if (young_.size() >= options_.max_known) old_ = std::exchange(young_, {});
    young_.insert(std::move(serving));
  }

  void write() {
    if (!in_flight_.empty() || retry_pending_ || waiting_.empty()) return;
    const auto rows =
        static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.max_write_rows));
    in_flight_.assign(waiting_.begin(), waiting_.begin() + rows);
    waiting_.erase(waiting_.begin(), waiting_.begin() + rows);
    self_->request(options_.store, store_timeout, put_log{{}, {}, in_flight_})
        .then([this](const put_receipt&) { written(); },
              [this](const caf::error& e) { refused(e); });
  }

  void written() {
    if (std::exchange(refusing_, false)) say(log_level::info, "are logged again");
    dropping_ = false;
    settled();
  }

  void settled() {
    done_ += in_flight_.size();
    in_flight_.clear();
    while (!flushing_.empty() && flushing_.front().first <= done_) {
      flushing_.front().second.deliver(std::uint64_t{0});
      flushing_.pop_front();
    }
    write();
  }

  void refused(const caf::error& why) {
    const bool never = why.category() == caf::atom("troupe")
        && static_cast<errc>(why.code()) == errc::validation_error;
    if (never) { // or it would hold up everything behind it
      bump(options_.counts->served_dropped, in_flight_.size());
      say(log_level::error,
          std::to_string(in_flight_.size()) + " cannot be kept: " + self_->system().render(why));
      return settled();
    }
    if (!std::exchange(refusing_, true))
      say(log_level::warn, "wait for the store: " + self_->system().render(why));
    waiting_.insert(waiting_.begin(), in_flight_.begin(), in_flight_.end());
    in_flight_.clear();
    for (auto& [until, promise] : flushing_) promise.deliver(why);
    flushing_.clear();
    if (std::exchange(retry_pending_, true)) return;
    caf::delayed_anon_send(self_, retry_after, caf::tick_atom_v);
  }

  // Said once an outage; the counter has the sum.
  void drop_one() {
    bump(options_.counts->served_dropped);
    if (!std::exchange(dropping_, true))
      say(log_level::error, "are lost: their log is full (troupe_served_dropped_total counts)");
  }

  void say(log_level level, const std::string& text) const {
    if (options_.log) options_.log(level, "served signals " + text);
  }

  served_log_actor::pointer self_ = nullptr;
  served_log_options options_;
  std::deque<served_signal> waiting_;
  std::vector<served_signal> in_flight_;
  std::deque<std::pair<std::uint64_t, flush_promise>> flushing_; // done once that many are
  std::unordered_set<std::string> young_, old_;                  // taken lately, by user and signal
  std::uint64_t told_ = 0, done_ = 0;
  bool retry_pending_ = false, refusing_ = false, dropping_ = false;
};

served_log_actor::behavior_type
served_log(served_log_actor::stateful_pointer<served_log_state> self,
           const served_log_options& options) {
  auto& s = self->state;
  s.start(self, options);
  return {
      [&s](served_signal& row) { s.take(row); },
      [&s](caf::flush_atom) { return s.flush(); },
      [&s](caf::tick_atom) { s.retry(); },
  };
}

} // namespace

served_log_actor spawn_served_log(caf::actor_system& system, served_log_options options) {
  return system.spawn(served_log, std::move(options));
}

} // namespace troupe
