#include "runtime/stores/postgres/ledger_session.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::chrono::milliseconds first_pause{50}, longest_pause{1000};

// Every statement finds its few rows through an index, however large its tables were when the plan
// was made: a plan for empty tables would read them whole for minutes after.
constexpr const char* planner = "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                "SET enable_mergejoin = off; SET plan_cache_mode = "
                                "force_generic_plan; SET jit = off";

// A batch takes milliseconds. Whoever waits for it has long been told that nothing is known.
pg_session_options session_options() {
  pg_session_options options;
  options.statement_timeout_ms = 5'000;
  options.answer_timeout_ms = 6'000;
  return options;
}

} // namespace

ledger_session::ledger_session(std::string url, std::vector<ledger_statement> statements)
    : url_(std::move(url)), statements_(std::move(statements)) {}

pg_result ledger_session::prepare() {
  auto result = session_->attempt(
      [&](pqxx::connection_base& connection) { pqxx::nontransaction{connection}.exec(planner); });
  for (auto it = statements_.begin(); result.done() && it != statements_.end(); ++it)
    result = session_->prepare(it->name, it->sql);
  return result;
}

bool ledger_session::open() {
  if (session_ && session_->is_open()) return true;
  session_.reset();
  const auto now = clock::now();
  if (now < next_try_) return false;
  session_ = pg_session::open(url_, session_options(), words_);
  if (session_) {
    if (const auto result = prepare(); !result.done()) {
      words_ = result.words;
      session_.reset();
    }
  }
  pause_ = session_ ? first_pause : std::min(std::max(pause_ * 2, first_pause), longest_pause);
  next_try_ = session_ ? clock::time_point{} : clock::now() + pause_;
  return session_ != nullptr;
}

pg_result ledger_session::attempt(const std::function<void(pqxx::connection_base&)>& work,
                                  std::uint32_t answer_timeout_ms) {
  if (!open()) return {pg_outcome::unknown, {}, words_};
  return session_->attempt(work, answer_timeout_ms);
}

pg_result ledger_session::attempt_twice(const std::function<void(pqxx::connection_base&)>& work,
                                        std::uint32_t answer_timeout_ms) {
  const bool was_open = session_ && session_->is_open();
  auto result = attempt(work, answer_timeout_ms);
  if (result.outcome == pg_outcome::unknown && was_open) result = attempt(work, answer_timeout_ms);
  return result;
}

pqxx::result run_statement(pqxx::connection_base& connection, const char* name,
                           const pg_parameters& parameters) {
  const std::vector<pqxx::binarystring> binary{parameters.begin(), parameters.end()};
  pqxx::nontransaction transaction{connection};
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(binary));
}

} // namespace troupe
