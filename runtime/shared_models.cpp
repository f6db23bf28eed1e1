#include "runtime/shared_models.hpp"

#include "runtime/model_files.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <utility>

namespace troupe {

namespace {

constexpr std::chrono::seconds patience{30};

} // namespace

template<class Answer, class Question>
std::string shared_models::ask(Question question, Answer& out) const {
  std::string error;
  caf::scoped_actor self{system_};
  self->request(store_, patience, std::move(question))
      .receive([&](Answer& answer) { out = std::move(answer); },
               [&](const caf::error& e) { error = "models are not shared: " + system_.render(e); });
  return error;
}

std::string shared_models::bring(const symbol_name& symbol, std::uint64_t epoch) const {
  model_roles roles;
  if (auto error = ask(get_shared_roles{symbol}, roles); !error.empty()) return error;
  if (roles.champion.empty()) return epoch > 0 ? give_own(symbol, epoch) : "";
  for (auto& version : {roles.champion, roles.challenger}) {
    if (version.empty()) continue;
    if (auto error = bring_version(symbol, version); !error.empty()) return error;
  }
  const auto here = read_roles(folder_, symbol);
  if (here.champion == roles.champion && here.challenger == roles.challenger) return "";
  return write_roles(folder_, roles);
}

// A node that had models before it shared any.
std::string shared_models::give_own(const symbol_name& symbol, std::uint64_t epoch) const {
  const auto own = load_by_roles(folder_, symbol);
  if (!own.champion) return "";
  model_roles roles{symbol, own.champion->version, own.challenger ? own.challenger->version : ""};
  for (auto& version : {roles.champion, roles.challenger}) {
    if (version.empty()) continue;
    if (auto error = give_version(symbol, version); !error.empty()) return error;
  }
  return give_roles(roles, epoch);
}

std::string shared_models::bring_version(const symbol_name& symbol,
                                         const std::string& version) const {
  if (has_version(folder_, symbol, version)) return "";
  std::string files, error;
  error = ask(get_model_version{symbol, version}, files);
  if (!error.empty()) return error;
  if (files.empty()) return "there is no version " + version + " of " + symbol;
  unpack_version(folder_, symbol, version, files, error);
  return error;
}

std::string shared_models::give_version(const symbol_name& symbol,
                                        const std::string& version) const {
  std::string error;
  auto files = pack_version(folder_, symbol, version, error);
  bool fresh = false;
  return files.empty() ? error : ask(put_model_version{symbol, version, std::move(files)}, fresh);
}

std::string shared_models::give_roles(const model_roles& roles, std::uint64_t epoch) const {
  bool said = false;
  auto error = ask(put_shared_roles{roles, epoch}, said);
  if (error.empty() && !said) error = roles.symbol + " is another node's by now";
  return error;
}

} // namespace troupe
