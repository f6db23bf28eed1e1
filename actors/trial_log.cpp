#include "actors/trial_log.hpp"

#include "models/trial.hpp"

#include <chrono>
#include <sstream>
#include <utility>

namespace troupe {

namespace {

constexpr auto store_timeout = std::chrono::seconds(30);

std::string note_name(const symbol_name& symbol) { return "trials:" + symbol; }

void put_first(std::vector<trial_report>& all, const trial_report& report) {
  all.insert(all.begin(), report);
  if (all.size() > max_remembered_trials) all.resize(max_remembered_trials);
}

} // namespace

void trial_log::add(const trial_report& report) {
  auto& mine = records_[report.symbol];
  if (!mine.known) {
    mine.pending.push_back(report);
    return read(report.symbol);
  }
  put_first(mine.all, report);
  write(report.symbol);
}

void trial_log::list(const symbol_name& symbol, answer promise) {
  auto& mine = records_[symbol];
  if (mine.known) {
    promise.deliver(mine.all);
    return;
  }
  mine.waiting.push_back(std::move(promise));
  read(symbol);
}

void trial_log::read(const symbol_name& symbol) {
  if (std::exchange(records_[symbol].asked, true)) return;
  self_->request(store_, store_timeout, get_note{note_name(symbol)})
      .then([this, symbol](const std::string& note) { learnt(symbol, note); },
            [this, symbol](const caf::error& e) {
              auto& mine = records_[symbol];
              mine.asked = false;
              for (auto& promise : std::exchange(mine.waiting, {})) promise.deliver(e);
            });
}

void trial_log::learnt(const symbol_name& symbol, const std::string& note) {
  auto& mine = records_[symbol];
  mine.known = true;
  std::istringstream lines{note};
  for (std::string line; std::getline(lines, line);)
    if (auto report = trial_from_line(line)) mine.all.push_back(std::move(*report));
  const auto pending = std::exchange(mine.pending, {});
  for (auto& report : pending) put_first(mine.all, report);
  if (!pending.empty()) write(symbol);
  for (auto& promise : std::exchange(mine.waiting, {})) promise.deliver(mine.all);
}

void trial_log::write(const symbol_name& symbol) {
  std::string text;
  for (auto& report : records_[symbol].all) text += to_line(report) + '\n';
  self_->request(store_, store_timeout, put_note{note_name(symbol), std::move(text)})
      .then([](const put_receipt&) {},
            [this, symbol](const caf::error& e) {
              if (log_)
                log_(log_level::warn,
                     symbol + ": the evidence of a trial is not kept yet: "
                         + self_->system().render(e));
            });
}

} // namespace troupe
