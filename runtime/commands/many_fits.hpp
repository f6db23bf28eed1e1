// What commands that train share: fits and other pieces of work spread over threads, and a line
// that says how far they are.
#pragma once
#include "models/forecast/training.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace troupe {

/// A line that is redrawn on a terminal, and written now and then elsewhere. To standard error; any
/// thread may tell it.
class progress_line {
public:
  explicit progress_line(std::string what);

  /// `share`: 0 to 1, of what is done.
  void show(double share);

private:
  std::string what_;
  std::mutex guard_;
  const bool terminal_;
  int shown_ = -100;
};

/// Calls `piece(0)` to `piece(count - 1)`, each once, on so many threads, the caller's among them.
/// `piece` must not throw.
void share_work(std::size_t count, std::size_t threads,
                const std::function<void(std::size_t)>& piece);

/// All fits, their results in the order of the tasks. `progress` is told the share that is done.
std::vector<fit_result> run_all(const std::vector<fit_task>& tasks, std::size_t threads,
                                const fit_progress& progress);

} // namespace troupe
