// The courier's side towards the journal: reads the outbox ahead as far as there is room, keeps the
// cursor before the oldest row that is not settled, and begins anew at the cursor when the right to
// append was away in between. Part of the courier; what becomes of a row is not decided here.
#pragma once
#include "actors/engine_courier.hpp"
#include "actors/engine_rows.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <utility>

namespace troupe {

class engine_outbox {
public:
  /// `came`: there may be new rows. `lost`: all rows were dropped, with whatever was under way.
  engine_outbox(engine_courier_actor::pointer self, const engine_courier_options& options,
                engine_rows& rows, std::function<void()> came, std::function<void()> lost)
      : self_{self}, options_{options}, rows_{rows}, came_{std::move(came)}, lost_{std::move(lost)},
        delay_{options.poll_every} {}

  /// Looks for new rows, unless it does already. A failure is left to the next call.
  void look();

  /// A row was settled: room for others, and the cursor may move.
  void settled();

  /// Puts the cursor when it is due.
  void keep_cursor();

  /// When to look again.
  caf::timespan delay() const { return delay_; }

  /// Answers to what was asked in an earlier generation are not to be heard.
  std::uint64_t generation() const { return generation_; }

  /// Asks the journal; neither is called when all rows were dropped meanwhile.
  template<class Answer, class Question, class Then, class Else>
  void ask(Question question, Then then, Else otherwise) {
    self_->request(options_.journal, patience, std::move(question))
        .then(
            [this, g = generation_, then = std::move(then)](Answer& answer) {
              if (g == generation_) then(answer);
            },
            [this, g = generation_, otherwise = std::move(otherwise)](const caf::error& e) {
              if (g == generation_) otherwise(e);
            });
  }

private:
  // A journal that says nothing for so long is asked again.
  static constexpr std::chrono::seconds patience{30};

  void forget();
  void find_cursor();
  void next_page();
  void looked(std::size_t found);
  void read_on();

  engine_courier_actor::pointer self_;
  const engine_courier_options& options_;
  engine_rows& rows_;
  std::function<void()> came_, lost_;
  caf::timespan delay_;
  std::uint64_t generation_ = 0, epoch_ = 0;
  engine_rows::position read_ = 0, kept_ = 0; // read to, and the cursor in the journal
  bool started_ = false, looking_ = false, more_ = false, putting_ = false;
  bool settled_since_put_ = false;
  caf::actor_clock::time_point put_at_{};
};

} // namespace troupe
