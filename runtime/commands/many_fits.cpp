#include "runtime/commands/many_fits.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <utility>

namespace troupe {

progress_line::progress_line(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1) {}

void progress_line::show(double share) {
  std::lock_guard<std::mutex> hold{guard_};
  const int percent = static_cast<int>(share * 100);
  const int step = terminal_ ? 1 : 20;
  if (percent < shown_ + step && percent < 100) return;
  shown_ = percent;
  std::fprintf(stderr, terminal_ ? "\r%s %3d %%" : "%s %d %%\n", what_.c_str(), percent);
  if (terminal_ && percent >= 100) std::fputs("\n", stderr);
}

void share_work(std::size_t count, std::size_t threads,
                const std::function<void(std::size_t)>& piece) {
  std::atomic<std::size_t> next{0};
  auto work = [&] {
    for (auto at = next++; at < count; at = next++) piece(at);
  };
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
  work();
  for (auto& h : helpers) h.join();
}

std::vector<fit_result> run_all(const std::vector<fit_task>& tasks, std::size_t threads,
                                const fit_progress& progress) {
  std::vector<fit_result> results(tasks.size());
  std::atomic<std::size_t> done{0};
  share_work(tasks.size(), threads, [&](std::size_t at) {
    results[at] = run(tasks[at]);
    progress(static_cast<double>(++done) / static_cast<double>(tasks.size()));
  });
  return results;
}

} // namespace troupe
