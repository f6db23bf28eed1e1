#include "actors/feeds/history_line.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds grace{2'000}; // the door answers by itself in time
constexpr int too_many = 429, banned = 418;       // 418: goes on after a 429 was ignored

std::int64_t retry_after_ms(const outbound_response& r) {
  const auto text = r.get("Retry-After");
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = failed == std::errc{} && end == text.data() + text.size();
  return whole && seconds > 0 ? std::min<std::int64_t>(seconds, 86'400) * 1000 : 0;
}

} // namespace

history_line::history_line(live_feed_actor::pointer self, outbound_actor rest,
                           const provider_words& words, history_limits limits, hear_time hear)
    : self_(self), rest_(std::move(rest)), words_(words), limits_(limits), hear_(std::move(hear)) {}

std::int64_t history_line::now() const {
  const auto since = self_->clock().now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

void history_line::fetch(history_question what, bool urgent, answer done) {
  if (held_until_ms(now()) > 0)
    return done(caf::make_error(errc::market_data_error, words_.name + " asks for silence"));
  if (urgent_.size() + patient_.size() >= limits_.waiting)
    return done(caf::make_error(errc::busy, "too many questions wait for " + words_.name));
  auto j = std::make_shared<job>();
  j->what = std::move(what);
  j->done = std::move(done);
  j->urgent = urgent;
  (urgent ? urgent_ : patient_).push_back(std::move(j));
  pump(now());
}

void history_line::pump(std::int64_t now_ms) {
  while (!sent_ms_.empty() && now_ms - sent_ms_.front() >= minute_ms) sent_ms_.pop_front();
  while (in_flight_ < limits_.in_flight && sent_ms_.size() < limits_.requests_per_minute
         && held_until_ms(now_ms) == 0) {
    auto& from = urgent_.empty() ? patient_ : urgent_;
    if (from.empty()) return;
    auto j = std::move(from.front());
    from.pop_front();
    send(j, now_ms);
  }
}

void history_line::send(const job_ptr& j, std::int64_t now_ms) {
  auto request = words_.ask(j->what);
  request.deadline_ms = limits_.request_ms;
  ++in_flight_;
  ++requests_;
  sent_ms_.push_back(now_ms);
  self_->request(rest_, std::chrono::milliseconds{limits_.request_ms} + grace, std::move(request))
      .then(
          [this, j](const outbound_response& r) {
            --in_flight_;
            take(j, r);
            pump(now());
          },
          [this, j](const caf::error& e) {
            --in_flight_;
            fail(j, std::string{to_string(outbound_errc_of(e))});
            pump(now());
          });
}

void history_line::take(const job_ptr& j, const outbound_response& r) {
  if (r.status == too_many || r.status == banned) hold(r);
  auto page = words_.read(r, j->what);
  if (page.at > 0) hear_(page.at);
  if (!page.why.empty()) return fail(j, page.why);
  trouble_.clear();
  auto next = j->what.slots.from;
  for (auto& c : page.candles)
    if (c.open_time >= next && c.open_time < j->what.slots.to) {
      next = c.open_time + base_interval_ms;
      j->found.push_back(c);
    }
  // A page that brings nothing new would be asked for again and again.
  const bool further = page.more && next > j->what.slots.from && next < j->what.slots.to;
  if (!further) return j->done(std::move(j->found));
  if (held_until_ms(now()) > 0) return fail(j, "asks for silence");
  j->what.slots.from = next;
  (j->urgent ? urgent_ : patient_).push_front(j);
}

void history_line::fail(const job_ptr& j, const std::string& why) {
  trouble_ = why;
  j->done(caf::make_error(errc::market_data_error, words_.name + ": " + why));
}

// Whoever waits hears at once that nothing will come: better the store's candles than a time-out.
void history_line::hold(const outbound_response& r) {
  auto time = retry_after_ms(r);
  if (time == 0) time = limits_.default_hold_ms;
  held_until_ms_ = std::max(held_until_ms_, now() + std::min(time, limits_.longest_hold_ms));
  for (auto* all : {&urgent_, &patient_})
    for (auto& waiting : std::exchange(*all, {}))
      waiting->done(caf::make_error(errc::market_data_error, words_.name + " asks for silence"));
}

} // namespace troupe
