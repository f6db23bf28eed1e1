#include "actors/trainer.hpp"

#include "actors/model_roster.hpp"
#include "actors/training_job.hpp"
#include "actors/worker.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace troupe {

namespace {

class trainer_state {
public:
  static inline const char* name = "trainer";

  explicit trainer_state(trainer_actor::pointer self) : self_(self) {}

  void start(trainer_options options, store_actor store, model_keeper keeper,
             const loaded_roster& loaded, log_sink log) {
    options_ = std::move(options);
    store_ = std::move(store);
    keeper_ = std::move(keeper);
    log_ = std::move(log);
    for (std::uint32_t i = 0; i < std::max(1u, options_.workers); ++i) {
      workers_.push_back(options_.detached
                             ? self_->system().spawn<caf::detached>(worker_behavior, true)
                             : self_->system().spawn(worker_behavior, false));
      self_->link_to(workers_.back());
    }
    roster_.emplace(self_, options_, keeper_, store_, workers_.back(), log_);
    roster_->start_with(loaded.champions, loaded.challengers);
  }

  caf::result<job> order(const train& request) {
    if (!known(request.symbol)) return caf::make_error(errc::symbol_not_found, request.symbol);
    if (!mine(request.symbol)) return elsewhere(request.symbol);
    for (auto h : request.horizons)
      if (horizon_index(h) < 0) return caf::make_error(errc::validation_error, "horizons");
    if (auto* under_way = unfinished(request.symbol)) return *under_way;
    if (waiting_.size() >= max_waiting_jobs)
      return caf::make_error(errc::busy, "too many trainings wait");
    // Without models to lend the rest, a training of some horizons is one of all; so is one of
    // every horizon, which leaves nothing to lend.
    auto wanted = request.horizons;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (!roster_->champion(request.symbol) || wanted.size() == horizons.size()) wanted.clear();
    enqueue(request.symbol, request.job_id, options_.days, std::move(wanted), request.at);
    const auto made = jobs_.back();
    begin_next();
    return made;
  }

  caf::result<job> find(const get_job& question) const {
    for (auto& j : jobs_)
      if (j.id == question.id) return j;
    return caf::make_error(errc::not_found, "job " + question.id);
  }

  std::vector<model_info> list(const get_models& question) const {
    std::vector<model_info> out;
    roster_->list(question.symbol, out);
    out.erase(std::remove_if(out.begin(), out.end(),
                             [this](const model_info& row) { return !mine(row.symbol); }),
              out.end());
    for (auto& j : jobs_) {
      const bool wanted = question.symbol.empty() || question.symbol == j.symbol;
      if (j.state != job_state::running || roster_->champion(j.symbol) || !wanted) continue;
      model_info row;
      row.name = j.symbol;
      row.kind = "set";
      row.symbol = j.symbol;
      row.state = "training";
      out.push_back(std::move(row));
    }
    return out;
  }

  // A symbol without a model gets a quick one first, the full one when all have something to say.
  void greet(const symbol_started& started) {
    if (keeper_.started_with)
      if (const auto with = keeper_.started_with(started.symbol))
        roster_->start_with(started.symbol, *with);
    roster_->introduce(started);
    if (const auto speaks = roster_->champion(started.symbol)) return catch_up(speaks);
    if (!known(started.symbol) || first_.count(started.symbol)) return;
    first_.insert(started.symbol);
    enqueue(started.symbol, "first-" + started.symbol, std::min(options_.quick_days, options_.days),
            {}, now(), true);
    begin_next();
  }

  void tell_time(const wall_clock& clock) {
    now_ = clock.now;
    told_at_ = self_->clock().now();
    const auto day = clock.now / day_ms;
    const auto minute = clock.now % day_ms / minute_ms;
    // A node that starts after tonight's hour waits for tomorrow's.
    if (last_night_ < 0) last_night_ = minute >= options_.nightly_minute ? day : day - 1;
    begin_next();
    if (options_.nightly_minute < 0 || day <= last_night_ || minute < options_.nightly_minute)
      return;
    last_night_ = day;
    // One trial at a time: a version a night would end each before it has evidence.
    for (auto& symbol : options_.symbols)
      if (mine(symbol) && !unfinished(symbol) && !roster_->challenger(symbol)
          && waiting_.size() < max_waiting_jobs)
        enqueue(symbol, "nightly-" + symbol + "-" + to_iso8601(clock.now).substr(0, 10),
                options_.days, {}, clock.now, false, next_kind(symbol));
    begin_next();
  }

