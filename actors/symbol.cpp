#include "actors/symbol.hpp"

#include "actors/symbol_log.hpp"
#include "actors/symbol_recovery.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

namespace troupe {

namespace {

using namespace std::chrono_literals;

constexpr auto store_timeout = 30s;
constexpr auto feed_timeout = 5s;
constexpr std::uint32_t max_gap_candles = 10000; // asked of the feed at once

class symbol_state {
public:
  static inline const char* name = "symbol";

  explicit symbol_state(symbol_actor::pointer self) : self_(self) {}

  void start(symbol_options options, symbol_peers peers) {
    options_ = std::move(options);
    peers_ = std::move(peers);
    models_ = options_.models;
    challenger_ = options_.challenger;
    log_.emplace(
        self_, peers_.store, options_.symbol, options_.source, [this] { written(); },
        [this](log_level l, const std::string& text) { say(l, text); });
    recovery_.emplace(
        self_, options_, peers_, [this](open_rows rows) { stream_->expect(std::move(rows)); },
        [this](const candle& c) { stream_->take(c); }, [this](const candle& c) { take_unsaid(c); },
        [this] { go_live(); }, [this](log_level l, const std::string& text) { say(l, text); });
    counts_ = peers_.count ? peers_.count->row_of(options_.symbol) : nullptr;
    reset();
    recovery_->start(models_);
  }

  caf::result<batch_applied> take(candle_batch& batch) {
    if (!started_) return caf::make_error(errc::busy, "the symbol is still starting");
    auto promise = self_->make_response_promise<batch_applied>();
    queue_.push_back({std::move(batch), promise, 0, {}});
    pump();
    return promise;
  }

  void use(const model_published& published) {
    const bool first = !stream_->models();
    end_trial();
    models_ = published.models;
    stream_->use(models_);
    say(log_level::info, "speaks with models " + models_->version);
    if (first && started_ && stream_->last_time() > 0) announce(0);
  }

  void challenge(const challenger_published& published) {
    end_trial();
    challenger_ = published.models;
    stream_->challenge(challenger_);
    if (challenger_) say(log_level::info, "tries models " + challenger_->version);
  }

  symbol_scores answer(const get_live_scores&) const {
    symbol_scores out{options_.symbol, stream_->scores(), {}};
    if (auto evidence = stream_->evidence()) out.trials.push_back(std::move(*evidence));
    return out;
  }

  caf::result<prediction> answer(const get_prediction& question) {
    auto index = horizon_index(question.horizon);
    if (index < 0) return wrong_horizon();
    if (auto missing = cannot_predict()) return *missing;
    return stream_->predict(static_cast<std::size_t>(index));
  }

  caf::result<std::vector<prediction>> answer(const get_predictions&) {
    if (auto missing = cannot_predict()) return *missing;
    return stream_->say_predictions();
  }

  caf::result<signal> answer(const get_signal& question) {
    auto index = horizon_index(question.horizon);
    if (index < 0) return wrong_horizon();
    if (auto missing = cannot_predict()) return *missing;
    auto made = stream_->make_signal(static_cast<std::size_t>(index));
    auto& logged = logged_on_request_[static_cast<std::size_t>(index)];
    if (std::exchange(logged, made.id) != made.id) {
      stream_->follow(made);
      log_->add(made);
      log_->write();
    }
    return made;
  }

  caf::result<indicator_report> answer(const get_indicators&) {
    if (auto report = stream_->indicators()) return *report;
    return not_ready();
  }

  caf::result<std::vector<candle>> answer(const get_history& question) {
    if (question.limit == 0 || question.limit > max_history_candles)
      return caf::make_error(errc::validation_error, "limit");
    auto held = stream_->history(question.interval, question.limit);
    if (held.size() == question.limit || !peers_.store) return held;
    return longer_history(question);
  }

  symbol_status status() const {
    symbol_status s;
    s.symbol = options_.symbol;
    s.ready = started_ && stream_->can_predict();
    s.warmup_left = stream_->warmup_left();
    if (auto& models = stream_->models()) {
      s.has_model = true;
      s.model_version = models->version;
      s.model_source = models->source;
    }
    s.last_candle = stream_->last_time();
    const auto& c = stream_->counts();
    s.candles = c.applied;
    s.duplicates = c.duplicates;
    s.late = c.late;
    s.invalid = c.invalid;
    s.gaps = c.gaps;
    s.filled = c.filled;
    s.resets = c.restarts;
    s.unstored_rows = log_->unstored_rows();
    s.dropped_rows = log_->dropped_rows();
    return s;
  }

