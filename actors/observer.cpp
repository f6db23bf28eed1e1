#include "actors/observer.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace troupe {

std::shared_ptr<const node_snapshot> snapshot_board::read() const {
  std::lock_guard<std::mutex> hold{guard_};
  return current_;
}

void snapshot_board::put(std::shared_ptr<const node_snapshot> next) {
  std::lock_guard<std::mutex> hold{guard_};
  current_ = std::move(next);
}

namespace {

using namespace std::chrono_literals;

// An answer later than this counts as none. Shorter than an interval: rounds do not overlap.
constexpr auto patience = 5s;

void add_up(accounts_status& sum, const accounts_status& one) {
  sum.loaded += one.loaded;
  sum.loads += one.loads;
  sum.passivated += one.passivated;
  sum.failed += one.failed;
  sum.refused += one.refused;
  sum.asleep += one.asleep;
  sum.woken += one.woken;
}

// Parts that are looked at together.
enum group : std::size_t { stores, own_parts, data, groups };
constexpr std::uint64_t every[groups] = {1, own_parts_every, data_every};

class observer_state {
public:
  static inline const char* name = "observer";

  explicit observer_state(caf::event_based_actor* self) : self_(self) {}

  void start(observed_parts parts, std::shared_ptr<snapshot_board> board) {
    parts_ = std::move(parts);
    board_ = std::move(board);
    names_.resize(parts_.symbols.size());
    look();
  }

  void look() {
    began_ = self_->clock().now();
    for (auto g : {stores, own_parts, data}) {
      if (round_ % every[g] != 0 && well_[g]) continue;
      well_[g] = true;
      if (g == stores) look_at_stores();
      if (g == own_parts) look_at_own_parts();
      if (g == data) look_at_data();
    }
    if (round_ % services_every == 0) look_outside();
    ++round_;
    self_->delayed_send(self_, observation_interval, caf::tick_atom_v);
  }

private:
  // `judge` takes the answer into the picture and says how it is.
  template<class Answer, class Handle, class Question, class Judge>
  void ask(group g, std::string part, const Handle& whom, Question question, Judge judge) {
    ++outstanding_;
    self_->request(whom, patience, std::move(question))
        .then(
            [this, g, part, judge](Answer& answer) {
              const part_health found = judge(answer);
              put(g, part.empty() ? found.name : part, found.status, found.note);
            },
            [this, g, part](const caf::error& e) {
              if (!part.empty()) return put(g, part, "unhealthy", self_->system().render(e));
              well_[g] = false; // it has never said its name; who knows it misses it
              one_less();
            });
  }

  static part_health seen_as(const char* status, std::string note = {}) {
    return {"", status, 0, std::move(note)};
  }

  void look_at_stores() {
    ask<store_status>(stores, "database", parts_.store, get_store_status{},
                      [this](store_status& s) {
                        seen_.store = std::move(s);
                        return seen_as(seen_.store.failing ? "degraded" : "healthy");
                      });
    if (!parts_.journal) return;
    ask<journal_status>(stores, "ledger", parts_.journal, get_journal_status{},
                        [this](journal_status& s) {
                          seen_.journal = std::move(s);
                          if (seen_.journal->failing) return seen_as("degraded", "it fails");
                          if (seen_.journal->lease == "waiting")
                            return seen_as("degraded", "another node holds the lease");
                          return seen_as("healthy");
                        });
  }

  void look_at_own_parts() {
    look_at_scores();
    for (std::size_t i = 0; i < parts_.symbols.size(); ++i)
      ask<symbol_status>(own_parts, names_[i], parts_.symbols[i], get_symbol_status{},
                         [this, i](symbol_status& s) { return take_symbol(i, std::move(s)); });
    auto sum = std::make_shared<accounts_status>(); // of those that answer
    auto missing = std::make_shared<std::size_t>(parts_.accounts.size());
    const bool single = parts_.accounts.size() == 1;
    for (std::size_t i = 0; i < parts_.accounts.size(); ++i)
      ask<accounts_status>(own_parts, single ? "accounts" : "accounts:" + std::to_string(i),
                           parts_.accounts[i], get_accounts_status{},
                           [this, sum, missing](accounts_status& s) {
                             add_up(*sum, s);
                             if (--*missing == 0) seen_.accounts = *sum;
                             return seen_as("healthy");
                           });
  }

