#include "http/socketio/engine.hpp"

#include "http/admission.hpp"
#include "http/json_text.hpp"
#include "http/socketio/engine_session.hpp"

#include <boost/asio/post.hpp>

#include <openssl/rand.h>
#include <stdexcept>

namespace troupe::socketio {

namespace {

constexpr std::string_view name_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string token_of(const exchange& ex) {
  constexpr std::string_view bearer = "Bearer ";
  const auto header = ex.in.get("Authorization");
  if (same_name(header.substr(0, bearer.size()), bearer))
    return std::string{header.substr(bearer.size())};
  return std::string{ex.query.get("token").value_or("")};
}

// Nobody is known yet: a place among the strangers is what bounds a flood of handshakes.
// False when there is none, and that has been answered.
bool take_place(exchange& ex, handshake_facts& facts) {
  auto& parts = ex.with->home.parts();
  if (parts.open.load(std::memory_order_relaxed) >= parts.options.max_connections) {
    ex.fail(errc::busy, "too many connections");
    return false;
  }
  facts.place = parts.unknown.enter(facts.address);
  if (facts.place) return true;
  bump(parts.gate.counts->rate_limited);
  auto r = error_response(errc::rate_limited, "too many sessions without a token", ex.in.id);
  add_header(r, "Retry-After", "5");
  ex.answer(std::move(r));
  return false;
}

void open_session(exchange& ex, engine_user_maker make, bool socket) {
  auto& mine = ex.with->home.engine();
  if (!socket && mine.home().stopping()) return ex.fail(errc::busy, "the server stops");
  handshake_facts facts{token_of(ex), std::string{ex.in.address}, nullptr};
  if (!take_place(ex, facts)) return;
  if (!socket) {
    response r;
    r.content_type = "text/plain; charset=UTF-8";
    r.headers = "Cache-Control: no-store\r\n";
    r.body = mine.open(std::move(facts))->open_polling(make);
    return ex.answer(std::move(r));
  }
  ex.upgrade_to([make, facts](upgraded_socket&& s) {
    s.home.engine().open(facts)->open_socket(make, std::move(s));
  });
}

void reach_session(exchange& ex, const std::string& sid, bool socket) {
  auto& mine = ex.with->home.engine();
  if (socket)
    return mine.ask(ex, sid, [sid](engine_session&, const ticket& from) {
      from.settle([sid](exchange& there) {
        there.upgrade_to(
            [sid](upgraded_socket&& s) { s.home.engine().hand_over(sid, std::move(s)); });
      });
    });
  if (ex.in.verb == method::get)
    return mine.ask(ex, sid, [](engine_session& s, const ticket& from) { s.poll(from); });
  mine.ask(ex, sid, [body = std::string{ex.in.body}](engine_session& s, const ticket& from) {
    s.post(body, from);
  });
}

} // namespace

response refusal_response(engine_refusal why) {
  static constexpr std::string_view messages[] = {
      "Transport unknown", "Session ID unknown", "Bad handshake method",
      "Bad request",       "Forbidden",          "Unsupported protocol version"};
  response r;
  r.status = why == engine_refusal::forbidden ? 403 : 400;
  r.body = "{";
  append_key(r.body, "code");
  append_integer(r.body, static_cast<int>(why));
  append_field(r.body, "message", messages[static_cast<std::size_t>(why)]);
  r.body += '}';
  return r;
}

void serve_engine(exchange& ex, engine_user_maker make) {
  const auto refuse = [&](engine_refusal why) { ex.answer(refusal_response(why)); };
  const auto& allowed = ex.with->home.options().cors_origins;
  if (!origin_may_call(ex.in.get("Origin"), ex.in.get("Host"), allowed))
    return refuse(engine_refusal::forbidden);
  const auto transport = ex.query.get("transport").value_or("");
  const bool socket = transport == "websocket";
  if (!socket && transport != "polling") return refuse(engine_refusal::unknown_transport);
  if (ex.query.get("EIO") != "4") return refuse(engine_refusal::unsupported_version);
  const bool get = ex.in.verb == method::get;
  if (socket && get && ex.in.get("Upgrade").empty()) return refuse(engine_refusal::bad_request);
  const auto sid = ex.query.get("sid");
  if (!get && (!sid || socket || ex.in.verb != method::post))
    return refuse(engine_refusal::bad_method);
  if (sid) return reach_session(ex, std::string{*sid}, socket);
  open_session(ex, make, socket);
}

std::string random_name() {
  unsigned char bytes[24];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error{"no random bytes"};
  std::string out;
  for (const auto b : bytes) out += name_letters[b & 63];
  return out;
}

void ticket::settle(std::function<void(exchange&)> with) const {
  if (&from->home() == at) return from->settle(id, with);
  asio::post(from->home().io(),
             [from = from, id = id, with = std::move(with)] { from->settle(id, with); });
}

void ticket::answer(response r) const {
  settle([r = std::move(r)](exchange& ex) { ex.answer(r); });
}

// The first letter names the thread.
std::shared_ptr<engine_session> sessions::open(handshake_facts facts) {
  auto sid = name_letters[home_.index() % name_letters.size()] + random_name();
  auto session = std::make_shared<engine_session>(home_, sid, std::move(facts));
  by_sid_.emplace(std::move(sid), session);
  return session;
}

std::shared_ptr<engine_session> sessions::find(const std::string& sid) const {
  const auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : found->second;
}

io_thread* sessions::thread_of(std::string_view sid) const {
  const auto index = sid.empty() ? name_letters.npos : name_letters.find(sid.front());
  const auto& threads = home_.parts().threads;
  return index < threads.size() ? threads[index] : nullptr;
}

void sessions::ask(exchange& ex, const std::string& sid, job what) {
  auto* there = thread_of(sid);
  if (!there) return ex.answer(refusal_response(engine_refusal::unknown_sid));
  const ticket from{this, there, ++last_ticket_};
  waiting_.emplace(from.id, ex.share());
  const auto run = [there, sid, from, what = std::move(what)] {
    if (const auto session = there->engine().find(sid)) return what(*session, from);
    from.answer(refusal_response(engine_refusal::unknown_sid));
  };
  there == &home_ ? run() : asio::post(there->io(), run);
}

void sessions::settle(std::uint64_t id, const std::function<void(exchange&)>& with) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const auto ex = std::move(found->second);
  waiting_.erase(found);
  with(*ex);
}

void sessions::hand_over(const std::string& sid, upgraded_socket&& s) {
  auto* there = thread_of(sid);
  if (there == &home_) {
    if (const auto session = find(sid)) session->offer(std::move(s));
    return;
  }
  boost::system::error_code failed;
  const auto protocol = s.socket.local_endpoint(failed).protocol();
  tcp::socket moved{there->io()};
  if (!failed) moved.assign(protocol, s.socket.release(failed), failed);
  if (!failed) moved.non_blocking(true, failed);
  if (failed) return;
  asio::post(
      there->io(),
      [there, sid, socket = std::move(moved), handshake = s.handshake,
       received = s.received]() mutable {
        if (const auto session = there->engine().find(sid))
          session->offer({*there, std::move(socket), std::move(handshake), std::move(received)});
      });
}

} // namespace troupe::socketio