  /// Answered once nothing waits any more. Also how a refused write or recovery is tried again.
  caf::result<std::uint64_t> flush() {
    if (!started_) {
      recovery_->retry();
      return std::uint64_t{0};
    }
    log_->retry();
    // A timer waits for no answer.
    if (log_->unstored_rows() == 0 || !self_->current_sender()) return std::uint64_t{0};
    flushing_.push_back(self_->make_response_promise<std::uint64_t>());
    return flushing_.back();
  }

private:
  // A batch on its way through the stream. What the feed gives to close a gap is inserted at `at`.
  struct pending_batch {
    candle_batch batch;
    caf::typed_response_promise<batch_applied> promise;
    std::size_t at;
    batch_applied result;
    utc_ms gap_asked = 0; // open time of the candle whose gap was asked for already
  };

  void say(log_level level, const std::string& text) const {
    if (peers_.log) peers_.log(level, options_.symbol + ": " + text);
  }

  void reset() {
    stream_.emplace(options_.symbol, options_.stream);
    if (models_) stream_->use(models_);
    if (challenger_) stream_->challenge(challenger_);
    started_ = false;
  }

  void go_live() {
    started_ = true;
    auto me = caf::actor_cast<caf::strong_actor_ptr>(self_);
    if (peers_.trainer)
      self_->send(peers_.trainer, symbol_started{options_.symbol, models_ != nullptr, me});
    if (peers_.feed) self_->send(peers_.feed, watch{options_.symbol, stream_->last_time(), me});
    if (stream_->can_predict() && stream_->last_time() > said_) announce(0);
    log_->add(stream_->take_settled());
    log_->write();
  }

  // A stored candle of which nothing is stored: whoever took it did not come to that.
  void take_unsaid(const candle& c) {
    if (stream_->take(c) > 0 && stream_->can_predict() && c.open_time > said_) announce(0);
  }

  // Takes candles until the queue is empty or a gap must be asked for.
  void pump() {
    try {
      while (!queue_.empty() && !waiting_for_gap_) {
        auto& front = queue_.front();
        if (front.at == front.batch.candles.size())
          finish(front);
        else
          step(front);
      }
    } catch (const std::exception& e) {
      fail(e.what());
    }
  }

  void step(pending_batch& p) {
    const auto& next = p.batch.candles[p.at];
    const auto verdict = stream_->judge(next);
    if (verdict.what == admission::gap && peers_.feed && p.gap_asked != next.open_time)
      return ask_for_gap(p, next, verdict);
    ++p.at;
    if (stream_->take(next) > 0) {
      ++p.result.applied;
      log_->add(next);
      log_->add(stream_->take_settled());
      announce(p.batch.received_ns);
      judge_trial();
    } else if (verdict.what == admission::invalid || verdict.what == admission::late) {
      if (p.result.rejected++ == 0) // one line a batch, however bad
        say(log_level::warn,
            (verdict.what == admission::late
                 ? "a candle older than the newest was left out: "
                 : "an invalid candle was left out: " + std::string{verdict.reason} + ": ")
                + to_iso8601(next.open_time));
    } else {
      ++p.result.duplicates;
    }
  }

  void ask_for_gap(pending_batch& p, const candle& next, const gate_verdict& gap) {
    p.gap_asked = next.open_time;
    waiting_for_gap_ = true;
    say(log_level::warn,
        std::to_string(gap.missing) + " candles are missing before " + to_iso8601(next.open_time));
    get_candles missing{options_.symbol, gap.missing_from, gap.missing_to, max_gap_candles};
    self_->request(peers_.feed, feed_timeout, std::move(missing))
        .then([this](std::vector<candle>& found) { gap_answered(std::move(found)); },
              [this](const caf::error&) { gap_answered({}); });
  }

  void gap_answered(std::vector<candle> found) {
    waiting_for_gap_ = false;
    if (queue_.empty()) return; // the symbol was rebuilt meanwhile
    auto& p = queue_.front();
    p.batch.candles.insert(p.batch.candles.begin() + static_cast<std::ptrdiff_t>(p.at),
                           found.begin(), found.end());
    pump();
  }

  void finish(pending_batch& p) {
    p.result.symbol = options_.symbol;
    p.result.last_time = stream_->last_time();
    if (log_->unstored_rows() < held_credit_rows)
      p.promise.deliver(std::move(p.result));
    else
      held_.emplace_back(p.promise, std::move(p.result));
    queue_.pop_front();
    log_->write();
  }

  // The store has confirmed a write: credit is given again, and who waits for the end hears of it.
  void written() {
    while (!held_.empty() && log_->unstored_rows() < held_credit_rows) {
      held_.front().first.deliver(std::move(held_.front().second));
      held_.pop_front();
    }
    if (log_->unstored_rows() > 0) return;
    for (auto& promise : flushing_) promise.deliver(std::uint64_t{0});
    flushing_.clear();
  }

  // By a version that takes its place, or that of the champion: the evidence is kept all the same.
  void end_trial() {
    challenger_ = nullptr;
    auto report = stream_->evidence();
    if (!report) return;
    report->state = trial_state::superseded;
    tell(*report);
  }

