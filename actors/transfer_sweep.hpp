// Finds what is under way but nobody speaks of: transfers, withdrawals, and breakers whose
// cool-down is over. Reads the journal's outbox, one reader for all, from the oldest of them that
// was open when it was last read. Part of the coordinator; what to do about what was found is not
// decided here.
#pragma once
#include "actors/cool_downs.hpp"
#include "actors/open_withdrawals.hpp"
#include "actors/transfer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace troupe {

/// Open transfers, withdrawals and breakers remembered at once; past it a pass reads one page.
inline constexpr std::size_t max_swept_open = 1'000'000;
/// Accounts told in one pass that their cool-down is over.
inline constexpr std::size_t max_cooled_at_once = 1000;
/// Withdrawals found due in one pass.
inline constexpr std::size_t max_due_at_once = 1000;
/// Who may wait for a pass at once.
inline constexpr std::size_t max_sweep_readers = 64;

/// Whom a sweep tells what it found, at the end of every pass; repeats are the rule.
struct sweep_findings {
  std::function<void(const transfer_opened&)> transfer;      // each open one
  std::function<void(const waiting_withdrawal&)> withdrawal; // approved, or waiting too long
  std::function<void(const account_id&)> cooled;             // its cool-down is over
};

class transfer_sweep {
public:
  transfer_sweep(transfer_actor::pointer self, const transfer_options& options,
                 sweep_findings findings)
      : self_{self}, options_{options}, findings_{std::move(findings)} {}

  /// Reads what is new. A failure is left to the next call.
  void go_on();

  /// Reads everything that is in the journal now, then calls `done`: with the open withdrawals, or
  /// null when they could not be read. False: too many wait.
  bool when_read(std::function<void(const open_withdrawals*)> done);

private:
  struct open_transfer {
    std::uint64_t position = 0;
    transfer_opened what;
  };

  void next_page();
  void take(const outbox_row& row);
  void finish();
  void failed();

  transfer_actor::pointer self_;
  const transfer_options& options_;
  sweep_findings findings_;
  std::map<std::string, open_transfer> open_; // by sender and id
  cool_downs cool_downs_;
  open_withdrawals withdrawals_;
  // Those of this pass, and those who came too late for it.
  std::vector<std::function<void(const open_withdrawals*)>> readers_, next_readers_;
  std::uint64_t read_ = 0, kept_ = 0; // positions: read to, and the cursor in the journal
  bool started_ = false, reading_ = false;
};

} // namespace troupe
