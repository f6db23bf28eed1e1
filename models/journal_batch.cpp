#include "models/journal_batch.hpp"

#include "models/journal_rules.hpp"

namespace troupe {

namespace {

// Enters the append's references, or none of them when one is there already.
bool enter_references(const account_append& append, batch_facts& facts) {
  for (auto row = append.rows.begin(); row != append.rows.end(); ++row) {
    if (row->reference.empty()
        || facts.references.insert(batch_facts::key_of(append.account, row->reference)).second)
      continue;
    while (row != append.rows.begin())
      if (!(--row)->reference.empty())
        facts.references.erase(batch_facts::key_of(append.account, row->reference));
    return false;
  }
  return true;
}

errc judge(const account_append& append, batch_facts& facts) {
  const auto found = facts.heads.find(append.account);
  const auto head = found == facts.heads.end() ? batch_facts::head{} : found->second;
  if (append.expected_version != head.version) return errc::journal_stale;
  if (!enter_references(append, facts)) return errc::idempotency_conflict;
  if (!balances_follow(head.balance, append)) {
    for (const auto& row : append.rows)
      facts.references.erase(batch_facts::key_of(append.account, row.reference));
    return errc::validation_error;
  }
  const auto& last = append.rows.back();
  facts.heads[append.account] = {last.version, last.balance_after};
  return errc::none;
}

} // namespace

std::pair<account_id, reference_id> batch_facts::key_of(const account_id& account,
                                                        const reference_id& reference) {
  return {is_of_the_world(reference) ? account_id{} : account, reference};
}

std::vector<errc> judge_batch(const std::vector<const account_append*>& appends,
                              batch_facts facts) {
  std::vector<errc> outcomes;
  outcomes.reserve(appends.size());
  for (const auto* append : appends) outcomes.push_back(judge(*append, facts));
  return outcomes;
}

} // namespace troupe
