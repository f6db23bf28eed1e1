// Finds what is under way but nobody speaks of: transfers, and breakers whose cool-down is over.
// Reads the journal's outbox, one reader for both, from the oldest of them that was open when it
// was last read. Part of the coordinator; what to do about what was found is not decided here.
#pragma once
#include "actors/cool_downs.hpp"
#include "actors/transfer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace troupe {

/// Open transfers and breakers remembered at once; past it a pass reads one page.
inline constexpr std::size_t max_swept_open = 1'000'000;
/// Accounts told in one pass that their cool-down is over.
inline constexpr std::size_t max_cooled_at_once = 1000;

class transfer_sweep {
public:
  /// At the end of every pass `found` is called for each open transfer, and `cooled` for each
  /// account whose cool-down is over; repeats are the rule.
  transfer_sweep(transfer_actor::pointer self, const transfer_options& options,
                 std::function<void(const transfer_opened&)> found,
                 std::function<void(const account_id&)> cooled)
      : self_{self}, options_{options}, found_{std::move(found)}, cooled_{std::move(cooled)} {}

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
  std::function<void(const account_id&)> cooled_;
  std::map<std::string, open_transfer> open_; // by sender and id
  cool_downs cool_downs_;
  std::uint64_t read_ = 0, kept_ = 0; // positions: read to, and the cursor in the journal
  bool started_ = false, reading_ = false;
};

} // namespace troupe
