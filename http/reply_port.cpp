#include "http/reply_port.hpp"

#include <caf/actor_companion.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

namespace troupe {

namespace {

caf::actor_companion& companion(const caf::actor& self) {
  return *caf::actor_cast<caf::actor_companion*>(self);
}

} // namespace

reply_port::reply_port(caf::actor_system& system, std::function<void()> wake, push on_push,
                       port_limits limits)
    : self_(system.spawn<caf::actor_companion>()), wake_(std::move(wake)),
      on_push_(std::move(on_push)), limits_(limits) {
  companion(self_).on_enqueue([this](caf::mailbox_element_ptr mail) { take_in(std::move(mail)); });
}

reply_port::~reply_port() {
  // `disconnect` is declared in 0.17 but missing from the library. The handler is swapped under the
  // companion's lock, which enqueue holds while it calls: none runs once this returns.
  companion(self_).on_enqueue(nullptr);
  companion(self_).cleanup(caf::exit_reason::user_shutdown, nullptr);
}

void reply_port::send_request(const caf::strong_actor_ptr& to, std::chrono::milliseconds timeout,
                              caf::message content, answer done) {
  caf::message none;
  if (pending_.size() >= limits_.max_pending)
    return done(caf::make_error(errc::busy, "too many requests are waiting"), none);
  if (!to) return done(caf::make_error(errc::busy, "not available on this node"), none);
  const auto id = companion(self_).new_request_id(caf::message_priority::normal);
  pending_.emplace(id.response_id().integer_value(),
                   waiting{std::move(done), clock::now() + timeout});
  to->enqueue(caf::actor_cast<caf::strong_actor_ptr>(self_), id, std::move(content), nullptr);
}

void reply_port::take_in(caf::mailbox_element_ptr mail) {
  bool wake = false;
  {
    std::lock_guard<std::mutex> lock{inbox_guard_};
    if (mail->mid.is_response()) {
      answers_.push_back(std::move(mail));
    } else {
      if (pushes_.size() >= limits_.max_pushes) {
        pushes_.pop_front();
        ++dropped_;
      }
      pushes_.push_back(std::move(mail));
    }
    wake = !std::exchange(awake_, true);
  }
  if (wake) wake_();
}

void reply_port::drain() {
  std::vector<caf::mailbox_element_ptr> answers;
  std::deque<caf::mailbox_element_ptr> pushes;
  {
    std::lock_guard<std::mutex> lock{inbox_guard_};
    answers.swap(answers_);
    pushes.swap(pushes_);
    awake_ = false;
  }
  for (auto& mail : answers) settle(*mail);
  for (auto& mail : pushes) {
    auto content = mail->move_content_to_message();
    on_push_(content);
  }
}

void reply_port::settle(caf::mailbox_element& mail) {
  const auto found = pending_.find(mail.mid.integer_value());
  if (found == pending_.end()) return; // answered after its deadline
  const auto done = std::move(found->second.done);
  pending_.erase(found);
  auto content = mail.move_content_to_message();
  if (content.match_elements<caf::error>())
    done(content.get_as<caf::error>(0), content);
  else
    done(caf::error{}, content);
}

void reply_port::expire(clock::time_point now) {
  std::vector<answer> late;
  for (auto i = pending_.begin(); i != pending_.end();) {
    if (i->second.deadline > now) {
      ++i;
    } else {
      late.push_back(std::move(i->second.done));
      i = pending_.erase(i);
    }
  }
  caf::message none;
  for (auto& done : late) done(caf::make_error(caf::sec::request_timeout), none);
}

std::uint64_t reply_port::dropped_pushes() const {
  std::lock_guard<std::mutex> lock{inbox_guard_};
  return dropped_;
}

errc errc_of(const caf::error& failure) {
  if (failure.category() == caf::atom("troupe")) {
    const auto code = static_cast<errc>(failure.code());
    return code <= errc::internal && code != errc::none ? code : errc::internal;
  }
  if (failure == caf::sec::request_timeout || failure == caf::sec::request_receiver_down
      || failure.category() == caf::atom("exit"))
    return errc::busy;
  return errc::internal;
}

std::string text_of(const caf::error& failure) {
  const auto& context = failure.context();
  const auto code = errc_of(failure);
  const bool said =
      failure.category() == caf::atom("troupe") && context.match_elements<std::string>();
  if (said && code != errc::store_unavailable) return context.get_as<std::string>(0);
  switch (code) {
  case errc::busy: return "the node is busy; try again";
  case errc::feature_error: return "still warming up: not enough candles yet";
  case errc::model_not_found: return "there is no model for this yet";
  case errc::store_unavailable: return "the store does not answer";
  case errc::not_found: return "there is no such thing";
  case errc::prediction_error: return "the prediction failed";
  case errc::market_data_error: return "market data is not available";
  case errc::validation_error: return "the request is not valid";
  default: return "something went wrong inside";
  }
}

} // namespace troupe