  void judge_trial() {
    const auto report = stream_->verdict();
    if (!report) return;
    challenger_ = nullptr;
    models_ = stream_->models();
    tell(*report);
  }

  void tell(const trial_report& report) const {
    say(log_level::info,
        "the trial of models " + report.challenger
            + " ends: " + std::string{to_string(report.state)} + " after "
            + std::to_string(report.candles) + " candles");
    if (peers_.trainer) self_->send(peers_.trainer, trial_ended{report});
  }

  // Everything that is said at this close.
  void announce(std::int64_t received_ns) {
    auto said = std::make_shared<bulletin>(stream_->say());
    said->received_ns = received_ns;
    said_ = said->last.open_time;
    if (counts_)
      for (std::size_t i = 0; i < said->predictions.size(); ++i) bump(counts_->by_horizon[i]);
    stream_->follow(*said);
    log_->add(*said);
    if (peers_.publisher) self_->send(peers_.publisher, bulletin_ptr{std::move(said)});
  }

  // The state can no longer be trusted: it is built again from the store.
  void fail(const std::string& why) {
    say(log_level::error, "is rebuilt from the store: " + why);
    for (auto& p : queue_) p.promise.deliver(caf::make_error(errc::internal, why));
    queue_.clear();
    waiting_for_gap_ = false;
    reset();
    recovery_->start(models_);
  }

  static caf::error wrong_horizon() { return caf::make_error(errc::validation_error, "horizon"); }

  caf::error not_ready() const {
    if (!started_) return caf::make_error(errc::feature_error, "the symbol is starting");
    return caf::make_error(errc::feature_error,
                           "warming up, candles to go: " + std::to_string(stream_->warmup_left()));
  }

  std::optional<caf::error> cannot_predict() const {
    if (started_ && stream_->can_predict()) return std::nullopt;
    if (started_ && stream_->ready() && stream_->models())
      return caf::make_error(errc::prediction_error, "the models give no finite forecast");
    if (started_ && stream_->ready())
      return caf::make_error(errc::model_not_found, "no model yet for " + options_.symbol);
    return not_ready();
  }

  caf::result<std::vector<candle>> longer_history(const get_history& question) {
    auto promise = self_->make_response_promise<std::vector<candle>>();
    const auto slots = static_cast<std::uint64_t>(length_ms(question.interval) / base_interval_ms);
    get_candles q{options_.symbol, 0, std::numeric_limits<utc_ms>::max(), 0};
    q.limit = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(slots * (question.limit + 1), max_history_base_candles));
    self_->request(peers_.store, store_timeout, q)
        .then(
            [promise, question](std::vector<candle>& base) mutable {
              if (question.interval == timeframe::m5) {
                if (base.size() > question.limit)
                  base.erase(base.begin(), base.end() - question.limit);
                promise.deliver(std::move(base));
                return;
              }
              aggregator all{question.limit};
              for (auto& c : base) all.push(c);
              promise.deliver(all.newest(question.interval, question.limit));
            },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
    return promise;
  }

  symbol_actor::pointer self_;
  symbol_options options_;
  symbol_peers peers_;
  std::optional<symbol_stream> stream_;
  std::optional<symbol_log> log_;
  std::optional<symbol_recovery> recovery_;
  model_set_ptr models_, challenger_;
  prediction_counts* counts_ = nullptr;
  bool started_ = false, waiting_for_gap_ = false;
  std::deque<pending_batch> queue_; // bounded by the feed's window
  std::deque<std::pair<caf::typed_response_promise<batch_applied>, batch_applied>> held_;
  std::vector<caf::typed_response_promise<std::uint64_t>> flushing_;
  std::array<std::string, horizons.size()> logged_on_request_;
  utc_ms said_ = 0; // the newest candle that was spoken of, in this life of the actor
};

symbol_actor::behavior_type symbol_behavior(symbol_actor::stateful_pointer<symbol_state> self,
                                            symbol_options options, symbol_peers peers) {
  auto& s = self->state;
  s.start(std::move(options), std::move(peers));
  return {
      [&s](candle_batch& batch) { return s.take(batch); },
      [&s](const get_prediction& q) { return s.answer(q); },
      [&s](const get_predictions& q) { return s.answer(q); },
      [&s](const get_signal& q) { return s.answer(q); },
      [&s](const get_indicators& q) { return s.answer(q); },
      [&s](const get_history& q) { return s.answer(q); },
      [&s](const get_symbol_status&) { return s.status(); },
      [&s](const get_live_scores& q) { return s.answer(q); },
      [&s](const model_published& p) { s.use(p); },
      [&s](const challenger_published& p) { s.challenge(p); },
      [&s](caf::flush_atom) { return s.flush(); },
  };
}

} // namespace

symbol_actor spawn_symbol(caf::actor_system& system, symbol_options options, symbol_peers peers) {
  return system.spawn(symbol_behavior, std::move(options), std::move(peers));
}

} // namespace troupe
