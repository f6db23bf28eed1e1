// One order to sync: reads the stored series in parts, names what is missing, asks the feed for it
// range by range, and hands the store what it has. Part of the sync actor, whose answers it waits
// for.
#pragma once
#include "actors/sync.hpp"
#include "models/market/sync_plan.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Under which name a store notes when a symbol was last synced.
std::string sync_note_name(const symbol_name& symbol);
/// What such a note says; 0 when it says nothing.
utc_ms sync_time_of(const std::string& note);

class sync_run : public std::enable_shared_from_this<sync_run> {
public:
  using progress = std::function<void(double share, const std::string& step)>;
  /// `error`: for people; empty when all was done.
  using end = std::function<void(const std::string& error)>;

  sync_run(sync_actor::pointer self, const sync_options& options, symbol_name symbol, progress tell,
           end over);

  void begin();

private:
  void read(utc_ms from, utc_ms to);
  void ask(std::size_t at);
  void keep(std::size_t at, std::vector<candle>&& found);
  template<class Question, class Handle, class Take>
  void question(const Handle& whom, Question what, Take take);

  sync_actor::pointer self_;
  const sync_options& options_;
  symbol_name symbol_;
  progress tell_;
  end over_;
  std::vector<slot_range> missing_;
  std::int64_t missing_slots_ = 0;
  std::uint64_t added_ = 0;
};

} // namespace troupe
