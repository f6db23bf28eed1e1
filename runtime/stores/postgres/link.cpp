#include "runtime/stores/postgres/link.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr int max_runs = 4;

} // namespace

pg_link::pg_link(std::string url, std::vector<pg_statement> statements, pg_link_options options)
    : url_(std::move(url)), statements_(std::move(statements)), options_(std::move(options)) {}

pg_result pg_link::connect() {
  if (session_ && session_->is_open()) return {};
  session_.reset();
  if (steady::now() < not_before_) return {pg_outcome::unknown, {}, last_words_};
  pg_result result;
  auto opened = pg_session::open(url_, options_.session, result.words);
  if (!opened) {
    result.outcome = pg_outcome::unknown;
    note(result);
    return result;
  }
  for (const auto& statement : statements_) {
    result = opened->prepare(statement.name, statement.sql);
    if (result.done()) continue;
    note(result);
    return result;
  }
  session_ = std::move(opened);
  ++generation_;
  return result;
}

// A refusal is no failure of the link, unless nothing could be prepared: then there is no session.
void pg_link::note(const pg_result& result) {
  if (result.done() || (session_ && session_->is_open())) {
    failures_ = 0;
    return;
  }
  last_words_ = result.words;
  if (++failures_ < 2) return;
  const auto doublings = std::min(failures_ - 2, 16u);
  const auto wait = std::min<std::uint64_t>(std::uint64_t{options_.backoff_ms} << doublings,
                                            options_.backoff_max_ms);
  not_before_ = steady::now() + std::chrono::milliseconds(wait);
}

pg_result pg_link::repeatable(const std::function<void(pqxx::connection_base&)>& work) {
  pg_result result;
  int lost = 0;
  for (int run = 0; run < max_runs; ++run) {
    if (result = connect(); !result.done()) return result;
    result = session_->attempt(work);
    note(result);
    if (result.done()) return result;
    if (result.outcome == pg_outcome::unknown ? ++lost > 1 : !result.may_succeed_again())
      return result;
  }
  return result;
}

} // namespace troupe
