// `troupe rescore`: stored signals made again from stored candles and models, and compared to the
// bit.
#include "models/rescore.hpp"
#include "runtime/actor_config.hpp"
#include "runtime/commands/commands.hpp"
#include "runtime/market_store.hpp"
#include "runtime/model_files.hpp"
#include "runtime/strategies.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <utility>

namespace troupe {

namespace {

constexpr auto patience = std::chrono::seconds(120);
constexpr std::uint32_t page_signals = 500;

class rescore_run {
public:
  rescore_run(caf::actor_system& system, const settings& s, store_actor store)
      : system_(system), self_(system), settings_(s), store_(std::move(store)) {}

  // The signals asked for, newest first. Returns what went wrong, or "".
  std::string find(std::vector<stored_signal>& out) {
    get_signals question;
    question.symbol = settings_.text("symbol");
    question.id = settings_.text("signal");
    const auto most = static_cast<std::size_t>(settings_.integer("limit"));
    for (bool more = true; more && out.size() < most;) {
      question.limit =
          static_cast<std::uint32_t>(std::min<std::size_t>(page_signals, most - out.size()));
      question.offset = static_cast<std::uint32_t>(out.size());
      signal_page page;
      const auto error = ask(question, page);
      if (!error.empty()) return error;
      for (auto& s : page.signals) out.push_back(std::move(s));
      more = question.id.empty() && !page.signals.empty();
    }
    if (!out.empty()) return "";
    return question.id.empty() ? "the store has no signals" : "there is no signal " + question.id;
  }

  // True when it agrees. Says what there is to say.
  bool check(const signal& s) {
    const auto again = make_again(s);
    if (again.agrees()) return true;
    std::printf("%s: %s\n", s.id.c_str(), again.error.empty() ? "differs" : again.error.c_str());
    for (auto& d : again.differences) std::printf("  %s\n", d.c_str());
    return false;
  }

private:
  template<class Answer, class Question>
  std::string ask(const Question& question, Answer& out) {
    std::string error;
    self_->request(store_, patience, question)
        .receive([&](Answer& answer) { out = std::move(answer); },
                 [&](const caf::error& e) { error = system_.render(e); });
    return error;
  }

  rescored make_again(const signal& s) {
    std::string error;
    const auto models = models_of(s, error);
    if (!models) return {error, {}, {}};
    const auto from = rescore_from(s);
    if (from <= 0) return {"it was kept without its terms", {}, {}};
    std::vector<candle> candles;
    error = ask(
        get_candles{s.symbol, from, s.candles_to + 1, std::numeric_limits<std::uint32_t>::max()},
        candles);
    return error.empty() ? rescore(s, models, candles) : rescored{error, {}, {}};
  }

  model_set_ptr models_of(const signal& s, std::string& error) {
    const auto folder = models_folder(settings_) + "/" + s.symbol + "/" + s.model_version;
    auto& kept = models_[folder];
    if (!kept) {
      const auto loaded = load_models(folder, error);
      if (loaded) kept = loaded->models;
    }
    if (kept && kept->model_hash != s.model_hash) {
      error = "the models of its version are others than those that made it";
      return nullptr;
    }
    return kept;
  }

  caf::actor_system& system_;
  caf::scoped_actor self_;
  const settings& settings_;
  store_actor store_;
  std::map<std::string, model_set_ptr> models_;
};

std::string rescore_with(caf::actor_system& system, const settings& s, const store_actor& store) {
  rescore_run run{system, s, store};
  std::vector<stored_signal> signals;
  const auto error = run.find(signals);
  if (!error.empty()) return error;
  std::size_t agreed = 0;
  for (auto& one : signals) agreed += run.check(one.what) ? 1 : 0;
  std::printf("%zu of %zu signals made again to the bit\n", agreed, signals.size());
  return agreed == signals.size() ? "" : "not all agree";
}

} // namespace

int rescore_signals(const settings& s) {
  std::string error;
  if (s.text("signal").empty() != s.flag("all"))
    error = "name a signal by --signal=ID, or --all";
  else if (!has_market_store(s))
    error = "there is no store in " + s.text("data.dir");
  if (error.empty()) {
    actor_config config{1};
    caf::actor_system system{config};
    const auto opened = open_market_store(system, s);
    error = opened.error;
    if (error.empty()) error = rescore_with(system, s, opened.handle);
    if (opened.handle) {
      caf::anon_send_exit(opened.handle, caf::exit_reason::user_shutdown);
      caf::scoped_actor { system } -> wait_for(opened.handle);
    }
  }
  if (error.empty()) return 0;
  std::fprintf(stderr, "troupe rescore: %s\n", error.c_str());
  return 1;
}

} // namespace troupe
