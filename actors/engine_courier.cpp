#include "actors/engine_courier.hpp"

#include "actors/engine_outbox.hpp"
#include "actors/engine_rows.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using std::chrono::milliseconds;
using position = engine_rows::position;

constexpr std::uint64_t history_rows = 1000; // read at once
constexpr std::size_t shown_answer_bytes = 300;
// A try that failed while nobody got through counts so much less: all may be failing.
constexpr std::uint32_t tries_weight = 10;

std::int64_t in_ms(caf::timespan time) {
  return std::chrono::duration_cast<milliseconds>(time).count();
}

// What an admin needs to say it again, without the key.
std::string letter_body(const engine_notice& notice, const outbound_request& request) {
  return request.method + ' ' + request.path + "\nIdempotency-Key: " + notice.event_id + "\n\n"
      + request.body;
}

// The service's own failures concern one row; the others everybody.
engine_answer meaning_of(outbound_errc why) {
  switch (why) {
  case outbound_errc::malformed_request: return engine_answer::refused;
  case outbound_errc::timed_out:
  case outbound_errc::broken_off:
  case outbound_errc::malformed_answer:
  case outbound_errc::too_large: return engine_answer::later;
  default: return engine_answer::away;
  }
}

class courier_state {
public:
  static inline const char* name = "engine_courier";

  explicit courier_state(engine_courier_actor::pointer self) : self_(self) {}

  void start(engine_courier_options options) {
    options_ = std::move(options);
    if (!options_.figures) options_.figures = std::make_shared<courier_figures>();
    rows_.emplace(options_.max_known);
    outbox_.emplace(
        self_, options_, *rows_, [this] { pump(); }, [this] { active_ = 0; });
    tick();
  }

  // The one heart-beat: all waiting has its grain.
  void tick() {
    rows_->rested(now());
    pump();
    outbox_->keep_cursor();
    outbox_->look();
    self_->delayed_send(self_, outbox_->delay(), caf::tick_atom::value);
  }

private:
  std::int64_t now() const { return in_ms(self_->clock().now().time_since_epoch()); }

  void log(log_level level, const std::string& text) const {
    if (options_.log) options_.log(level, "ml-engine outbox: " + text);
  }

  void pump() {
    if (std::exchange(pumping_, true)) return;
    while (active_ < allowed() && rows_->somebody_ready()) {
      ++active_;
      decide(rows_->take());
    }
    pumping_ = false;
  }

  // While the engine is away one row at a time finds out whether it is back.
  std::size_t allowed() const {
    if (away_ms_ == 0) return options_.max_active;
    return now() >= away_until_ms_ ? 1 : 0;
  }

  void decide(position p) {
    const auto& r = rows_->at(p);
    if (r.row.version == 1) {
      const auto facts = facts_of_opening(r.row);
      if (!facts) return refuse(p, "the account's opening cannot be read", "");
      rows_->learn(r.account, *facts);
    }
    const auto* known = rows_->facts(r.account);
    if (!known) return find_opening(p);
    if (lacks_history(r.row.kind, *known)) return find_history(p, 2, {true, false, false});
    tell(p, *known);
  }

  void find_opening(position p) {
    outbox_->ask<std::vector<journal_row>>(
        get_journal{rows_->at(p).account, 1, 1},
        [this, p](const std::vector<journal_row>& rows) {
          auto facts = rows.empty() ? std::nullopt : facts_of_opening(rows.front());
          if (!facts) return refuse(p, "the account's opening cannot be read", "");
          facts->paused_by_hand = facts->breaker_open = std::nullopt;
          rows_->learn(rows_->at(p).account, *facts);
          decide(p);
        },
        [this, p](const caf::error& e) { rest(p, self_->system().render(e)); });
  }

  // Follows the account's rows from `from` to before this one.
  void find_history(position p, std::uint64_t from, engine_facts facts) {
    const auto& r = rows_->at(p);
    if (from >= r.row.version) return tell(p, rows_->learn(r.account, facts));
    const auto limit = std::min(history_rows, r.row.version - from);
    outbox_->ask<std::vector<journal_row>>(
        get_journal{r.account, from, static_cast<std::uint32_t>(limit)},
        [this, p, from, limit, facts](const std::vector<journal_row>& rows) {
          if (rows.size() != limit) return rest(p, "the journal lacks rows");
          auto after = facts;
          for (const auto& row : rows) after.take(row.kind);
          find_history(p, from + limit, after);
        },
        [this, p](const caf::error& e) { rest(p, self_->system().render(e)); });
  }

