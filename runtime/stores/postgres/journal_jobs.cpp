#include "runtime/stores/postgres/journal_jobs.hpp"

#include <caf/event_based_actor.hpp>

namespace troupe {

namespace {

caf::behavior lane(caf::event_based_actor*, const std::shared_ptr<ledger_writer>& writer) {
  return {[=](const lane_task& task) {
    const auto start = std::chrono::steady_clock::now();
    const auto state = task.settle ? writer->settle(*task.batch) : writer->write(*task.batch);
    task.batch->took_us = std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::steady_clock::now() - start)
                              .count();
    return state;
  }};
}

// Many accounts are loaded by one statement: a cold start asks for thousands.
void run_loads(const reader_task& task, ledger_reader& reader) {
  std::vector<ledger_job*> jobs;
  std::vector<account_id> accounts;
  for (const auto& job : task.jobs)
    if (const auto* account = job->load().first) {
      jobs.push_back(job.get());
      accounts.push_back(*account);
    }
  if (jobs.empty()) return;
  std::vector<stored_account> stored;
  const auto outcome = reader.load(accounts, stored);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (outcome.code != errc::none)
      jobs[i]->failed(outcome);
    else
      *jobs[i]->load().second = std::move(stored[i]);
}

caf::behavior ledger_reading(caf::event_based_actor*,
                             const std::shared_ptr<ledger_reader>& reader) {
  return {[=](const reader_task& task) {
    run_loads(task, *reader);
    for (const auto& job : task.jobs) job->run(*reader);
    return true;
  }};
}

} // namespace

caf::actor spawn_lane(caf::actor_system& system, const std::string& url, const std::string& node,
                      std::uint32_t lanes, std::uint32_t lane_number) {
  return system.spawn<caf::detached>(
      lane, std::make_shared<ledger_writer>(url, node, lanes, lane_number));
}

caf::actor spawn_ledger_reader(caf::actor_system& system, const std::string& url) {
  return system.spawn<caf::detached>(ledger_reading, std::make_shared<ledger_reader>(url));
}

} // namespace troupe