  part_health take_symbol(std::size_t i, symbol_status s) {
    auto out = seen_as(s.ready && s.has_model ? "healthy" : "degraded");
    out.name = names_[i] = "symbol:" + s.symbol;
    const auto row = std::find_if(seen_.symbols.begin(), seen_.symbols.end(),
                                  [&](const auto& old) { return old.symbol == s.symbol; });
    if (row == seen_.symbols.end())
      seen_.symbols.push_back(std::move(s));
    else
      *row = std::move(s);
    return out;
  }

  void look_at_data() {
    ask<feed_status>(data, "feed", parts_.feed, get_feed_status{}, [this](feed_status& s) {
      seen_.feed = std::move(s);
      return seen_as(seen_.feed.state == "stale" ? "degraded" : "healthy");
    });
    ask<std::vector<model_info>>(data, "models", parts_.trainer, get_models{},
                                 [this](std::vector<model_info>& m) {
                                   seen_.models = std::move(m);
                                   return seen_as(seen_.models.empty() ? "degraded" : "healthy");
                                 });
  }

  // Shown with the next picture; a symbol that does not answer is missed elsewhere.
  void look_at_scores() {
    for (std::size_t i = 0; i < std::min(parts_.symbols.size(), max_scored_symbols); ++i)
      self_->request(parts_.symbols[i], patience, get_live_scores{})
          .then(
              [this](symbol_scores& found) {
                for (auto& row : seen_.scores)
                  if (row.symbol == found.symbol) {
                    row = std::move(found);
                    return;
                  }
                seen_.scores.push_back(std::move(found));
              },
              [](const caf::error&) {});
  }

  void look_outside() {
    outbound_request question;
    question.path = "/health";
    question.deadline_ms = std::chrono::milliseconds{patience}.count();
    for (auto& service : parts_.services)
      self_->request(service, 2 * patience, question)
          .then([](const outbound_response&) {}, [](const caf::error&) {});
  }

  void put(group g, const std::string& part, const std::string& status, const std::string& note) {
    well_[g] = well_[g] && status == "healthy";
    const part_health found{part, status, elapsed_ms(), note};
    const auto row = std::find_if(seen_.parts.begin(), seen_.parts.end(),
                                  [&](const auto& p) { return p.name == part; });
    if (row == seen_.parts.end())
      seen_.parts.push_back(found);
    else
      *row = found;
    one_less();
  }

  double elapsed_ms() const {
    return std::chrono::duration<double, std::milli>(self_->clock().now() - began_).count();
  }

  // Shown once all that were asked together are in.
  void one_less() {
    if (--outstanding_ == 0) board_->put(std::make_shared<const node_snapshot>(seen_));
  }

  caf::event_based_actor* self_;
  observed_parts parts_;
  std::shared_ptr<snapshot_board> board_;
  node_snapshot seen_;
  std::vector<std::string> names_; // of the symbols' parts, once they have said who they are
  bool well_[groups] = {true, true, true};
  std::uint64_t round_ = 0;
  std::size_t outstanding_ = 0;
  caf::actor_clock::time_point began_;
};

caf::behavior observer_behavior(caf::stateful_actor<observer_state>* self, observed_parts parts,
                                std::shared_ptr<snapshot_board> board) {
  auto& s = self->state;
  s.start(std::move(parts), std::move(board));
  return {[&s](caf::tick_atom) { s.look(); }};
}

} // namespace

caf::actor spawn_observer(caf::actor_system& system, observed_parts parts,
                          std::shared_ptr<snapshot_board> board) {
  return system.spawn(observer_behavior, std::move(parts), std::move(board));
}

} // namespace troupe
