// Applies a model_set to one symbol's stream: range forecasts with rolling conformal bands, and the
// odds of TP before SL. The only mutable part of forecasting: which past predictions have come
// due, and the ring of their errors. Training and I/O are elsewhere.
#pragma once
#include "messages/forecast.hpp"
#include "messages/signal.hpp"
#include "models/features.hpp"

#include <array>
#include <memory>

namespace troupe {

struct model_set;

/// For one horizon: means and quantiles as fractions of the last close, and the measured coverage
/// of the q10..q90 bands over the last 30 days (0..1).
struct range_forecast {
  int horizon = 0;
  double delta_high = 0, delta_low = 0;
  quantile_deltas high_quantiles{}, low_quantiles{};
  double coverage = 0;
};

/// What the simple forecasts beside a model say, for scores: the linear HAR and k × ATR, as
/// fractions of the last close.
struct range_baseline {
  double har = 0, atr = 0;
};

using range_forecasts = std::array<range_forecast, horizons.size()>;

class forecaster {
public:
  forecaster();
  ~forecaster();
  forecaster(forecaster&&) noexcept;
  forecaster& operator=(forecaster&&) noexcept;

  /// From the next step on these models speak. Their own out-of-fold errors seed the bands.
  void use(std::shared_ptr<const model_set> models);
  const std::shared_ptr<const model_set>& models() const;

  /// From now on only this horizon's means are predicted, bit for bit as ever, and no bands: for a
  /// backtest, whose signals look at nothing else. Index into `horizons`.
  void limit_to(std::size_t horizon_index);

  /// Takes the candle that `features` has just folded: settles the predictions that came due, then
  /// predicts every horizon when features are ready and models are present. O(1) but for a
  /// refresh of each band once a day, spread over the day by symbol, horizon and side.
  void step(const candle& closed, const feature_builder& features);

  /// A gap: predictions still waiting for their outcome are dropped, measured errors stay.
  void restart();

  /// @pre the last step() returned with ready features and models.
  const range_forecasts& ranges() const;
  bool ready() const;

  /// Of the last step's candle. @pre ready()
  range_baseline baselines(std::size_t horizon_index, range_side side,
                           const feature_builder& features) const;
  /// Share of the training's trades with such a stop that met their target first. @pre ready()
  double tp_rate(bool long_side, int rr, double stop_fraction,
                 const feature_builder& features) const;

  /// Calibrated odds of one trade entered at the last close, before costs (expected_net_r is
  /// gross). `rr` is 2 or 3, `stop_fraction` the stop distance as a fraction of the close.
  barrier_odds odds(bool long_side, int rr, double stop_fraction,
                    const feature_builder& features) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe
