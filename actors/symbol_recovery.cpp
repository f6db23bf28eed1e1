#include "actors/symbol_recovery.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr auto answer_timeout = std::chrono::seconds(30);
constexpr auto retry_delay = std::chrono::seconds(1);
constexpr std::size_t piece_candles = 5000; // handed to the store at once
// How far back what is open is looked for: a time-out of 288 candles, and the longest closure.
constexpr utc_ms open_span = 8 * day_ms;
constexpr utc_ms for_ever = std::numeric_limits<utc_ms>::max();
// What the note of a symbol's history says.
constexpr auto history_begun = "begun", history_whole = "whole";

// The newest candle that something is stored of; 0: none. What is said of a candle has no outcome
// while that is the newest.
utc_ms newest_said(const open_rows& rows) {
  utc_ms out = 0;
  for (auto& p : rows.predictions) out = std::max(out, p.candle_time);
  return out;
}

} // namespace

symbol_recovery::symbol_recovery(symbol_actor::pointer self, const symbol_options& options,
                                 const symbol_peers& peers, expect_rows expect, take_candle take,
                                 take_candle say_of, std::function<void()> done, say_line say)
    : self_(self), options_(options), peers_(peers), expect_(std::move(expect)),
      take_(std::move(take)), say_of_(std::move(say_of)), done_(std::move(done)),
      say_(std::move(say)) {}

void symbol_recovery::start(const model_set_ptr& models) {
  again_ = nullptr;
  if (!peers_.store) return done_();
  get_candles question{options_.symbol, 0, for_ever, stream_ring_candles};
  if (models) {
    // A warm-up, and what followed the training, so that the bands go on from where the models' own
    // errors end. Twice the span, since markets close.
    question.from = models->train_to - 2 * feature_warmup * base_interval_ms;
    question.limit = feature_warmup + 30 * 288;
  }
  look_for_history(question);
}

void symbol_recovery::ask_store(const get_candles& question) {
  self_->request(peers_.store, answer_timeout, question)
      .then(
          [this, question](std::vector<candle>& stored) {
            // Models that learned from a later time than the store has: its newest will do.
            if (stored.size() < stream_ring_candles && question.from > 0)
              return ask_store({options_.symbol, 0, for_ever, stream_ring_candles});
            ask_open(std::make_shared<std::vector<candle>>(std::move(stored)));
          },
          [this, question](const caf::error& e) {
            later([this, question] { ask_store(question); },
                  "cannot recover from the store: " + self_->system().render(e));
          });
}

void symbol_recovery::ask_open(const candles& stored) {
  if (stored->empty()) return take_stored(*stored, 0);
  self_
      ->request(peers_.store, answer_timeout,
                get_open_rows{options_.symbol, stored->back().open_time - open_span})
      .then(
          [this, stored](open_rows& rows) {
            const auto said = newest_said(rows);
            expect_(std::move(rows));
            take_stored(*stored, said);
          },
          [this, stored](const caf::error& e) {
            later([this, stored] { ask_open(stored); },
                  "cannot recover what is open: " + self_->system().render(e));
          });
}

void symbol_recovery::take_stored(const std::vector<candle>& stored, utc_ms said) {
  const auto history = stored.size() - std::min<std::size_t>(stored.size(), options_.late_candles);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const bool unsaid = said > 0 && i >= history && stored[i].open_time > said;
    (unsaid ? say_of_ : take_)(stored[i]);
  }
  if (!stored.empty() || options_.backfill_candles == 0 || !peers_.feed) return done_();
  begin_history();
}

// History is many pieces. Whoever finds it begun and not whole keeps it once more: what is missing
// would else be taken for candles of now.
void symbol_recovery::begin_history() {
  self_->request(peers_.store, answer_timeout, put_note{note_name(), history_begun})
      .then([this](const put_receipt&) { ask_feed(); },
            [this](const caf::error& e) {
              later([this] { begin_history(); },
                    "cannot note that history begins: " + self_->system().render(e));
            });
}

void symbol_recovery::end_history() {
  self_->request(peers_.store, answer_timeout, put_note{note_name(), history_whole})
      .then([this](const put_receipt&) { done_(); },
            [this](const caf::error& e) {
              later([this] { end_history(); },
                    "cannot note that history is whole: " + self_->system().render(e));
            });
}

void symbol_recovery::look_for_history(const get_candles& question) {
  if (options_.backfill_candles == 0 || !peers_.feed) return ask_store(question);
  self_->request(peers_.store, answer_timeout, get_note{note_name()})
      .then(
          [this, question](const std::string& noted) {
            noted == history_begun ? ask_feed() : ask_store(question);
          },
          [this, question](const caf::error& e) {
            later([this, question] { look_for_history(question); },
                  "cannot recover from the store: " + self_->system().render(e));
          });
}

void symbol_recovery::ask_feed() {
  say_(log_level::info, "asks the feed for history");
  get_candles all{options_.symbol, 0, options_.backfill_to, options_.backfill_candles};
  self_->request(peers_.feed, options_.backfill_timeout, all)
      .then(
          [this](std::vector<candle>& history) {
            keep(std::make_shared<std::vector<candle>>(std::move(history)), 0);
          },
          [this](const caf::error& e) {
            if (options_.backfill_again)
              return later([this] { ask_feed(); },
                           "no history from the feed yet: " + self_->system().render(e));
            say_(log_level::warn, "the feed has no history: " + self_->system().render(e));
            done_();
          });
}

// Hands the history to the store piece by piece, then folds its end.
void symbol_recovery::keep(const candles& history, std::size_t from) {
  if (from >= history->size()) {
    const auto tail = std::min<std::size_t>(history->size(), stream_ring_candles);
    for (std::size_t i = history->size() - tail; i < history->size(); ++i) take_((*history)[i]);
    return end_history();
  }
  const auto to = std::min(from + piece_candles, history->size());
  put_candles piece{options_.symbol, options_.source, {}};
  piece.candles.assign(history->begin() + static_cast<std::ptrdiff_t>(from),
                       history->begin() + static_cast<std::ptrdiff_t>(to));
  self_->request(peers_.store, answer_timeout, std::move(piece))
      .then([this, history, to](const put_receipt&) { keep(history, to); },
            [this, history, from](const caf::error& e) {
              later([this, history, from] { keep(history, from); },
                    "cannot keep history yet: " + self_->system().render(e));
            });
}

// Said once a minute, tried each second: with many symbols at a first start the store's queue is
// full for a while.
void symbol_recovery::later(std::function<void()> what, const std::string& why) {
  if (failures_++ % 60 == 0) say_(log_level::warn, why + "; tries again");
  again_ = std::move(what);
  caf::delayed_anon_send(self_, retry_delay, caf::flush_atom_v);
}

void symbol_recovery::retry() {
  if (auto what = std::exchange(again_, nullptr)) what();
}

} // namespace troupe
