#include "runtime/strategies.hpp"

#include <cstdlib>

namespace troupe {

strategy strategy_named(const settings& s, const std::string& name) {
  const auto& fields = s.strategies().at(name);
  auto number = [&](const char* field) {
    auto i = fields.find(field);
    return i == fields.end() ? 0.0 : std::strtod(i->second.c_str(), nullptr);
  };
  auto always = fields.find("always-in");
  strategy out;
  out.name = name;
  out.margin_r = number("margin-r");
  out.standard_errors = number("standard-errors");
  out.min_rr = number("min-rr");
  out.always_in = always != fields.end() && always->second == "true";
  return out;
}

trial_rule trial_rule_of(const settings& s) {
  trial_rule rule;
  rule.least_candles = static_cast<std::uint32_t>(s.integer("train.trial-candles"));
  rule.most_days = static_cast<std::uint32_t>(s.integer("train.trial-days"));
  rule.promote_errors = s.number("train.promote-errors");
  rule.reject_errors = s.number("train.reject-errors");
  return rule;
}

std::string models_folder(const settings& s) {
  return s.given("models.dir") ? s.text("models.dir") : s.text("data.dir") + "/models";
}

} // namespace troupe
