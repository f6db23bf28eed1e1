#include "models/forecast/booster.hpp"

#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace troupe {
namespace {

/// The library's text without its stack trace.
void check(int code) {
  if (code == 0) return;
  std::string text = XGBGetLastError();
  text = text.substr(0, text.find("Stack trace"));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  throw std::runtime_error(text);
}

class matrix {
public:
  explicit matrix(const labelled_rows& from) {
    check(XGDMatrixCreateFromMat(from.values.data(), from.rows(), from.columns,
                                 std::numeric_limits<float>::quiet_NaN(), &handle_));
    check(XGDMatrixSetFloatInfo(handle_, "label", from.labels.data(), from.rows()));
  }
  ~matrix() { XGDMatrixFree(handle_); }
  matrix(const matrix&) = delete;
  matrix& operator=(const matrix&) = delete;
  DMatrixHandle get() const { return handle_; }

private:
  DMatrixHandle handle_ = nullptr;
};

class booster {
public:
  explicit booster(const std::vector<DMatrixHandle>& matrices) {
    check(XGBoosterCreate(matrices.data(), matrices.size(), &handle_));
  }
  ~booster() { XGBoosterFree(handle_); }
  booster(const booster&) = delete;
  booster& operator=(const booster&) = delete;
  BoosterHandle get() const { return handle_; }
  void set(const char* name, const std::string& value) {
    check(XGBoosterSetParam(handle_, name, value.c_str()));
  }
  void keep_rounds(int rounds) {
    BoosterHandle cut = nullptr;
    check(XGBoosterSlice(handle_, 0, rounds, 1, &cut));
    XGBoosterFree(std::exchange(handle_, cut));
  }
  void name_features(const std::vector<std::string_view>& names) {
    const std::vector<std::string> owned(names.begin(), names.end());
    std::vector<const char*> pointers;
    for (const auto& name : owned) pointers.push_back(name.c_str());
    check(XGBoosterSetStrFeatureInfo(handle_, "feature_name", pointers.data(), pointers.size()));
  }
  std::string bytes() const {
    bst_ulong size = 0;
    const char* data = nullptr;
    check(XGBoosterSaveModelToBuffer(handle_, R"({"format":"ubj"})", &size, &data));
    return {data, size};
  }

private:
  BoosterHandle handle_ = nullptr;
};

double mean(const std::vector<float>& xs) {
  double sum = 0;
  for (const float x : xs) sum += static_cast<double>(x);
  return sum / static_cast<double>(xs.size());
}

void configure(booster& b, const booster_parameters& p, double base) {
  b.set("nthread", "1"); // workers run beside each other; the library's threads spin
  b.set("verbosity", "0");
  b.set("objective", p.objective);
  b.set("tree_method", "hist");
  b.set("max_depth", std::to_string(p.depth));
  b.set("eta", std::to_string(p.eta));
  b.set("subsample", std::to_string(p.subsample));
  b.set("colsample_bytree", std::to_string(p.colsample));
  b.set("min_child_weight", std::to_string(p.min_child_weight));
  b.set("lambda", std::to_string(p.lambda));
  b.set("seed", std::to_string(p.seed));
  b.set("base_score", std::to_string(base));
}

/// Mean negative log likelihood of margins, up to a constant.
double loss_of(bool gamma, const float* margins, const std::vector<float>& labels) {
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double m = static_cast<double>(margins[i]), y = static_cast<double>(labels[i]);
    sum += gamma ? y * std::exp(-m) + m
                 : std::log1p(std::exp(-std::abs(m))) + std::max(m, 0.0) - y * m;
  }
  return sum / static_cast<double>(labels.size());
}

double watched_loss(const booster& b, const matrix& m, bool gamma, const labelled_rows& rows) {
  bst_ulong size = 0;
  const float* margins = nullptr;
  check(XGBoosterPredict(b.get(), m.get(), 1, 0, 0, &size, &margins));
  return loss_of(gamma, margins, rows.labels);
}

fitted_booster fit(const booster_parameters& p, const labelled_rows& train,
                   const labelled_rows& watched, const std::vector<std::string_view>& names) {
  const bool stops = watched.rows() > 0, gamma = p.objective == "reg:gamma";
  const matrix rows(train);
  const matrix held(stops ? watched : train);
  booster b({rows.get(), held.get()});
  const double least = gamma ? 1e-6 : 1e-4;
  configure(b, p, std::clamp(mean(train.labels), least, gamma ? 1e6 : 1 - least));
  double best = std::numeric_limits<double>::infinity();
  fitted_booster out;
  for (int round = 0; round < p.most_rounds; ++round) {
    check(XGBoosterUpdateOneIter(b.get(), round, rows.get()));
    if (!stops) continue;
    const double loss = watched_loss(b, held, gamma, watched);
    if (loss < best) {
      best = loss;
      out.rounds = round + 1;
    } else if (round + 1 - out.rounds >= p.patience) {
      break;
    }
  }
  if (!stops) out.rounds = p.most_rounds;
  if (out.rounds == 0) throw std::runtime_error("the loss is not finite");
  b.keep_rounds(out.rounds);
  b.name_features(names);
  out.bytes = b.bytes();
  return out;
}

} // namespace

fitted_booster fit_booster(const booster_parameters& parameters, const labelled_rows& train,
                           const labelled_rows& watched,
                           const std::vector<std::string_view>& feature_names) {
  fitted_booster failed;
  if (train.rows() == 0 || feature_names.size() != train.columns) {
    failed.error = "no rows to learn from";
    return failed;
  }
  try {
    return fit(parameters, train, watched, feature_names);
  } catch (const std::exception& e) {
    failed.error = e.what();
    return failed;
  }
}

std::vector<float> library_predict(std::string_view bytes, const labelled_rows& rows,
                                   std::string& error) {
  try {
    const matrix m(rows);
    booster b({});
    check(XGBoosterLoadModelFromBuffer(b.get(), bytes.data(), bytes.size()));
    b.set("nthread", "1");
    bst_ulong size = 0;
    const float* out = nullptr;
    check(XGBoosterPredict(b.get(), m.get(), 0, 0, 0, &size, &out));
    return {out, out + size};
  } catch (const std::exception& e) {
    error = e.what();
    return {};
  }
}

} // namespace troupe
