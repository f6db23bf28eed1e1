// Ended trials of every symbol, kept in the store as one note each so that the evidence outlives
// the node: `trials:{symbol}`, a line a trial, newest first. Part of the trainer's state. Read from
// the store when a symbol's are first needed.
#pragma once
#include "actors/log.hpp"
#include "messages/protocol.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <vector>

namespace troupe {

class trial_log {
public:
  using answer = caf::typed_response_promise<std::vector<trial_report>>;

  trial_log(trainer_actor::pointer self, store_actor store, log_sink log)
      : self_(self), store_(std::move(store)), log_(std::move(log)) {}

  /// Keeps it; while the store refuses it is kept here and written with the next one.
  void add(const trial_report& report);
  /// Those of a symbol, newest first; the store's error where it cannot be read.
  void list(const symbol_name& symbol, answer promise);

private:
  struct record {
    bool known = false, asked = false;
    std::vector<trial_report> all;     // newest first
    std::vector<trial_report> pending; // ended before `all` was known
    std::vector<answer> waiting;
  };
  void read(const symbol_name& symbol);
  void learnt(const symbol_name& symbol, const std::string& note);
  void write(const symbol_name& symbol);

  trainer_actor::pointer self_;
  store_actor store_;
  log_sink log_;
  std::map<symbol_name, record> records_;
};

} // namespace troupe
