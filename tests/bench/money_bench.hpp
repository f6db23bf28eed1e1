// What the measurements of money share: a journal opened as a node opens it, the accounts that live
// on it, and the words that drive such a program from outside. What is measured is in ledger.cpp
// and accounts.cpp.
#pragma once
#include "actors/accounts.hpp"
#include "runtime/actor_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace bench {

/// The account a number stands for: as long as a UUID, and the same here as in the wrk scripts.
std::string account_name(std::uint64_t number);

/// Milliseconds, to be sorted once.
class latencies {
public:
  void reserve(std::size_t count) { ms_.reserve(count); }
  void add(std::int64_t ns) { ms_.push_back(static_cast<float>(static_cast<double>(ns) / 1e6)); }
  std::size_t count() const { return ms_.size(); }
  /// `"p50_ms":…,"p99_ms":…,"p999_ms":…`
  std::string fields();

private:
  std::vector<float> ms_;
};

std::int64_t now_ns();

/// Ends the program with these words.
[[noreturn]] void give_up(const std::string& words);

/// A journal and the accounts on it, until it is destroyed. `words`: `postgres URL CONNECTIONS` or
/// `sqlite FILE`, and `awake` behind it when no account is to sleep.
class money_node {
public:
  explicit money_node(std::vector<std::string> words);
  ~money_node();

  caf::actor_system& system() { return system_; }
  const troupe::journal_actor& journal() const { return journal_; }
  const troupe::accounts& accounts() const { return accounts_; }

  /// Proves the books: gives up unless they sum to zero. Returns how many rows there are.
  std::uint64_t balanced_rows();

private:
  troupe::actor_config config_{2};
  caf::actor_system system_;
  troupe::journal_actor journal_;
  troupe::accounts accounts_;
};

/// Reads lines `name argument …` until the end of input and answers each with the one line its
/// command returns.
using command = std::function<std::string(std::istringstream& arguments)>;
void serve_commands(const std::map<std::string, command>& commands);

/// The next argument; gives up where there is none.
template<class T>
T next(std::istringstream& arguments) {
  T value{};
  if (!(arguments >> value)) give_up("an argument is missing");
  return value;
}

} // namespace bench
