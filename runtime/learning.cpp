#include "runtime/learning.hpp"

#include "runtime/model_files.hpp"
#include "runtime/model_roles.hpp"
#include "runtime/strategies.hpp"

#include <caf/send.hpp>

#include <optional>
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

model_keeper learning_part::make_keeper(const std::string& folder) const {
  model_keeper keeper;
  keeper.keep = [folder](const trained_models& t, std::string& error) {
    return keep_trained_models(folder, t, error);
  };
  keeper.recall = [folder](const model_set& one, std::string& error) {
    return recall_trained_models(folder, one, error);
  };
  keeper.load = [folder](const symbol_name& symbol, const std::string& version,
                         std::string& error) {
    return load_version(folder, symbol, version, error);
  };
  keeper.name_roles = [folder](const model_roles& roles) { return write_roles(folder, roles); };
  return keeper;
}

// What is made here is given to the store before anybody speaks with it; what is asked for is
// brought from there.
void learning_part::share(model_keeper& keeper, const std::string& folder) const {
  keeper.keep = [shared = shared_, keep = keeper.keep](const trained_models& t,
                                                       std::string& error) -> model_set_ptr {
    auto kept = keep(t, error);
    if (kept) error = shared->models.give_version(kept->symbol, kept->version);
    return error.empty() ? kept : nullptr;
  };
  keeper.load = [shared = shared_, load = keeper.load](const symbol_name& symbol,
                                                       const std::string& version,
                                                       std::string& error) -> model_set_ptr {
    error = shared->models.bring_version(symbol, version);
    return error.empty() ? load(symbol, version, error) : nullptr;
  };
  keeper.name_roles = [shared = shared_, folder](const model_roles& roles) {
    const auto epoch = shared->epoch_of(roles.symbol);
    if (epoch == 0) return roles.symbol + " is another node's by now";
    std::string error;
    for (auto& version : {roles.champion, roles.challenger}) // one may have come by hand
      if (error.empty() && !version.empty())
        error = shared->models.give_version(roles.symbol, version);
    if (error.empty()) error = shared->models.give_roles(roles, epoch);
    return error.empty() ? write_roles(folder, roles) : error;
  };
  keeper.started_with = [shared = shared_](const symbol_name& symbol) {
    std::lock_guard<std::mutex> hold{shared->guard};
    const auto found = shared->started.find(symbol);
    std::optional<started_models> out;
    if (found != shared->started.end()) out = std::move(found->second);
    if (out) shared->started.erase(found);
    return out;
  };
}

std::string learning_part::load(const symbol_name& symbol, started_models& out) const {
  if (shared_)
    if (auto error = shared_->models.bring(symbol, shared_->epoch_of(symbol)); !error.empty())
      return error;
  auto loaded = load_by_roles(folder_, symbol);
  for (auto& why : loaded.refused) log_(log_level::warn, why);
  out = {std::move(loaded.champion), std::move(loaded.challenger)};
  if (!shared_) return "";
  std::lock_guard<std::mutex> hold{shared_->guard};
  shared_->started[symbol] = out;
  return "";
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
  if (shared_)
    options.mine = [shared = shared_](const symbol_name& symbol) {
      return shared->epoch_of(symbol) > 0;
    };
  auto keeper = make_keeper(folder_);
  if (shared_) share(keeper, folder_);
  trainer_ = spawn_trainer(system_, std::move(options), store, std::move(keeper), models, log_);
  return "";
}

void learning_part::start_backtests(const settings& s, const store_actor& store) {
  backtests_options options;
  for (auto& known : s.strategies()) options.strategies.push_back(strategy_named(s, known.first));
  options.costs.round_trip_bp = s.number("signals.cost-bp");
  options.train_days = static_cast<std::uint32_t>(s.integer("train.days"));
  options.fill_limit = static_cast<std::uint32_t>(s.integer("market.fill-gap-candles"));
  options.stored_models = [folder = folder_, shared = shared_](const symbol_name& symbol) {
    // What cannot be brought is judged by what is here.
    if (shared) shared->models.bring(symbol, shared->epoch_of(symbol));
    return load_by_roles(folder, symbol).champion;
  };
  backtests_ = spawn_backtests(system_, std::move(options), store);
}

std::string learning_part::start(const settings& s, const store_actor& store,
                                 const loaded_roster& models, learning_sharing sharing) {
  folder_ = models_folder(s);
  if (sharing.store)
    shared_ = std::make_shared<sharing_state>(shared_models{system_, sharing.store, folder_},
                                              std::move(sharing.epoch_of));
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
