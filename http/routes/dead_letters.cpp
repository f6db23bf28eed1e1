// Dead letters: what was reported and could not be applied, listed and tried again.
#include "http/codec_request.hpp"
#include "http/json_text.hpp"
#include "http/routes/admin.hpp"
#include "http/routes/webhook.hpp"
#include "http/user_request.hpp"

namespace troupe {

namespace {

constexpr std::size_t max_list_bytes = 1 << 20; // of one answer; the next begins after it

void answer_letters(exchange& ex, const std::vector<dead_letter>& letters, std::size_t limit) {
  std::string body = R"({"dead_letters":[)";
  std::uint64_t last = 0;
  std::size_t shown = 0;
  for (const auto& letter : letters) {
    if (shown++ > 0) body += ',';
    append_dead_letter(body, letter);
    last = letter.id;
    if (body.size() >= max_list_bytes) break;
  }
  body += ']';
  append_key(body, "next_after");
  if (shown == letters.size() && letters.size() < limit)
    body += "null"; // there are no more
  else
    append_integer(body, static_cast<std::int64_t>(last));
  ex.answer_json(body += '}');
}

void answer_replay(exchange& ex, std::uint64_t id, std::string_view outcome,
                   std::string_view reason, bool replayed) {
  std::string body = "{";
  append_key(body, "id");
  append_integer(body, static_cast<std::int64_t>(id));
  append_field(body, "outcome", outcome);
  append_key(body, "replayed");
  body += replayed ? "true" : "false";
  append_key(body, "reason");
  if (reason.empty())
    body += "null";
  else
    append_string(body, reason);
  ex.answer_json(body += '}');
}

// Marked only once it took effect; marking it twice is harmless.
void mark(exchange& ex, const dead_letter& letter) {
  ask_money<bool>(ex, ex.with->gate.journal, mark_replayed{letter.id},
                  [id = letter.id](exchange& held, bool first) {
                    answer_replay(held, id, first ? "applied" : "repeated", {}, true);
                  });
}

void replay(exchange& ex, const dead_letter& letter) {
  apply_event(ex, letter.body, [letter](exchange& held, const event_outcome& outcome) {
    switch (outcome.what) {
    case event_outcome::kind::applied: return mark(held, letter);
    case event_outcome::kind::unknown:
      return answer_replay(held, letter.id, "unknown", "unknown event type", letter.replayed);
    case event_outcome::kind::malformed:
      return answer_replay(held, letter.id, "malformed", outcome.bad->message, letter.replayed);
    case event_outcome::kind::refused:
      return answer_replay(held, letter.id, "refused", outcome.reason, letter.replayed);
    case event_outcome::kind::failed: return fail_money(held, outcome.error);
    }
  });
}

} // namespace

void get_dead_letter_list(exchange& ex) {
  constexpr std::int64_t most = std::int64_t{1} << 53;
  std::int64_t after = 0, limit = 100;
  auto bad = read_number(ex.query, "after", 0, most, after);
  if (!bad) bad = read_number(ex.query, "limit", 1, 1000, limit);
  if (bad) return ex.fail(*bad);
  get_dead_letters want{static_cast<std::uint64_t>(after), static_cast<std::uint32_t>(limit)};
  ask_money<std::vector<dead_letter>>(
      ex, ex.with->gate.journal, want,
      [limit](exchange& held, const std::vector<dead_letter>& letters) {
        answer_letters(held, letters, static_cast<std::size_t>(limit));
      });
}

void post_letter_replay(exchange& ex) {
  const auto id = parse_whole(ex.param("id"));
  if (!id || *id == 0) return ex.fail(errc::not_found, "no such dead letter");
  ask_money<std::vector<dead_letter>>(
      ex, ex.with->gate.journal, get_dead_letters{*id - 1, 1},
      [id = *id](exchange& held, const std::vector<dead_letter>& letters) {
        if (letters.empty() || letters.front().id != id)
          return held.fail(errc::not_found, "no such dead letter");
        if (letters.front().source != engine_letters)
          return answer_replay(held, id, "not_ours",
                               "this was to leave for " + letters.front().source
                                   + ": say it there; only events that came in are applied here",
                               letters.front().replayed);
        record_act(held, "replay_dead_letter", letters.front().source, std::to_string(id),
                   [letter = letters.front()](exchange& last) { replay(last, letter); });
      });
}

} // namespace troupe
