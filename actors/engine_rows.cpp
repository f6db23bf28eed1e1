#include "actors/engine_rows.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

void engine_rows::add(position at, account_id account, journal_row row) {
  const bool opening = facts_of_opening(row).has_value();
  if (!opening) row.payload = {}; // up to 16 KB, and not read again
  auto& waiting = lines_[account].waiting;
  waiting.push_back(at);
  if (waiting.size() == 1) ready_.push_back(account);
  rows_.emplace_hint(rows_.end(), at, engine_row{std::move(account), std::move(row), 0, 0});
}

engine_rows::position engine_rows::take() {
  const auto account = std::move(ready_.front());
  ready_.pop_front();
  return lines_.at(account).waiting.front();
}

void engine_rows::settle(position p) {
  const auto row = rows_.find(p);
  const auto account = std::move(row->second.account);
  rows_.erase(row);
  const auto its = lines_.find(account);
  its->second.waiting.pop_front();
  its->second.last_rest_ms = 0;
  if (its->second.waiting.empty())
    lines_.erase(its);
  else
    ready_.push_back(account);
}

void engine_rows::put_back(position p) { ready_.push_back(rows_.at(p).account); }

void engine_rows::rest(position p, std::int64_t until_ms) {
  resting_.emplace(rows_.at(p).account, until_ms);
}

void engine_rows::rested(std::int64_t now_ms) {
  for (auto i = resting_.begin(); i != resting_.end();)
    if (i->second <= now_ms) {
      ready_.push_back(i->first);
      i = resting_.erase(i);
    } else {
      ++i;
    }
}

std::int64_t engine_rows::next_rest_ms(position p, std::int64_t first_ms, std::int64_t longest_ms) {
  auto& last = lines_.at(rows_.at(p).account).last_rest_ms;
  return last = std::min(last == 0 ? first_ms : 2 * last, longest_ms);
}

engine_facts* engine_rows::facts(const account_id& account) {
  const auto i = known_.find(account);
  return i == known_.end() ? nullptr : &i->second;
}

// What is forgotten can be read again; which of many is asked for next nobody knows.
engine_facts& engine_rows::learn(const account_id& account, const engine_facts& facts) {
  if (known_.size() >= max_known_ && known_.count(account) == 0) known_.erase(known_.begin());
  return known_[account] = facts;
}

void engine_rows::clear() {
  rows_.clear();
  lines_.clear();
  ready_.clear();
  resting_.clear();
  known_.clear();
}

} // namespace troupe
