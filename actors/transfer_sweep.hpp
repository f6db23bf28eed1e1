// Finds transfers that are under way but that nobody speaks of: reads the journal's outbox from the
// oldest transfer that was open when it was last read. Part of the coordinator; what to do about a
// transfer is not decided here.
#pragma once
#include "actors/transfer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace troupe {

/// Open transfers remembered at once; past it a pass reads one page.
inline constexpr std::size_t max_swept_open = 1'000'000;

class transfer_sweep {
public:
  /// `found` is called for each open transfer at the end of every pass; repeats are the rule.
  transfer_sweep(transfer_actor::pointer self, const transfer_options& options,
                 std::function<void(const transfer_opened&)> found)
      : self_{self}, options_{options}, found_{std::move(found)} {}

  /// Reads what is new. A failure is left to the next call.
  void go_on();

private:
  struct open_transfer {
    std::uint64_t position = 0;
    transfer_opened what;
  };

  void next_page();
  void take(const outbox_row& row);
  void finish();

  transfer_actor::pointer self_;
  const transfer_options& options_;
  std::function<void(const transfer_opened&)> found_;
  std::map<std::string, open_transfer> open_; // by sender and id
  std::uint64_t read_ = 0, kept_ = 0;         // positions: read to, and the cursor in the journal
  bool started_ = false, reading_ = false;
};

} // namespace troupe
