#include "runtime/commands/quality_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace troupe {

namespace {

struct column {
  const char* title;
  const char* metric;
};

constexpr column range_columns[] = {
    {"n", "n"},
    {"R2", "r2"},
    {"HAR", "r2_har"},
    {"k.ATR", "r2_atr"},
    {"skill", "skill"},
    {"mae", "mae"},
    {"q80", "coverage_q80"},
    {"q90", "coverage_q90"},
    {"80%", "coverage_80"},
};
constexpr column tpsl_columns[] = {
    {"n", "n"},         {"base", "base_rate"},    {"AUC", "auc"},
    {"Brier", "brier"}, {"skill", "brier_skill"}, {"ECE", "calibration_error"},
};

std::string cell(const model_info& m, const column& c) {
  char text[16] = "       -";
  for (auto& [name, value] : m.metrics) {
    if (name != c.metric) continue;
    if (std::abs(value) >= 1000)
      std::snprintf(text, sizeof text, " %7.0f", value);
    else
      std::snprintf(text, sizeof text, " %7.4f", value);
  }
  return text;
}

template<std::size_t N>
std::string rows(const model_set& models, const char* kind, const column (&columns)[N]) {
  char text[64];
  std::snprintf(text, sizeof text, "  %-28s", kind);
  std::string out = text;
  for (auto& c : columns) {
    std::snprintf(text, sizeof text, " %7s", c.title);
    out += text;
  }
  out += '\n';
  auto ordered = models.infos;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const model_info& a, const model_info& b) { return a.horizon < b.horizon; });
  for (auto& m : ordered) {
    if (m.kind != kind) continue;
    std::snprintf(text, sizeof text, "  %-28s", m.name.c_str());
    out += text;
    for (auto& c : columns) out += cell(m, c);
    out += '\n';
  }
  return out;
}

} // namespace

std::string quality_table(const model_set& models) {
  auto out = models.symbol + " " + models.version + " (" + std::string{to_string(models.kind)}
      + "): learned from " + std::to_string(models.rows) + " rows, "
      + to_iso8601(models.train_from).substr(0, 10) + " to "
      + to_iso8601(models.train_to).substr(0, 10);
  if (models.source == "simulated") out += ", of a simulated market";
  out += "; validated on candles it had not seen\n";
  return out + rows(models, "range", range_columns) + rows(models, "tpsl", tpsl_columns);
}

} // namespace troupe
