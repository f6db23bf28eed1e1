#include "models/forecast/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

void error_sums::add(double outcome, double forecast, double constant) {
  const double miss = outcome - forecast, blind = outcome - constant;
  squared_ += miss * miss;
  squared_constant_ += blind * blind;
  absolute_ += std::abs(miss);
  ++rows_;
}

void error_sums::add(const error_sums& other) {
  squared_ += other.squared_;
  squared_constant_ += other.squared_constant_;
  absolute_ += other.absolute_;
  rows_ += other.rows_;
}

double error_sums::r2() const {
  return squared_constant_ > 0 ? 1 - squared_ / squared_constant_ : 0;
}

double error_sums::mae() const { return rows_ > 0 ? absolute_ / static_cast<double>(rows_) : 0; }

double gamma_loss(double outcome, double forecast, double constant) {
  return outcome / forecast - 1 + std::log(forecast / constant);
}

double pinball(double outcome, double quantile, double level) {
  const double miss = outcome - quantile;
  return miss >= 0 ? level * miss : (level - 1) * miss;
}

double area_under_curve(const std::vector<scored_event>& events) {
  auto sorted = events;
  std::sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.score < b.score; });
  double ranks = 0, came = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    double here = 0;
    for (; end < sorted.size() && sorted[end].score <= sorted[i].score; ++end)
      here += sorted[end].came ? 1 : 0;
    ranks += here * (static_cast<double>(i + end) + 1) / 2; // ties share their mean rank
    came += here;
    i = end;
  }
  const double stayed = static_cast<double>(sorted.size()) - came;
  return came > 0 && stayed > 0 ? (ranks - came * (came + 1) / 2) / (came * stayed) : .5;
}

double brier(const std::vector<scored_event>& events) {
  double sum = 0;
  for (const auto& e : events) {
    const double miss = (e.came ? 1 : 0) - e.score;
    sum += miss * miss;
  }
  return events.empty() ? 0 : sum / static_cast<double>(events.size());
}

double calibration_error(const std::vector<scored_event>& events) {
  constexpr std::size_t bins = 10;
  auto sorted = events;
  std::sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.score < b.score; });
  double sum = 0;
  std::size_t from = 0;
  for (std::size_t bin = 1; bin <= bins; ++bin) {
    std::size_t to = sorted.size() * bin / bins;
    // Equal scores cannot be told apart: they belong to one bin.
    while (to > from && to < sorted.size() && sorted[to].score <= sorted[to - 1].score) ++to;
    double miss = 0;
    for (; from < to; ++from) miss += sorted[from].score - (sorted[from].came ? 1 : 0);
    sum += std::abs(miss);
  }
  return sorted.empty() ? 0 : sum / static_cast<double>(sorted.size());
}

double base_rate(const std::vector<scored_event>& events) {
  const auto came = std::count_if(events.begin(), events.end(), [](auto& e) { return e.came; });
  return events.empty() ? 0 : static_cast<double>(came) / static_cast<double>(events.size());
}

double accuracy(const std::vector<scored_event>& events) {
  if (events.empty()) return 0;
  const auto right = std::count_if(events.begin(), events.end(),
                                   [](const scored_event& e) { return (e.score > .5) == e.came; });
  return static_cast<double>(right) / static_cast<double>(events.size());
}

} // namespace troupe