  caf::result<model_roles> promote(const promote_version& request) {
    if (!known(request.symbol)) return caf::make_error(errc::symbol_not_found, request.symbol);
    if (!mine(request.symbol)) return elsewhere(request.symbol);
    return roster_->promote(request);
  }

  model_roster& roster() { return *roster_; }

private:
  struct waiting_job {
    std::string id;
    training_order order;
  };

  // The wall's time, carried on from when it was last told.
  utc_ms now() const {
    const auto since = self_->clock().now() - told_at_;
    return now_ == 0 ? 0
                     : now_ + std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  }

  bool known(const symbol_name& symbol) const {
    return std::count(options_.symbols.begin(), options_.symbols.end(), symbol) > 0;
  }

  bool mine(const symbol_name& symbol) const { return !options_.mine || options_.mine(symbol); }

  static caf::error elsewhere(const symbol_name& symbol) {
    return caf::make_error(errc::busy, "the models of " + symbol + " are another node's");
  }

  static bool ended(const job& j) {
    return j.state == job_state::done || j.state == job_state::failed;
  }

  const job* unfinished(const symbol_name& symbol) const {
    for (auto& j : jobs_)
      if (j.symbol == symbol && !ended(j)) return &j;
    return nullptr;
  }

  void say(log_level level, const std::string& text) const {
    if (log_) log_(level, text);
  }

  // Tonight's: the one after what was last trained by night, or else after what serves.
  model_kind next_kind(const symbol_name& symbol) {
    const auto& kinds = options_.kinds;
    const auto champion = roster_->champion(symbol);
    const auto before = champion ? champion->kind : kinds.back();
    auto& last = last_kinds_.emplace(symbol, before).first->second;
    const auto at = std::find(kinds.begin(), kinds.end(), last);
    last = at == kinds.end() || at + 1 == kinds.end() ? kinds.front() : *(at + 1);
    return last;
  }

