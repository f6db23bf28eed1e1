#include "models/forecast/quality_sums.hpp"

#include <algorithm>

namespace troupe {
namespace {

// A stretch with fewer rows than 20 days says little of a month.
constexpr std::size_t least_stretch = 20 * 288;

} // namespace

void range_sums::add(double outcome, double forecast, const quantile_deltas& stated,
                     const range_baselines& base, std::size_t day30) {
  model_.add(outcome, forecast, base.mean);
  har_.add(outcome, base.har, base.mean);
  atr_.add(outcome, base.atr, base.mean);
  loss_ += gamma_loss(outcome, forecast, base.mean);
  pinball_model_ += pinball(outcome, stated[troupe::q90], .9);
  pinball_constant_ += pinball(outcome, base.q90, .9);
  q50_ += outcome <= stated[troupe::q50];
  q80_ += outcome <= stated[troupe::q80];
  q90_ += outcome <= stated[troupe::q90];
  in_80_ += outcome >= stated[troupe::q10] && outcome <= stated[troupe::q90];
  in_90_ += outcome >= stated[troupe::q05] && outcome <= stated[troupe::q95];
  if (stretches_.size() <= day30) stretches_.resize(day30 + 1);
  ++stretches_[day30].rows;
  stretches_[day30].under += outcome <= stated[troupe::q90];
}

range_quality range_sums::result() const {
  range_quality out;
  out.n = model_.rows();
  if (out.n == 0) return out;
  const auto share = [&](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(out.n);
  };
  out.r2 = model_.r2();
  out.r2_har = har_.r2();
  out.r2_atr = atr_.r2();
  out.mae = model_.mae();
  out.mae_atr = atr_.mae();
  out.qlike = loss_ / static_cast<double>(out.n);
  out.skill_q90 = pinball_constant_ > 0 ? 1 - pinball_model_ / pinball_constant_ : 0;
  out.q50 = share(q50_);
  out.q80 = share(q80_);
  out.q90 = share(q90_);
  out.central_80 = share(in_80_);
  out.central_90 = share(in_90_);
  out.worst_month_q90 = out.best_month_q90 = out.q90;
  for (const auto& s : stretches_) {
    if (s.rows < least_stretch) continue;
    const double covered = static_cast<double>(s.under) / static_cast<double>(s.rows);
    out.worst_month_q90 = std::min(out.worst_month_q90, covered);
    out.best_month_q90 = std::max(out.best_month_q90, covered);
  }
  return out;
}

void tpsl_sums::add(double raw, double stated, double rate, bool came, bool late) {
  raw_.push_back({raw, came});
  stated_.push_back({stated, came});
  rate_.push_back({rate, came});
  late_ += late;
}

tpsl_quality tpsl_sums::result() const {
  tpsl_quality out;
  out.n = raw_.size();
  if (out.n == 0) return out;
  const double blind = brier(rate_);
  out.base_rate = troupe::base_rate(raw_);
  out.timeout_rate = static_cast<double>(late_) / static_cast<double>(out.n);
  out.auc = area_under_curve(raw_);
  out.brier_skill = blind > 0 ? 1 - brier(stated_) / blind : 0;
  out.calibration_error = troupe::calibration_error(stated_);
  return out;
}

} // namespace troupe
