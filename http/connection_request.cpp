#include "http/address_limit.hpp"
#include "http/connection.hpp"
#include "http/user_keys.hpp"
#include "http/websocket.hpp"

#include <caf/send.hpp>

namespace troupe {

namespace {

std::int64_t elapsed_ns(tick_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(tick_clock::now() - since).count();
}

} // namespace

void connection::head_done() {
  enter(phase::body, home_.options().body_timeout);
  fill_request();
  // Who announced a body and waits for leave gets it; the size was judged with the head.
  if (!parser_->is_done() && same_name(in.get("Expect"), "100-continue"))
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void connection::fill_request() {
  const std::string_view text = parsed_.text;
  in.verb = parsed_.verb;
  set_target(in, text.substr(0, parsed_.target_size));
  in.headers.clear();
  for (auto& f : parsed_.fields)
    in.headers.push_back({text.substr(f.name, f.name_size), text.substr(f.value, f.value_size)});
  const auto wanted = in.get("X-Request-Id");
  if (sane_request_id(wanted))
    id_.assign(wanted);
  else
    with->ids.mint(id_);
  in.id = id_;
  identify_client(in, address_, local_, home_.options().trusted_proxies, address_seen_);
}

// The bytes are no request of ours: says so and ends, for what follows cannot be understood.
void connection::refuse(boost::system::error_code why) {
  if (!head_seen_) {
    with->ids.mint(id_);
    in = {};
    in.id = id_;
  }
  since = tick_clock::now();
  cors_origin_ = {};
  admitted_ = {};
  is_prediction_ = keep_alive_ = false;
  refused_ = true;
  phase_ = phase::handling;
  bump(home_.counts().requests);
  answer(unreadable_response(why, id_));
}

void connection::dispatch() {
  since = tick_clock::now();
  deadline_ = home_.now() + home_.options().handling_timeout;
  in.body = parsed_.body;
  params.clear();
  query = {};
  admitted_ = {};
  taken_.reset();
  is_prediction_ = false;
  bump(home_.counts().requests);
  cors_origin_ = allowed_origin(in.get("Origin"), home_.options().cors_origins);
  if (const auto bad = malformed_head(in, parsed_.version, parser_->chunked()); !bad.empty()) {
    keep_alive_ = false;
    refused_ = true;
    return fail(errc::validation_error, bad);
  }
  if (is_preflight(in)) return answer(preflight_response(!cors_origin_.empty()));
  auto match = home_.parts().routes.match(in.verb, in.path);
  if (!match.found) return answer(no_route_response(in, match));
  if (match.bad_path) return fail(errc::validation_error, "the path is badly encoded", "path");
  if (!in.query.empty() && !query.parse(in.query))
    return fail(errc::validation_error, "the query is badly encoded", "query");
  run_route(match);
}

void connection::run_route(const route_match& match) {
  route_ = match.found;
  admitted_ = admit(*route_, in, query, *home_.parts().guard, wall_ms());
  params = match.params;
  if (admitted_.counted) return count_address(&connection::on_admitted);
  if (!admitted_.asks_for_key) return on_admitted();
  admit_by_key(*this, *route_, *home_.parts().guard, [me = self()](admission decided) {
    me->admitted_ = std::move(decided);
    if (me->phase_ == phase::handling) me->on_admitted(); // else it is gone
  });
}

void connection::count_address(void (connection::*next)()) {
  count_together(*this, admitted_.left, [me = self(), next](allowance left) {
    if (me->phase_ != phase::handling) return; // gone meanwhile
    recount(me->admitted_, left);
    (*me.*next)();
  });
}

void connection::on_admitted() {
  if (!admitted_.granted) return turn_away();
  who = admitted_.who.value_or(identity{});
  const auto kind = kind_of(route_->limit);
  if (kind && admitted_.who) return ask_limiter(*kind);
  handle();
}

void connection::ask_limiter(limit_kind kind) {
  const take_allowance asked{who.user, who.plan, kind, wall_ms()};
  with->port.request<allowance_left>(
      with->gate.limiter, limiter_timeout, asked,
      [me = self(), asked](caf::expected<allowance_left> left) { me->on_allowance(asked, left); });
}

void connection::on_allowance(const take_allowance& asked, caf::expected<allowance_left> left) {
  const bool counted = left && left->limit != 0;
  if (counted && left->ok) taken_ = asked;
  if (phase_ != phase::handling) return give_back_taken(); // gone meanwhile
  // Nobody knows whether it was counted: passing it would break the promise, so that it is refused.
  if (!left) return fail(left.error());
  if (counted) {
    admitted_.counted = true;
    admitted_.left = allowance_of(asked.kind, *left, asked.at);
  }
  if (left->ok) return handle();
  admitted_.granted = false;
  admitted_.refusal = errc::rate_limited;
  turn_away();
}

// Who asked for nothing that there is, or got none, is not made to pay for it.
void connection::give_back_taken() {
  if (!taken_) return;
  caf::anon_send(with->gate.limiter, give_back{taken_->user, taken_->kind, taken_->at});
  taken_.reset();
  ++admitted_.left.remaining;
}

void connection::handle() {
  is_prediction_ = route_->verb == method::post && route_->pattern == "/predictions";
  try {
    route_->run(*this);
  } catch (const std::exception&) {
    // A handler that threw has not answered; the client learns no more than that.
    fail(errc::internal, "something went wrong inside");
  }
}

void connection::turn_away() {
  const bool limited = admitted_.refusal == errc::rate_limited;
  bump(limited ? home_.counts().rate_limited : home_.counts().unauthorized);
  answer(refused_response(admitted_, in.id, wall_ms()));
}

void connection::refuse_unsigned() {
  admitted_ = admit_unsigned(in, *home_.parts().guard, wall_ms());
  count_address(&connection::turn_away_unsigned);
}

void connection::turn_away_unsigned() {
  if (!admitted_.left.ok) keep_alive_ = false; // a flood pays for a new connection each time
  turn_away();
}

void connection::answer(response r) {
  until_answered.reset();
  if (phase_ != phase::handling) return; // timed out, or gone
  const auto spent = elapsed_ns(since);
  home_.counts().request_latency.record(spent);
  if (is_prediction_) home_.counts().prediction_latency.record(spent);
  bump(home_.counts().by_status_class[static_cast<std::size_t>(r.status / 100 - 1) % 5]);
  if (r.status >= 400) give_back_taken();
  taken_.reset(); // an answer that will stand, or given back: no later one of this connection's
  // Who is limited has been told with the refusal, perhaps of another limit.
  if (admitted_.counted && r.status != 429) add_limit_headers(r, admitted_.left);
  if (r.close || !keep_alive_ || home_.stopping()) close_after_ = true;
  answer_frame frame;
  frame.request_id = id_;
  frame.cors_origin = cors_origin_;
  frame.keep_alive = !close_after_;
  frame.http10 = parsed_.version == 10;
  frame.head_only = in.verb == method::head;
  append_answer(out_, r, frame);
  parser_.reset();
  enter(phase::writing, home_.options().write_timeout);
  go_on();
}

void connection::upgrade_to(upgraded next) {
  const auto accept = upgrade_accept(in, parsed_.version);
  if (accept.empty()) {
    response r = error_response(426, "VALIDATION_ERROR", "this path is a WebSocket", id_);
    r.headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    return answer(std::move(r));
  }
  bump(home_.counts().by_status_class[0]);
  upgraded_ = true;
  phase_ = phase::gone;
  next({home_, std::move(socket_), std::move(out_) + upgrade_answer(accept, id_),
        buffer_.substr(begin_, end_ - begin_)});
  home_.leave(std::static_pointer_cast<peer>(self()));
}

} // namespace troupe
