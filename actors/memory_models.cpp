#include "actors/memory_models.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <utility>

namespace troupe {

namespace {

struct models_state {
  static inline const char* name = "memory_models";

  std::map<symbol_name, std::map<std::string, std::string>> versions;
  std::map<symbol_name, std::pair<model_roles, std::uint64_t>> roles; // with their epoch

  caf::result<bool> put(put_model_version& x) {
    if (auto why = why_unkeepable(x); !why.empty())
      return caf::make_error(errc::validation_error, why);
    auto& kept = versions[x.symbol];
    const bool fresh = kept.emplace(x.version, std::move(x.files)).second;
    forget_old(x.symbol, kept, x.version);
    return fresh;
  }

  void forget_old(const symbol_name& symbol, std::map<std::string, std::string>& kept,
                  const std::string& put) {
    const auto& part = roles[symbol].first;
    std::size_t newer = 0;
    for (auto i = kept.end(); i != kept.begin();) {
      --i;
      const bool needed = i->first == put || i->first == part.champion
          || i->first == part.challenger || newer < kept_shared_versions;
      ++newer;
      if (!needed) i = kept.erase(i);
    }
  }

  bool put(const put_shared_roles& x) {
    const auto [kept, fresh] = roles.try_emplace(x.roles.symbol);
    if (!fresh && kept->second.second > x.epoch) return false;
    kept->second = {x.roles, x.epoch};
    return true;
  }

  std::string find(const get_model_version& q) const {
    const auto symbol = versions.find(q.symbol);
    if (symbol == versions.end()) return {};
    const auto found = symbol->second.find(q.version);
    return found == symbol->second.end() ? std::string{} : found->second;
  }

  model_roles find(const get_shared_roles& q) const {
    const auto found = roles.find(q.symbol);
    return found == roles.end() ? model_roles{q.symbol, {}, {}} : found->second.first;
  }
};

model_store_actor::behavior_type
memory_models(model_store_actor::stateful_pointer<models_state> self) {
  auto& s = self->state;
  return {
      [&s](put_model_version& x) { return s.put(x); },
      [&s](const put_shared_roles& x) { return s.put(x); },
      [&s](const get_model_version& q) { return s.find(q); },
      [&s](const get_shared_roles& q) { return s.find(q); },
  };
}

} // namespace

model_store_actor spawn_memory_models(caf::actor_system& system) {
  return system.spawn(memory_models);
}

} // namespace troupe
