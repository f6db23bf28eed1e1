#include "runtime/learning.hpp"

#include "runtime/model_files.hpp"
#include "runtime/model_roles.hpp"
#include "runtime/strategies.hpp"

#include <caf/send.hpp>

#include <utility>

namespace troupe {

namespace {

// Minute of the UTC day; -1 for never, -2 for nonsense.
int minute_of(const std::string& text) {
  if (text == "never") return -1;
  auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool shaped =
      text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
  if (!shaped) return -2;
  const int hour = std::stoi(text.substr(0, 2)), minute = std::stoi(text.substr(3));
  return hour < 24 && minute < 60 ? hour * 60 + minute : -2;
}

// Empty when one of them is none that can be trained.
std::vector<model_kind> kinds_of(const std::vector<std::string>& names) {
  std::vector<model_kind> out;
  for (auto& name : names) {
    const auto kind = model_kind_of(name);
    if (!kind || *kind == model_kind::har) return {};
    out.push_back(*kind);
  }
  return out;
}

} // namespace

loaded_roster load_models(const std::string& folder, const std::vector<std::string>& names,
                          const log_sink& log) {
  loaded_roster out;
  for (auto& name : names) {
    auto loaded = load_by_roles(folder, name);
    for (auto& why : loaded.refused) log(log_level::warn, why);
    if (loaded.champion) out.champions.push_back(std::move(loaded.champion));
    if (loaded.challenger) out.challengers.push_back(std::move(loaded.challenger));
  }
  return out;
}

std::string learning_part::start_trainer(const settings& s, const store_actor& store,
                                         const loaded_roster& models) {
  trainer_options options;
  options.days = static_cast<std::uint32_t>(s.integer("train.days"));
  options.workers = static_cast<std::uint32_t>(s.integer("train.workers"));
  options.nightly_minute = minute_of(s.text("train.nightly-at"));
  if (options.nightly_minute == -2) return "train.nightly-at must be hh:mm (UTC) or never";
  options.kinds = kinds_of(s.list("train.kinds"));
  if (options.kinds.empty()) return "train.kinds may hold xgboost, gru and ensemble";
  options.network_rounds = static_cast<int>(s.integer("train.network-rounds"));
  options.symbols = s.list("market.symbols");
  options.source = s.text("market.feed") == "simulated" ? "simulated" : "market";
  options.seed = static_cast<std::uint64_t>(s.integer("market.seed"));
  options.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  options.trials = trial_rule_of(s).least_candles > 0;
  model_keeper keeper;
  keeper.keep = [folder = models_folder(s)](const trained_models& t, std::string& error) {
    return keep_trained_models(folder, t, error);
  };
  keeper.recall = [folder = models_folder(s)](const model_set& one, std::string& error) {
    return recall_trained_models(folder, one, error);
  };
  keeper.load = [folder = models_folder(s)](const symbol_name& symbol, const std::string& version,
                                            std::string& error) {
    return load_version(folder, symbol, version, error);
  };
  keeper.name_roles = [folder = models_folder(s)](const model_roles& roles) {
    return write_roles(folder, roles);
  };
  trainer_ = spawn_trainer(system_, std::move(options), store, std::move(keeper), models, log_);
  return "";
}

void learning_part::start_backtests(const settings& s, const store_actor& store) {
  backtests_options options;
  for (auto& known : s.strategies()) options.strategies.push_back(strategy_named(s, known.first));
  options.costs.round_trip_bp = s.number("signals.cost-bp");
  options.train_days = static_cast<std::uint32_t>(s.integer("train.days"));
  options.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  options.stored_models = [folder = models_folder(s)](const symbol_name& symbol) {
    return load_by_roles(folder, symbol).champion;
  };
  backtests_ = spawn_backtests(system_, std::move(options), store);
}

std::string learning_part::start(const settings& s, const store_actor& store,
                                 const loaded_roster& models) {
  auto error = start_trainer(s, store, models);
  if (error.empty()) start_backtests(s, store);
  return error;
}

void learning_part::stop() {
  if (trainer_) caf::anon_send_exit(trainer_, caf::exit_reason::user_shutdown);
  if (backtests_) caf::anon_send_exit(backtests_, caf::exit_reason::user_shutdown);
  trainer_ = nullptr;
  backtests_ = nullptr;
}

} // namespace troupe
