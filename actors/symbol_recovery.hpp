// How a symbol comes to its candles at a start: from the store, or, where that is empty, from the
// history of its feed, which is then kept. With them comes what was said before and has no outcome
// yet, so that what fell due meanwhile is settled too, and so that a candle that was kept while
// what was said of it was not is spoken of now. Whatever fails is tried again after a second, by
// way of the actor's flush message. What follows is the symbol's.
#pragma once
#include "actors/symbol.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

class symbol_recovery {
public:
  using expect_rows = std::function<void(open_rows)>;
  using take_candle = std::function<void(const candle&)>;
  using say_line = std::function<void(log_level, const std::string&)>;

  /// `expect` is called with what has no outcome yet, then `take` with each candle in order,
  /// `say_of` instead with the options' late candles, `done` once after the last.
  symbol_recovery(symbol_actor::pointer self, const symbol_options& options,
                  const symbol_peers& peers, expect_rows expect, take_candle take,
                  take_candle say_of, std::function<void()> done, say_line say);

  /// Begins anew. `models`: those that will speak, or null.
  void start(const model_set_ptr& models);

  /// Tries again what failed, if anything did.
  void retry();

private:
  using candles = std::shared_ptr<std::vector<candle>>;
  std::string note_name() const { return "history " + options_.symbol; }
  void look_for_history(const get_candles& question);
  void begin_history();
  void end_history();
  void ask_store(const get_candles& question);
  void ask_open(const candles& stored);
  void take_stored(const std::vector<candle>& stored, utc_ms said);
  void ask_feed();
  void keep(const candles& history, std::size_t from);
  void later(std::function<void()> what, const std::string& why);

  symbol_actor::pointer self_;
  const symbol_options& options_;
  const symbol_peers& peers_;
  expect_rows expect_;
  take_candle take_, say_of_;
  std::function<void()> done_;
  say_line say_;
  std::function<void()> again_; // what failed
  std::uint64_t failures_ = 0;
};

} // namespace troupe
