#include "runtime/stores/signal_lists.hpp"

#include <nlohmann/json.hpp>

namespace troupe {

namespace {

using nlohmann::json;

std::string to_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace); // never throws
}

} // namespace

std::string odds_text(const std::vector<barrier_odds>& odds) {
  auto list = json::array();
  for (const auto& o : odds)
    list.push_back({o.rr, o.p_tp, o.p_sl, o.p_timeout, o.mean_timeout_r, o.expected_net_r,
                    o.standard_error_r});
  return to_text(list);
}

std::string reasons_text(const std::vector<std::string>& reasons) { return to_text(reasons); }

bool read_signal_lists(const std::string& odds, const std::string& reasons, signal& s) {
  try {
    for (const auto& o : json::parse(odds))
      s.odds.push_back({o.at(0), o.at(1), o.at(2), o.at(3), o.at(4), o.at(5), o.at(6)});
    s.reasons = json::parse(reasons).get<std::vector<std::string>>();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

} // namespace troupe