  void tell(position p, const engine_facts& before) {
    const auto& r = rows_->at(p);
    auto notice = notice_of(r.account, r.row, before);
    if (!notice) return settle(p);
    auto request = options_.words.say(*notice);
    if (!request) return refuse(p, self_->system().render(request.error()), notice->event_id);
    auto body = letter_body(*notice, *request);
    self_->request(options_.engine, caf::infinite, std::move(*request))
        .then(
            [this, p, g = outbox_->generation(), notice = *notice,
             body](const outbound_response& answer) {
              if (g != outbox_->generation()) return;
              const auto why = "status " + std::to_string(answer.status) + ": "
                  + answer.body.substr(0, shown_answer_bytes);
              heard(p, options_.words.judge(notice, answer), why, body);
            },
            [this, p, g = outbox_->generation(), body](const caf::error& e) {
              if (g != outbox_->generation()) return;
              const auto code = outbound_errc_of(e);
              heard(p, meaning_of(code), std::string{to_string(code)}, body);
            });
  }

  void heard(position p, engine_answer answer, const std::string& why, const std::string& body) {
    if (answer == engine_answer::away) return away(p, why);
    if (std::exchange(away_ms_, 0) > 0) log(log_level::info, "the engine is back");
    if (answer == engine_answer::later) return later(p, why, body);
    ++got_through_;
    if (answer == engine_answer::refused) return refuse(p, why, body);
    ++options_.figures->told;
    settle(p);
  }

  void settle(position p) {
    const auto& r = rows_->at(p);
    if (auto* facts = rows_->facts(r.account)) facts->take(r.row.kind);
    rows_->settle(p);
    --active_;
    outbox_->settled();
    pump();
  }

  void refuse(position p, const std::string& why, const std::string& body) {
    const auto& r = rows_->at(p);
    dead_letter letter;
    letter.source = engine_letter_source;
    letter.reason = why.substr(0, max_reason_bytes);
    letter.body = (body.empty() ? event_id_of(r.account, r.row.version) : body);
    letter.body.resize(std::min(letter.body.size(), max_letter_bytes));
    letter.at = options_.now();
    log(log_level::warn, event_id_of(r.account, r.row.version) + " is refused: " + why);
    outbox_->ask<std::uint64_t>(
        put_dead_letter{std::move(letter)},
        [this, p](std::uint64_t) {
          ++options_.figures->refused;
          settle(p);
        },
        [this, p](const caf::error& e) {
          rest(p, "no dead letter can be kept: " + self_->system().render(e));
        });
  }

  void later(position p, const std::string& why, const std::string& body) {
    auto& r = rows_->at(p);
    const bool others_go = std::exchange(r.others_told, got_through_) != got_through_;
    const bool holds_up = rows_->size() >= options_.max_waiting_rows && p == rows_->oldest();
    r.tries += others_go ? tries_weight : holds_up ? 1 : 0;
    if (r.tries >= options_.tries * tries_weight)
      return refuse(p, "given up, others get through or wait for it: " + why, body);
    rest(p, why);
  }

  void rest(position p, const std::string& why) {
    const auto ms =
        rows_->next_rest_ms(p, in_ms(options_.first_retry), in_ms(options_.longest_retry));
    log(log_level::debug, rows_->at(p).account + " waits " + std::to_string(ms) + " ms: " + why);
    rows_->rest(p, now() + ms);
    --active_;
    ++options_.figures->repeated;
    pump();
  }

  void away(position p, const std::string& why) {
    rows_->put_back(p);
    --active_;
    ++options_.figures->repeated;
    if (away_ms_ > 0 && now() < away_until_ms_) return; // others of the same moment
    if (away_ms_ == 0) log(log_level::warn, "the engine is away, all waits: " + why);
    const auto first = in_ms(options_.first_retry), longest = in_ms(options_.longest_retry);
    away_ms_ = std::min(away_ms_ == 0 ? first : 2 * away_ms_, longest);
    away_until_ms_ = now() + away_ms_;
  }

  engine_courier_actor::pointer self_;
  engine_courier_options options_;
  std::optional<engine_rows> rows_;
  std::optional<engine_outbox> outbox_;
  bool pumping_ = false;
  std::size_t active_ = 0;
  std::uint64_t got_through_ = 0; // rows the engine decided
  std::int64_t away_ms_ = 0, away_until_ms_ = 0;
};

engine_courier_actor::behavior_type
courier_behavior(engine_courier_actor::stateful_pointer<courier_state> self,
                 engine_courier_options options) {
  auto& s = self->state;
  s.start(std::move(options));
  return {[&s](caf::tick_atom) { s.tick(); }};
}

} // namespace

engine_courier_actor spawn_engine_courier(caf::actor_system& system,
                                          engine_courier_options options) {
  if (!options.journal || !options.engine || !options.words.say || !options.words.judge
      || !options.now)
    throw std::invalid_argument{"an engine courier needs journal, engine, words and clock"};
  if (options.page_rows == 0 || options.max_waiting_rows == 0 || options.max_active == 0
      || options.max_known == 0)
    throw std::invalid_argument{"an engine courier needs bounds above 0"};
  return system.spawn(courier_behavior, std::move(options));
}

} // namespace troupe
