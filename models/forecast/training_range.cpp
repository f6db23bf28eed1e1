#include "models/forecast/fits.hpp"
#include "models/forecast/held_out.hpp"

#include <cmath>

namespace troupe {
namespace {

labelled_rows labelled(const range_rows& rows, const linear_fit& linear, std::size_t from,
                       std::size_t to) {
  labelled_rows out;
  out.columns = feature_count;
  out.reserve(to - from);
  for (std::size_t i = from; i < to; ++i) {
    const auto& x = rows.row(i).features;
    out.values.insert(out.values.end(), x.begin(), x.end());
    out.labels.push_back(linear.ratio(rows.delta(i), rows.har(i)));
  }
  return out;
}

/// Trees learnt from the rows before `end`.
checked_booster fit_until(const range_rows& rows, const linear_fit& linear, std::size_t end) {
  const auto watched = static_cast<std::size_t>(watched_share * static_cast<double>(end));
  booster_parameters p;
  p.objective = "reg:gamma";
  const std::vector<std::string_view> names(feature_names.begin(), feature_names.end());
  return fit_checked(p, labelled(rows, linear, 0, end - watched - rows.horizon()),
                     labelled(rows, linear, end - watched, end), names);
}

/// How a twin that learnt from the rows before did on those held back.
std::string hold_out(const range_rows& rows, held_out& out) {
  out.first = first_held(rows.size());
  const std::size_t end = out.first - rows.horizon();
  const auto linear = fit_linear(rows, end);
  if (!linear) return still_market;
  out.linear = *linear;
  const auto twin = fit_until(rows, out.linear, end);
  if (!twin.error.empty()) return twin.error;
  for (std::size_t i = out.first; i < rows.size(); ++i)
    out.corrections.push_back(clipped_correction(twin.trees->predict(rows.row(i).features.data())));
  return {};
}

} // namespace

fit_result fit_range(const fit_task& task, const fit_progress& progress) {
  fit_result out;
  const auto rows = rows_of(*task.data, task.index);
  fitted_range one;
  one.index = task.index;
  out.error = rows.size() < least_range_rows ? too_few_rows : hold_out(rows, one.held);
  if (!out.error.empty()) return out;
  if (progress) progress(.5);
  const auto linear = fit_linear(rows, rows.size());
  if (!linear) {
    out.error = still_market;
    return out;
  }
  auto fitted = fit_until(rows, *linear, rows.size());
  out.error = std::move(fitted.error);
  if (!out.error.empty()) return out;
  one.model.horizon = horizons[rows.h];
  one.model.side = rows.side == 0 ? range_side::high : range_side::low;
  one.model.har = linear->har;
  one.model.atr_k = linear->atr_k;
  one.model.trees = std::move(*fitted.trees);
  out.boosters.emplace_back(task.name.substr(task.data->symbol.size() + 1),
                            std::move(fitted.bytes));
  out.ranges.push_back(std::make_shared<const fitted_range>(std::move(one)));
  if (progress) progress(1);
  return out;
}

} // namespace troupe
