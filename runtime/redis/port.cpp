#include "runtime/redis/port.hpp"

#include "messages/types.hpp"

#include <caf/make_message.hpp>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds tick_length{100}, report_every{1'000};

std::size_t bytes_of(const redis_words& words) {
  std::size_t sum = 0;
  for (auto& w : words) sum += w.size();
  return sum;
}

void reply(const caf::strong_actor_ptr& asker, caf::message_id id, caf::message content) {
  if (id.is_request() && asker)
    asker->enqueue(nullptr, id.response_id(), std::move(content), nullptr);
}

} // namespace

void refuse(caf::mailbox_element& mail, errc code, const std::string& why) {
  reply(mail.sender, mail.mid, caf::make_message(caf::make_error(code, why)));
}

redis_port::redis_port(boost::asio::io_context& io, redis_address to, redis_options options)
    : io_(io), to_(std::move(to)), options_(std::move(options)), timer_(io), retry_(io) {}

bool redis_port::admit(caf::mailbox_element& mail) {
  if (posted_.fetch_add(1) < options_.max_commands) return true;
  posted_.fetch_sub(1);
  refused_.fetch_add(1);
  refuse(mail, errc::busy, "too much is asked of redis");
  return false;
}

void redis_port::take(caf::mailbox_element& mail) {
  posted_.fetch_sub(1);
  const auto asker = mail.sender;
  const auto id = mail.mid;
  const auto content = mail.move_content_to_message();
  if (content.match_elements<redis_post>()) {
    for (auto& words : content.get_as<redis_post>(0).commands) {
      if (!ready || full())
        refused_.fetch_add(1);
      else
        say(words, [](const redis_value*) {});
    }
    return;
  }
  if (!content.match_elements<redis_command>())
    return reply(asker, id, caf::make_message(caf::make_error(caf::sec::unexpected_message)));
  if (!ready || full()) {
    refused_.fetch_add(1);
    const auto code = ready ? errc::busy : errc::store_unavailable;
    return reply(asker, id, caf::make_message(caf::make_error(code, "redis is away")));
  }
  say(content.get_as<redis_command>(0).words, [asker, id](const redis_value* value) {
    reply(asker, id,
          value ? caf::make_message(*value)
                : caf::make_message(caf::make_error(errc::store_unavailable, "redis is away")));
  });
}

bool redis_port::full() const {
  return sent_at_.size() >= options_.max_commands || bytes_ >= options_.max_bytes;
}

void redis_port::say(const redis_words& words, redis_line::answer done) {
  const auto size = bytes_of(words);
  bytes_ += size;
  sent_at_.push_back(clock::now());
  line_->say(words, [this, size, done = std::move(done)](const redis_value* value) {
    const auto taken = clock::now() - sent_at_.front();
    latency_us = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
    sent_at_.pop_front();
    bytes_ -= size;
    ++(value ? answered_ : failed_);
    done(value);
  });
}

void redis_port::start() {
  connect();
  arm_tick();
}

void redis_port::stop() {
  stopped_ = true;
  ready = false;
  timer_.cancel();
  retry_.cancel();
  if (line_) line_->close();
  line_ = nullptr;
  settle_first_try(false);
}

void redis_port::connect() {
  if (stopped_) return;
  connecting_until_ = clock::now() + options_.connect_timeout;
  line_ = std::make_shared<redis_line>(io_);
  line_->connect(
      to_, [this](const std::string&) { greet(); }, [this](const std::string& why) { lose(why); });
}

// All in one go; the answer to the last says that the line may be used. A refusal of the password
// is among them.
void redis_port::greet() {
  const auto must = [this, line = line_.get()](const redis_value* value) {
    if (line_.get() != line || !value || value->is != redis_value::kind::refused) return;
    lose(value->text);
  };
  if (!to_.password.empty())
    say(to_.user.empty() ? redis_words{"AUTH", to_.password}
                         : redis_words{"AUTH", to_.user, to_.password},
        must);
  if (to_.database != 0) say({"SELECT", std::to_string(to_.database)}, must);
  say({"PING"}, [this, must, line = line_.get()](const redis_value* value) {
    must(value);
    if (line_.get() != line || !value || value->is == redis_value::kind::refused) return;
    ready = true;
    failures_ = 0;
    pinged_at_ = clock::now();
    if (std::exchange(told_away_, false) && options_.log)
      options_.log(log_level::info, "redis at " + to_.location() + " is back");
    settle_first_try(true);
    report();
  });
}

void redis_port::lose(const std::string& why) {
  ready = false;
  // Its remaining answers are told as they end, in order.
  if (const auto lost = std::exchange(line_, nullptr)) lost->close();
  ++failures_;
  if (!std::exchange(told_away_, true)) {
    lost_at_ = options_.wall ? options_.wall() : 0;
    if (options_.log)
      options_.log(log_level::warn,
                   "redis at " + to_.location() + " is away: " + why
                       + "; limits are counted in this process and nothing is shared until it is "
                         "back");
  }
  settle_first_try(false);
  report();
  const auto doubled = options_.first_wait * (1 << std::min<std::uint32_t>(failures_ - 1, 10));
  const auto most = std::min<std::chrono::milliseconds>(doubled, options_.longest_wait).count();
  std::uniform_int_distribution<std::int64_t> wait{most / 2, most};
  retry_.expires_after(std::chrono::milliseconds{wait(bits_)});
  retry_.async_wait([me = shared_from_this()](boost::system::error_code failed) {
    if (!failed) me->connect();
  });
}

void redis_port::arm_tick() {
  timer_.expires_after(tick_length);
  timer_.async_wait([me = shared_from_this()](boost::system::error_code failed) {
    if (!failed && !me->stopped_) me->tick();
  });
}

void redis_port::tick() {
  const auto now = clock::now();
  const auto limit = ready ? options_.command_timeout : options_.connect_timeout;
  if (line_ && !ready && now > connecting_until_)
    lose("it does not answer");
  else if (line_ && !sent_at_.empty() && now > sent_at_.front() + limit)
    lose("it does not answer in time");
  if (ready && now >= pinged_at_ + options_.ping_every) ping();
  if (now >= reported_at_ + report_every) report();
  arm_tick();
}

void redis_port::ping() {
  pinged_at_ = clock::now();
  say({"PING"}, [](const redis_value*) {});
}

void redis_port::report() {
  reported_at_ = clock::now();
  if (!options_.board) return;
  dependency_status s;
  s.name = "redis";
  s.state = ready ? "closed" : "open";
  s.failures = failures_;
  s.opened_at = ready ? 0 : lost_at_;
  s.latency_ms = answered_ == 0 ? -1 : latency_us / 1000;
  s.answered = answered_;
  s.failed = failed_;
  s.refused = refused_;
  s.in_flight = static_cast<std::uint32_t>(sent_at_.size());
  s.waiting = static_cast<std::uint32_t>(posted_.load());
  options_.board->post(std::move(s));
}

void redis_port::settle_first_try(bool good) {
  if (!std::exchange(told_first_, true)) first_try.set_value(good);
}

} // namespace troupe
