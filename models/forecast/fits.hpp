// The kinds of fit behind training.hpp, and the way from rows to checked trees.
#pragma once
#include "models/forecast/booster.hpp"
#include "models/forecast/range_model.hpp"
#include "models/forecast/tpsl_model.hpp"
#include "models/forecast/training.hpp"

namespace troupe {

fit_result fit_range(const fit_task& task, const fit_progress& progress);
fit_result fit_network(const fit_task& task, const fit_progress& progress);
fit_result fit_tpsl(const fit_task& task, const fit_progress& progress);

struct linear_fit;   // models/forecast/held_out.hpp
struct network_rows; // models/forecast/training_recurrent.hpp

/// Labels the samples in [from, to) whose outcome is known before candle `limit`; the others of
/// them get none. `linear`: of each output.
void label_known(network_rows& rows, const std::vector<linear_fit>& linear, std::size_t from,
                 std::size_t to, std::size_t limit);

/// Bytes of a fresh booster, read back by our own reader: the one path by which trees come in.
/// Empty error when sound.
struct checked_booster {
  std::string bytes, error;
  int rounds = 0;
  std::optional<tree_ensemble> trees;
};
checked_booster fit_checked(const booster_parameters& parameters, const labelled_rows& train,
                            const labelled_rows& watched,
                            const std::vector<std::string_view>& feature_names);

/// Share of the newest training rows that early stopping watches.
inline constexpr double watched_share = .12;

/// Rows that a range model needs, and what is said when there are fewer.
inline constexpr std::size_t least_range_rows = least_training_candles / 2;
inline constexpr auto too_few_rows = "too few candles without a gap between them";
inline constexpr auto still_market = "the market did not move: nothing to learn a range from";

} // namespace troupe
