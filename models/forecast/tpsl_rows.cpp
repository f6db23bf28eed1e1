#include "models/forecast/tpsl_rows.hpp"

#include "models/signal_rules.hpp"

#include <algorithm>

namespace troupe {
namespace {

constexpr std::size_t most_entries = 6000;
// Closer entries than these share nearly all of their outcome.
constexpr std::size_t least_stride = 8;
// A mean result at time-out from fewer time-outs than these is mostly pulled to zero.
constexpr double timeout_prior = 20;

double stop_of(stop_kind kind, const sample& s) {
  if (kind == stop_kind::atr) return stop_fraction(0, s.atr_fraction, horizons.back());
  return stop_fraction(s.sigma, s.atr_fraction, horizons[static_cast<std::size_t>(kind)]);
}

struct sums {
  double rows = 0, entries = 0, tp = 0, late = 0, late_r = 0, candles = 0;
  std::uint32_t last_sample = ~0u;

  void add(const tpsl_entry& e) {
    ++rows;
    if (e.sample != last_sample) ++entries;
    last_sample = e.sample;
    tp += e.outcome.hit == barrier::tp;
    candles += e.outcome.candles;
    if (e.outcome.hit != barrier::timeout) return;
    ++late;
    late_r += e.outcome.r;
  }
  stop_statistics result(std::size_t stride) const {
    stop_statistics s;
    s.tp_rate = tp / rows;
    s.timeout_rate = late / rows;
    s.mean_timeout_r = late_r / (late + timeout_prior);
    s.facts = entries / std::max(1.0, candles / rows / static_cast<double>(stride));
    return s;
  }
};

} // namespace

std::size_t tpsl_rows::fold_begin(std::size_t fold, std::size_t folds) const {
  std::size_t i = all.size() * fold / folds;
  while (i > 0 && i < all.size() && all[i].sample == all[i - 1].sample) ++i;
  return i;
}

tpsl_rows make_tpsl_rows(const dataset& data, bool long_side, int rr) {
  tpsl_rows rows;
  rows.stride = std::max(least_stride, data.samples.size() / most_entries);
  double candles = 0;
  for (std::size_t i = 0; i < data.samples.size(); i += rows.stride) {
    const auto& s = data.samples[i];
    if (s.followed < timeout_candles) continue;
    for (const auto kind : {stop_kind::sigma_6, stop_kind::sigma_18, stop_kind::sigma_36,
                            stop_kind::sigma_72, stop_kind::atr}) {
      const double stop = stop_of(kind, s);
      const barrier_trade trade{data.candles[s.at].close, stop, static_cast<double>(rr), long_side};
      tpsl_entry e;
      e.sample = static_cast<std::uint32_t>(i);
      e.kind = kind;
      e.stop_in_sigma = stop / s.sigma;
      e.bucket = stop_bucket(e.stop_in_sigma);
      e.outcome = follow(trade, &data.candles[s.at + 1], timeout_candles);
      candles += e.outcome.candles;
      rows.all.push_back(e);
    }
  }
  const double mean_candles = rows.all.empty() ? 1 : candles / static_cast<double>(rows.all.size());
  rows.per_fact = 5 * std::max(1.0, mean_candles / static_cast<double>(rows.stride));
  return rows;
}

std::array<stop_statistics, stop_buckets> statistics(const tpsl_rows& rows) {
  std::array<sums, stop_buckets> by_bucket;
  sums all;
  for (const auto& e : rows.all) {
    by_bucket[e.bucket].add(e);
    all.add(e);
  }
  std::array<stop_statistics, stop_buckets> out;
  for (std::size_t b = 0; b < stop_buckets; ++b)
    out[b] = (by_bucket[b].rows >= 100 ? by_bucket[b] : all).result(rows.stride);
  return out;
}

} // namespace troupe
