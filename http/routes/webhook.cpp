#include "http/routes/webhook.hpp"

#include "http/codec_event.hpp"
#include "http/json_text.hpp"
#include "http/money_request.hpp"

#include <type_traits>

namespace troupe {

namespace {

using outcome_handler = std::function<void(exchange&, const event_outcome&)>;

const shared_text& received_text() {
  static const auto text = std::make_shared<const std::string>(R"({"received":true})");
  return text;
}

void answer_received(exchange& ex) {
  response r;
  r.shared = received_text();
  ex.answer(std::move(r));
}

void log_unknown(exchange& ex, const std::string& event_type) {
  bump(ex.with->gate.counts->webhooks_unknown);
  std::string quoted;
  append_string(quoted, event_type);
  if (auto& log = ex.with->gate.log) log(log_level::warn, "webhook: unknown event type " + quoted);
}

event_outcome outcome_of(const caf::error& why) {
  event_outcome out;
  const auto code = money_errc(why);
  if (may_pass(code)) {
    out.error = why;
    return out;
  }
  out.what = event_outcome::kind::refused;
  out.reason.append(code_of(code)).append(": ").append(text_of(why));
  return out;
}

template<class Command>
void say(exchange& ex, Command command, outcome_handler done) {
  const auto whom = ex.with->gate.money.of(command.account);
  ex.with->port.request<receipt>(
      whom, money_time_left(ex), std::move(command),
      [held = ex.share(), done = std::move(done)](caf::expected<receipt> r) {
        if (!r) return done(*held, outcome_of(r.error()));
        event_outcome good;
        good.what = event_outcome::kind::applied;
        done(*held, good);
      });
}

// Kept before it is answered: the sender will not say it again.
void keep_letter(exchange& ex, std::string reason) {
  dead_letter letter;
  letter.source = engine_letters;
  letter.reason = cut_text(std::move(reason), max_reason_bytes);
  letter.body = ex.in.body;
  letter.at = now_ms(ex);
  ask_money<std::uint64_t>(ex, ex.with->gate.journal, put_dead_letter{std::move(letter)},
                           [](exchange& held, std::uint64_t id) {
                             bump(held.with->gate.counts->dead_letters);
                             std::string body = R"({"received":true,"dead_letter":)";
                             append_integer(body, static_cast<std::int64_t>(id));
                             held.answer_json(body += '}', 202);
                           });
}

void answer_outcome(exchange& ex, const event_outcome& outcome) {
  switch (outcome.what) {
  case event_outcome::kind::applied:
  case event_outcome::kind::unknown: return answer_received(ex);
  case event_outcome::kind::malformed: return fail_body(ex, *outcome.bad);
  case event_outcome::kind::refused: return keep_letter(ex, outcome.reason);
  case event_outcome::kind::failed: return fail_money(ex, outcome.error);
  }
}

} // namespace

void apply_event(exchange& ex, std::string_view body, outcome_handler done) {
  event_report report;
  event_outcome out;
  if (auto bad = read_event(body, now_ms(ex), report)) {
    bad->code = errc::validation_error;
    out.what = event_outcome::kind::malformed;
    out.bad = std::move(bad);
    return done(ex, out);
  }
  std::visit(
      [&](auto& command) {
        if constexpr (std::is_same_v<std::decay_t<decltype(command)>, std::monostate>) {
          log_unknown(ex, report.event_type);
          out.what = event_outcome::kind::unknown;
          done(ex, out);
        } else if (command.account.compare(0, wallet_prefix.size(), wallet_prefix) == 0) {
          out.what = event_outcome::kind::refused;
          out.reason = "NOT_FOUND: no such account";
          done(ex, out);
        } else {
          say(ex, std::move(command), std::move(done));
        }
      },
      report.what);
}

void post_engine_event(exchange& ex) {
  // What could not be kept as a letter is not taken in, and bounds what a flood costs.
  if (ex.in.body.size() > max_letter_bytes)
    return ex.fail(errc::payload_too_large, "the event is larger than 65536 bytes", "body");
  if (!ex.with->webhook_signature.valid(ex.in.body, ex.in.get("X-ML-Signature")))
    return ex.refuse_unsigned();
  bump(ex.with->gate.counts->webhooks);
  apply_event(ex, ex.in.body, answer_outcome);
}

} // namespace troupe
