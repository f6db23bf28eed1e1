#include "models/forecast/fits.hpp"
#include "models/forecast/held_out.hpp"
#include "models/forecast/training_recurrent.hpp"

#include <algorithm>

namespace troupe {
namespace {

/// Everything of one dataset that the network learns, output by output.
struct all_ranges {
  const dataset& data;
  std::vector<range_rows> each;
  network_rows rows;

  explicit all_ranges(const dataset& d) : data(d), rows(rows_for_network(d)) {
    for (std::size_t o = 0; o < network_outputs; ++o) each.push_back(rows_of(d, o));
  }
  /// Rows of an output whose outcome is known before candle `limit`.
  std::size_t known_before(std::size_t o, std::size_t limit) const {
    std::size_t count = each[o].size();
    while (count > 0 && each[o].row(count - 1).at + each[o].horizon() >= limit) --count;
    return count;
  }
  std::size_t sample_at(std::size_t candle) const {
    const auto at = std::lower_bound(data.samples.begin(), data.samples.end(), candle,
                                     [](const sample& s, std::size_t c) { return s.at < c; });
    return static_cast<std::size_t>(at - data.samples.begin());
  }
};

/// Learns from all that is known before candle `limit`; the newest of it stops the learning.
fitted_network fit_before(all_ranges& all, const std::vector<linear_fit>& linear, std::size_t limit,
                          int rounds, const fit_progress& progress) {
  const auto end = all.sample_at(limit);
  const auto watched = end - static_cast<std::size_t>(watched_share * static_cast<double>(end));
  label_known(all.rows, linear, 0, watched, all.data.samples[watched].at);
  label_known(all.rows, linear, watched, end, limit);
  network_options how;
  how.most_rounds = rounds;
  return fit_network(all.rows, watched, watched, end, how, progress);
}

/// What the network says of every sample from `first` on, clipped.
std::vector<std::array<double, network_outputs>>
answers_from(const all_ranges& all, const recurrent_network& network, std::size_t first) {
  std::vector<std::array<double, network_outputs>> out;
  for (std::size_t i = first; i < all.data.samples.size(); ++i) {
    const auto answer = network.answer({all.rows.window(i), all.rows.contexts[i]});
    out.emplace_back();
    std::transform(answer.begin(), answer.end(), out.back().begin(), clipped_correction);
  }
  return out;
}

/// Scales from the rows before `end(o)`; empty when the market did not move.
template<class End>
std::vector<linear_fit> scales(const all_ranges& all, End end) {
  std::vector<linear_fit> out;
  for (std::size_t o = 0; o < network_outputs; ++o) {
    const auto linear = fit_linear(all.each[o], end(o));
    if (!linear) return {};
    out.push_back(*linear);
  }
  return out;
}

/// How a twin that learnt from what was known before did on the rows held back.
std::string hold_out(all_ranges& all, int rounds, std::vector<held_out>& out,
                     const fit_progress& progress) {
  out.resize(network_outputs);
  std::size_t limit = all.data.candles.size();
  for (std::size_t o = 0; o < network_outputs; ++o) {
    out[o].first = first_held(all.each[o].size());
    limit = std::min<std::size_t>(limit, all.each[o].row(out[o].first).at);
  }
  const auto linear =
      scales(all, [&](std::size_t o) { return out[o].first - all.each[o].horizon(); });
  // One network for all: its scales, too, may know nothing behind the first row of any.
  const auto known = scales(all, [&](std::size_t o) { return all.known_before(o, limit); });
  if (linear.empty() || known.empty()) return still_market;
  const auto twin = fit_before(all, known, limit, rounds, progress);
  if (!twin.network) return too_few_rows;
  const auto first = all.sample_at(limit);
  const auto answers = answers_from(all, *twin.network, first);
  for (std::size_t o = 0; o < network_outputs; ++o) {
    out[o].linear = linear[o];
    for (std::size_t i = out[o].first; i < all.each[o].size(); ++i)
      out[o].corrections.push_back(answers[all.each[o].at[i] - first][o]);
  }
  return {};
}

fit_progress part_of(const fit_progress& progress, double from) {
  if (!progress) return {};
  return [progress, from](double share) { progress(from + share / 2); };
}

} // namespace

void label_known(network_rows& rows, const std::vector<linear_fit>& linear, std::size_t from,
                 std::size_t to, std::size_t limit) {
  for (std::size_t i = from; i < to; ++i) {
    const auto& s = rows.data->samples[i];
    for (std::size_t o = 0; o < network_outputs; ++o) {
      const auto h = o / 2;
      const bool known = s.whole(h) && s.at + static_cast<std::size_t>(horizons[h]) < limit;
      rows.labels[i][o] =
          known ? linear[o].ratio(static_cast<double>(s.delta[h][o % 2]), s.har[h]) : -1;
    }
  }
}

fit_result fit_network(const fit_task& task, const fit_progress& progress) {
  fit_result out;
  all_ranges all(*task.data);
  const bool few = std::any_of(all.each.begin(), all.each.end(),
                               [](auto& rows) { return rows.size() < least_range_rows; });
  std::vector<held_out> held;
  out.error = few ? too_few_rows : hold_out(all, task.network_rounds, held, part_of(progress, 0));
  if (!out.error.empty()) return out;
  const auto linear = scales(all, [&](std::size_t o) { return all.each[o].size(); });
  const auto whole = linear.empty() ? fitted_network{}
                                    : fit_before(all, linear, all.data.candles.size(),
                                                 task.network_rounds, part_of(progress, .5));
  if (!whole.network) {
    out.error = still_market;
    return out;
  }
  out.network = whole.network;
  for (std::size_t o = 0; o < network_outputs; ++o) {
    fitted_range one;
    one.index = o;
    one.model.horizon = horizons[o / 2];
    one.model.side = o % 2 == 0 ? range_side::high : range_side::low;
    one.model.har = linear[o].har;
    one.model.atr_k = linear[o].atr_k;
    one.model.weights = {0, 0, 1};
    one.held = std::move(held[o]);
    out.ranges.push_back(std::make_shared<const fitted_range>(std::move(one)));
  }
  if (progress) progress(1);
  return out;
}

} // namespace troupe