  void enqueue(const symbol_name& symbol, std::string id, std::uint32_t days,
               std::vector<std::int32_t> horizons, utc_ms at, bool first = false,
               std::optional<model_kind> kind = std::nullopt) {
    job j;
    j.id = id;
    j.kind = "train";
    j.symbol = symbol;
    j.created_at = at;
    jobs_.push_back(j);
    waiting_job w{
        std::move(id),
        {symbol, days, std::move(horizons), nullptr, at, kind.value_or(options_.kinds.front())}};
    if (first) // before every full training
      waiting_.insert(std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](auto& other) { return other.order.days > days; }),
                      std::move(w));
    else
      waiting_.push_back(std::move(w));
    forget_old_jobs();
  }

  void forget_old_jobs() {
    auto excess = jobs_.size() > max_remembered_jobs ? jobs_.size() - max_remembered_jobs : 0;
    for (auto i = jobs_.begin(); excess > 0 && i != jobs_.end();) {
      if (!ended(*i)) {
        ++i;
      } else {
        i = jobs_.erase(i);
        --excess;
      }
    }
  }

  job* find_job(const std::string& id) {
    for (auto& j : jobs_)
      if (j.id == id) return &j;
    return nullptr;
  }

  void begin_next() {
    if (busy_ || waiting_.empty() || now_ == 0) return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!mine(next.order.symbol)) {
      end_job(next.id, "the symbol is another node's by now");
      first_.erase(next.order.symbol);
      return begin_next();
    }
    busy_ = true;
    next.order.at = now();
    next.order.serving = roster_->champion(next.order.symbol);
    // A version's name begins with its time: no two have the same.
    for (auto& older : {next.order.serving, roster_->challenger(next.order.symbol)})
      if (older) next.order.at = std::max(next.order.at, older->trained_at + second_ms);
    // Only trees are fitted horizon by horizon, and only to their like do they lend the rest.
    const auto trees = model_kind::xgboost;
    if (next.order.kind != trees || (next.order.serving && next.order.serving->kind != trees))
      next.order.horizons.clear();
    if (auto* j = find_job(next.id)) j->state = job_state::running;
    say(log_level::info,
        next.order.symbol + ": training on up to " + std::to_string(next.order.days)
            + " days begins (" + std::string{to_string(next.order.kind)} + ")");
    auto running =
        std::make_shared<training_job>(self_, options_, keeper_, store_, workers_, next.order);
    running->start(
        [this, id = next.id](double share, const std::string& step) {
          progressed(id, share, step);
        },
        [this, id = next.id, order = next.order](training_end end) { finished(id, order, end); });
  }

  void progressed(const std::string& id, double share, const std::string& step) {
    auto* j = find_job(id);
    if (!j) return;
    const bool tenth = static_cast<int>(share * 10) > static_cast<int>(j->progress * 10);
    j->progress = share;
    j->step = step;
    if (!tenth) return;
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3.0f %%", share * 100);
    say(log_level::info, j->symbol + ": training " + percent + ", " + step);
  }

  void end_job(const std::string& id, const std::string& error) {
    auto* j = find_job(id);
    if (!j) return;
    j->state = error.empty() ? job_state::done : job_state::failed;
    j->error = error;
    j->progress = error.empty() ? 1 : j->progress;
    j->step = error.empty() ? "done" : j->step;
    j->finished_at = now();
  }

  void finished(const std::string& id, const training_order& order, const training_end& end) {
    busy_ = false;
    end_job(id, end.error);
    if (end.models)
      publish(order, end.models);
    else
      say(log_level::error, order.symbol + ": training failed: " + end.error);
    if (!end.models) first_.erase(order.symbol); // a symbol that starts again may ask again
    begin_next();
  }

  // A first start that ended before its full training goes on with it: the store has more than the
  // serving models learned from.
  void catch_up(const model_set_ptr& serving) {
    const auto learned = serving->train_to - serving->train_from;
    if (learned + 2 * day_ms >= options_.days * day_ms) return;
    self_->request(store_, std::chrono::seconds(30), get_spans{})
        .then(
            [this, serving, learned](const std::vector<candle_span>& spans) {
              for (auto& span : spans) {
                const bool more = span.last - span.first > learned + learned / 4;
                if (span.symbol != serving->symbol || !more || unfinished(span.symbol)) continue;
                enqueue(span.symbol, "full-" + span.symbol, options_.days, {}, now());
                begin_next();
              }
            },
            [](const caf::error&) {}); // tonight's training does it
  }

  void publish(const training_order& order, const model_set_ptr& models) {
    // Whoever has the symbol now trains its own.
    if (!mine(order.symbol)) {
      first_.erase(order.symbol);
      return say(log_level::warn,
                 order.symbol + ": was trained here, but is another node's by now");
    }
    say(log_level::info,
        order.symbol + ": models " + models->version + " learned from "
            + std::to_string(models->rows) + " rows"
            + (models->source == "simulated" ? " of a simulated market" : ""));
    roster_->take(models);
    // A first model was a quick one: what a full span says follows in the background.
    const bool quick = order.days < options_.days && order.serving == nullptr;
    const bool lent = models->source == "simulated" && options_.source != "simulated";
    if (quick && !lent) enqueue(order.symbol, "full-" + order.symbol, options_.days, {}, now());
  }

  trainer_actor::pointer self_;
  trainer_options options_;
  store_actor store_;
  model_keeper keeper_;
  log_sink log_;
  std::vector<worker_actor> workers_;
  std::optional<model_roster> roster_;
  std::map<symbol_name, model_kind> last_kinds_; // trained by night
  std::set<symbol_name> first_;                  // whose first training was ordered
  std::deque<job> jobs_;
  std::deque<waiting_job> waiting_;
  bool busy_ = false;
  utc_ms now_ = 0; // as told about once a minute; 0: not yet, nothing begins before
  caf::actor_clock::time_point told_at_;
  std::int64_t last_night_ = -1;
};

trainer_actor::behavior_type trainer_behavior(trainer_actor::stateful_pointer<trainer_state> self,
                                              trainer_options options, store_actor store,
                                              model_keeper keeper, loaded_roster loaded,
                                              log_sink log) {
  auto& s = self->state;
  s.start(std::move(options), std::move(store), std::move(keeper), loaded, std::move(log));
  return {
      [&s](const train& t) { return s.order(t); },
      [&s](const get_job& q) { return s.find(q); },
      [&s](const get_models& q) { return s.list(q); },
      [&s](const get_trials& q) { return s.roster().trials(q); },
      [&s](const promote_version& p) { return s.promote(p); },
      [&s](const trial_ended& t) { s.roster().ended(t.report); },
      [&s](const symbol_started& started) { s.greet(started); },
      [&s](const wall_clock& clock) { s.tell_time(clock); },
  };
}

} // namespace

trainer_actor spawn_trainer(caf::actor_system& system, trainer_options options, store_actor store,
                            model_keeper keeper, loaded_roster loaded, log_sink log) {
  return system.spawn(trainer_behavior, std::move(options), std::move(store), std::move(keeper),
                      std::move(loaded), std::move(log));
}

} // namespace troupe
