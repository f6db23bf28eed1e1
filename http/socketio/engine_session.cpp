#include "http/socketio/engine_session.hpp"

#include "http/codec_frames.hpp"
#include "http/socket_link.hpp"

#include <boost/asio/post.hpp>

namespace troupe::socketio {

namespace {

constexpr std::chrono::seconds last_poll_wait{2}; // for a client to fetch the end

shared_text text_frame(std::string_view packet) {
  return std::make_shared<const std::string>(websocket_frame(packet));
}

response polled_text(std::string body) {
  response r;
  r.content_type = "text/plain; charset=UTF-8";
  r.headers = "Cache-Control: no-store\r\n";
  r.body = std::move(body);
  return r;
}

} // namespace

// The WebSocket of a session, or one that offers itself.
class engine_link final : public socket_link {
public:
  engine_link(io_thread& at, tcp::socket socket, std::weak_ptr<engine_session> owner)
      : socket_link(at, std::move(socket),
                    websocket_reader{at.options().engine_payload_bytes, takes::text_and_binary}),
        owner_(std::move(owner)) {}

  void on_text(std::string_view message) override {
    if (const auto owner = owner_.lock(); owner && !closing()) owner->link_text(*this, message);
  }
  void on_binary(std::string_view bytes) override {
    if (const auto owner = owner_.lock(); owner && !closing()) owner->link_binary(*this, bytes);
  }

private:
  void on_gone() override {
    if (const auto owner = owner_.lock()) owner->link_gone(*this);
  }
  const std::weak_ptr<engine_session> owner_;
};

engine_session::engine_session(io_thread& home, std::string sid, handshake_facts facts)
    : home_(home), sid_(std::move(sid)), facts_(std::move(facts)),
      ping_at_(tick_clock::now() + home.options().engine_ping_interval) {}

void engine_session::begin(engine_user_maker make) {
  home_.join(shared_from_this());
  bump(home_.counts().sockets);
  bump(home_.counts().sockets_open);
  user_ = make(*this);
}

engine_hello engine_session::hello(bool upgrade) const {
  const auto& limits = home_.options();
  return {sid_, upgrade, limits.engine_ping_interval.count(), limits.engine_ping_timeout.count(),
          limits.engine_payload_bytes};
}

void engine_session::polls(bool now) {
  if (std::exchange(polls_, now) == now) return;
  now ? home_.parts().polling.fetch_add(1) : home_.parts().polling.fetch_sub(1);
}

std::string engine_session::open_polling(engine_user_maker make) {
  begin(make);
  polls(true);
  return to_text(engine_type::open, to_json(hello(true)));
}

std::shared_ptr<engine_link> engine_session::make_link(upgraded_socket& s) {
  auto link = std::make_shared<engine_link>(home_, std::move(s.socket), weak_from_this());
  link->queue(std::move(s.handshake));
  return link;
}

void engine_session::open_socket(engine_user_maker make, upgraded_socket&& s) {
  begin(make);
  link_ = make_link(s);
  link_->queue(text_frame(to_text(engine_type::open, to_json(hello(false)))));
  const auto kept = link_;
  if (home_.stopping()) go_away();
  kept->run(s.received);
}

void engine_session::offer(upgraded_socket&& s) {
  const auto link = make_link(s);
  if (link_ || probe_ || closing_) {
    link->run({});
    return link->close(close_code::policy_violation, "not to be upgraded");
  }
  probe_ = link;
  probed_ = false;
  probe_until_ = home_.now() + home_.options().engine_upgrade_timeout;
  link->run(s.received);
}

// Looked at with each request too: ticks are far apart.
bool engine_session::lapsed() {
  const auto until = awaits_pong_ ? pong_until_ : ping_at_ + home_.options().engine_ping_timeout;
  if (link_ || tick_clock::now() < until) return false;
  answer_poll(to_text(engine_type::close));
  finish();
  return true;
}

void engine_session::poll(const ticket& from) {
  if (lapsed()) return from.answer(refusal_response(engine_refusal::unknown_sid));
  if (link_) return from.answer(refusal_response(engine_refusal::bad_request));
  if (polled_.from) return refuse(from);
  polled_ = from;
  flush();
  // Who is changing over waits for this request to end.
  if (probed_ && polled_.from) answer_poll(to_text(engine_type::noop));
}

void engine_session::post(std::string_view body, const ticket& from) {
  if (lapsed()) return from.answer(refusal_response(engine_refusal::unknown_sid));
  if (link_ || closing_) return from.answer(refusal_response(engine_refusal::bad_request));
  if (body.size() > home_.options().engine_payload_bytes) return refuse(from);
  const auto packets = parse_payload(body);
  if (!packets) return refuse(from);
  for (auto& packet : *packets)
    if (!finished_ && !closing_ && !take(packet)) return refuse(from);
  auto done = polled_text("ok");
  done.content_type = "text/html";
  from.answer(std::move(done));
  flush();
}

// The client broke the protocol: the request is told, and a waiting one that it is over.
void engine_session::refuse(const ticket& from) {
  from.answer(refusal_response(engine_refusal::bad_request));
  answer_poll(to_text(engine_type::close));
  finish();
}

bool engine_session::take(const engine_packet& packet) {
  switch (packet.type) {
  case engine_type::message: user_->on_text(packet.data); return true;
  case engine_type::binary: user_->on_binary(packet.data); return true;
  case engine_type::noop: return true;
  case engine_type::pong:
    awaits_pong_ = false;
    ping_at_ = home_.now() + home_.options().engine_ping_interval;
    return true;
  case engine_type::close:
    answer_poll(to_text(engine_type::noop));
    link_ ? link_->close(close_code::normal, "") : finish();
    return true;
  default: return false;
  }
}

void engine_session::link_text(engine_link& from, std::string_view message) {
  const auto packet = parse_engine_packet(message);
  if (packet && &from == probe_.get()) return take_probe(*packet);
  if (!packet || &from != link_.get() || closing_ || !take(*packet))
    from.close(close_code::protocol_error, "invalid packet");
}

void engine_session::link_binary(engine_link& from, std::string_view bytes) {
  if (&from != link_.get() || closing_)
    return from.close(close_code::protocol_error, "invalid packet");
  user_->on_binary(bytes);
}

void engine_session::take_probe(const engine_packet& packet) {
  if (packet.type == engine_type::ping && packet.data == "probe") {
    probe_->queue(text_frame("3probe"));
    probed_ = true;
    return answer_poll(to_text(engine_type::noop));
  }
  if (packet.type == engine_type::upgrade && probed_ && !finished_) return take_over();
  probe_->close(close_code::protocol_error, "invalid packet");
}

void engine_session::take_over() {
  answer_poll(to_text(engine_type::noop));
  link_ = std::move(probe_);
  polls(false);
  probed_ = false;
  for (auto& frame : queue_) link_->queue(frame);
  queue_.clear();
  queue_.shrink_to_fit();
  queued_bytes_ = 0;
  if (closing_) link_->close(close_code_, close_reason_); // while it changed over
}

void engine_session::link_gone(engine_link& from) {
  if (&from == probe_.get()) {
    probe_.reset();
    probed_ = false;
  } else if (&from == link_.get()) {
    finish();
  }
}

void engine_session::send(const shared_text& frame) {
  if (closing_ || finished_) return;
  if (link_) return link_->queue(frame);
  const auto& limits = home_.options();
  if (queue_.size() >= limits.socket_queue_frames
      || queued_bytes_ + frame->size() > limits.socket_queue_bytes) {
    bump(home_.counts().slow_closes);
    bump(home_.counts().frames_dropped, queue_.size() + 1);
    queue_.clear();
    queued_bytes_ = 0;
    return close(close_code::try_later, "too slow");
  }
  queued_bytes_ += frame->size();
  queue_.push_back(frame);
}

void engine_session::flush() {
  if (link_) return link_->write();
  if (polled_.from && !queue_.empty()) {
    answer_poll(take_queue());
  } else if (polled_.from && closing_) {
    // Alone, for clients forget what came together with it.
    answer_poll(to_text(engine_type::close));
    finish();
  }
  // A server that stops is not asked again.
  if (closing_ && queue_.empty() && home_.stopping()) finish();
}

bool engine_session::backlogged() const {
  return link_ ? link_->waiting() : !queue_.empty() && !polled_.from;
}

std::string engine_session::take_queue() {
  std::string body;
  body.reserve(queued_bytes_);
  for (auto& frame : queue_) {
    if (!body.empty()) body += payload_separator;
    const auto payload = frame_payload(*frame);
    body += is_binary_frame(*frame) ? to_text(engine_type::binary, payload) : std::string{payload};
  }
  queue_.clear();
  queued_bytes_ = 0;
  return body;
}

void engine_session::answer_poll(std::string body) {
  if (!polled_.from) return;
  std::exchange(polled_, {}).answer(polled_text(std::move(body)));
}

void engine_session::close(close_code code, std::string_view reason) {
  if (closing_ || finished_) return;
  if (link_) {
    closing_ = true;
    return link_->close(code, reason);
  }
  closing_ = true;
  close_code_ = code;
  close_reason_ = reason;
  closing_at_ = home_.now();
  // Not at once: the hub may be walking its listeners, and an answer lets the next request in.
  asio::post(home_.io(), [me = shared_from_this()] { me->flush(); });
}

void engine_session::tick(tick_clock::time_point now) {
  if (finished_) return;
  if (probe_ && !probe_->tick_closing(now) && now > probe_until_) probe_->cut();
  if (link_ && link_->tick_closing(now)) return;
  if (closing_) {
    if (now - closing_at_ > last_poll_wait) finish();
    return;
  }
  keep_alive(now);
  if (!finished_ && !closing_) user_->on_tick(now);
}

void engine_session::keep_alive(tick_clock::time_point now) {
  if (awaits_pong_) {
    if (now < pong_until_) return;
    if (link_) return close(close_code::policy_violation, "silent for too long");
    answer_poll(to_text(engine_type::close));
    return finish();
  }
  if (now < ping_at_) return;
  awaits_pong_ = true;
  pong_until_ = ping_at_ + home_.options().engine_ping_timeout;
  send(text_frame(to_text(engine_type::ping)));
  flush();
}

void engine_session::go_away() {
  if (closing_ && !link_ && home_.shut()) return finish(); // it did not come for it
  if (finished_ || closing_) return;
  user_->on_stop();
  close(close_code::going_away, "server shutdown");
}

// Unknown at once, gone a little later: the caller may be the user itself, or the hub.
void engine_session::finish() {
  if (std::exchange(finished_, true)) return;
  closing_ = true;
  home_.engine().forget(sid_);
  facts_.place.reset();
  polls(false);
  if (probe_) probe_->cut();
  asio::post(home_.io(), [me = shared_from_this()] {
    me->answer_poll(to_text(engine_type::close));
    me->user_->on_closed();
    me->user_.reset();
    me->link_.reset();
    me->home_.counts().sockets_open.fetch_sub(1, std::memory_order_relaxed);
    me->home_.leave(me);
  });
}

} // namespace troupe::socketio
