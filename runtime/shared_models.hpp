// The models of a node's folder and those that all nodes share: brings what a symbol speaks with
// into the folder, and puts what is made here where others find it. The folder stays what a node
// loads from, so that nothing is different without a cluster. Calls wait for the store.
#pragma once
#include "actors/model_store.hpp"
#include "runtime/model_roles.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace troupe {

class shared_models {
public:
  /// `folder`: of the models, one folder a symbol. Callable on any thread that may block.
  shared_models(caf::actor_system& system, model_store_actor store, std::string folder)
      : system_(system), store_(std::move(store)), folder_(std::move(folder)) {}

  /// Makes the folder have, and load_by_roles() find, what the store says of the symbol. Where the
  /// store says nothing an owner's own is put there: `epoch` is 0 for anybody else. "" or why it
  /// cannot.
  std::string bring(const symbol_name& symbol, std::uint64_t epoch) const;

  /// Brings one version into the folder unless it is there. "" or why it cannot.
  std::string bring_version(const symbol_name& symbol, const std::string& version) const;

  /// Puts a version of the folder into the store. "" or why it cannot.
  std::string give_version(const symbol_name& symbol, const std::string& version) const;

  /// Says who speaks; the versions must be given before. "" or why it cannot: another node may have
  /// the symbol by now.
  std::string give_roles(const model_roles& roles, std::uint64_t epoch) const;

private:
  template<class Answer, class Question>
  std::string ask(Question question, Answer& out) const;
  std::string give_own(const symbol_name& symbol, std::uint64_t epoch) const;

  caf::actor_system& system_;
  model_store_actor store_;
  std::string folder_;
};

} // namespace troupe
