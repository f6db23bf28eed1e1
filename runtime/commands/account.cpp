#include "runtime/commands/account.hpp"

#include "models/account_proof.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint32_t page_rows = 10'000, page_accounts = 1'000;
/// Broken accounts that are named one by one.
constexpr std::uint64_t max_named = 50;

// Asks and waits; remembers the first failure.
class reader {
public:
  reader(caf::actor_system& system, const journal_actor& journal)
      : system_(system), journal_(journal), self_(system) {}

  template<class Answer, class Question>
  std::optional<Answer> ask(const Question& question) {
    std::optional<Answer> result;
    self_->request(journal_, std::chrono::minutes(10), question)
        .receive([&](Answer& answer) { result = std::move(answer); },
                 [&](caf::error& e) {
                   if (failure_.empty()) failure_ = system_.render(e);
                 });
    return result;
  }

  /// Every row of an account, in order, until `take` says false. False when a page was not read.
  bool each_row(const account_id& account, const std::function<bool(const journal_row&)>& take) {
    std::uint64_t next = 1;
    for (;;) {
      const auto page = ask<std::vector<journal_row>>(get_journal{account, next, page_rows});
      if (!page) return false;
      for (const auto& row : *page)
        if (!take(row)) return true;
      if (page->size() < page_rows) return true;
      next = page->back().version + 1;
    }
  }

  const std::string& failure() const { return failure_; }

private:
  caf::actor_system& system_;
  const journal_actor& journal_;
  caf::scoped_actor self_;
  std::string failure_;
};

struct verified {
  trial_balance books; // as walked
  std::uint64_t accounts = 0, rows = 0, broken = 0;
};

constexpr house_account houses[] = {house_account::engine, house_account::market,
                                    house_account::payments, house_account::transit};

// False when the journal could not be read.
bool verify_account(reader& from, const account_id& id, verified& so_far, std::ostream& errors) {
  const auto stored = from.ask<stored_account>(load_account{id});
  if (!stored) return false;
  account_proof proof{id, *stored};
  std::optional<audit_fault> fault;
  if (!from.each_row(id, [&](const journal_row& row) {
        fault = proof.add(row);
        return !fault;
      }))
    return false;
  if (!fault) fault = proof.end();
  const auto& audit = proof.audit();
  ++so_far.accounts;
  so_far.rows += audit.rows();
  bool entered = so_far.books.add_total(house_account::none, audit.books().accounts());
  for (const auto house : houses)
    entered = so_far.books.add_total(house, audit.books().of(house)) && entered;
  if (!fault && !entered) fault = audit_fault{audit.rows(), "the totals are out of range"};
  if (fault && ++so_far.broken <= max_named)
    errors << "broken: account " << id << ", position " << fault->position << ": " << fault->what
           << '\n';
  return true;
}

bool verify_all(reader& from, verified& so_far, std::ostream& errors) {
  for (account_id after;;) {
    const auto page = from.ask<std::vector<account_id>>(get_account_ids{after, page_accounts});
    if (!page) return false;
    for (const auto& id : *page)
      if (!verify_account(from, id, so_far, errors)) return false;
    if (page->size() < page_accounts) return true;
    after = page->back();
  }
}

money total_of(const ledger_totals& totals, house_account house) {
  switch (house) {
  case house_account::engine: return totals.engine;
  case house_account::market: return totals.market;
  case house_account::payments: return totals.payments;
  case house_account::transit: return totals.transit;
  case house_account::none: break;
  }
  return totals.accounts;
}

// The books as the store sums them, against the books as walked.
bool print_totals(const ledger_totals& totals, const verified& walked, account_output to) {
  bool good = totals.difference.is_zero() && totals.account_count == walked.accounts
      && totals.row_count == walked.rows && totals.accounts == walked.books.accounts();
  to.out << "accounts            " << totals.accounts << '\n';
  for (const auto house : houses) {
    const auto total = total_of(totals, house);
    auto name = std::string{to_string(house)};
    name.resize(20, ' ');
    to.out << name << total << '\n';
    good = good && total == walked.books.of(house);
  }
  to.out << "difference          " << totals.difference << '\n';
  if (!good && walked.broken == 0)
    to.errors << "broken: the trial balance is not what the journal leads to ("
              << totals.account_count << " accounts, " << totals.row_count << " rows)\n";
  return good;
}

void print_state(const account& a, std::uint64_t rows, std::ostream& out) {
  out << "account             " << a.id() << '\n'
      << "version             " << a.version() << " of " << rows << '\n'
      << "kind                " << to_string(a.kind());
  if (a.what() != product::none) out << ", " << to_string(a.what());
  out << '\n';
  if (!a.owner().empty()) out << "owner               " << a.owner() << '\n';
  out << "status              " << to_string(a.status()) << '\n'
      << "balance             " << a.balance() << '\n'
      << "reserved            " << a.reserved() << '\n'
      << "available           " << a.available() << '\n';
  if (a.kind() == account_kind::investment)
    out << "high-water mark     " << a.high_water_mark() << '\n'
        << "circuit breaker     " << to_string(a.breaker().state()) << '\n';
}

int not_read(const reader& from, std::ostream& errors) {
  errors << "troupe account: the journal was not read: " << from.failure() << '\n';
  return 1;
}

void print_row(const journal_row& row, std::ostream& out) {
  out << row.version << "  " << to_iso8601(row.at) << "  " << kind_name(row.kind);
  if (row.contra != house_account::none)
    out << "  " << row.amount << " against " << to_string(row.contra);
  out << "  balance " << row.balance_after << ", reserved " << row.reserved_after;
  if (!row.reference.empty()) out << "  " << row.reference;
  out << '\n';
}

// Walks an account's rows up to a time, and prints its state then.
int replay(reader& from, const account_id& id, utc_ms as_of, bool with_rows, account_output to) {
  journal_audit audit{id};
  std::optional<audit_fault> fault;
  const auto stored = from.ask<stored_account>(load_account{id});
  if (!stored || !from.each_row(id, [&](const journal_row& row) {
        if (row.at > as_of) return false;
        fault = audit.add(row.payload, row.hash);
        if (!fault && with_rows) print_row(row, to.out);
        return !fault;
      }))
    return not_read(from, to.errors);
  if (fault) {
    to.errors << "broken: account " << id << ", position " << fault->position << ": " << fault->what
              << '\n';
    return 1;
  }
  if (audit.rows() == 0) {
    to.errors << "troupe account: there was no account " << id << " then\n";
    return 1;
  }
  print_state(audit.state(), stored->version, to.out);
  return 0;
}

} // namespace

int run_account_verify(caf::actor_system& system, const journal_actor& journal, account_output to) {
  reader from{system, journal};
  verified walked;
  if (!verify_all(from, walked, to.errors)) return not_read(from, to.errors);
  const auto totals = from.ask<ledger_totals>(get_trial_balance{});
  if (!totals) return not_read(from, to.errors);
  to.out << walked.accounts << " accounts, " << walked.rows << " rows\n";
  const bool balanced = print_totals(*totals, walked, to);
  if (walked.broken > 0) to.errors << walked.broken << " accounts are broken\n";
  if (!balanced || walked.broken > 0) return 1;
  to.out << "verified: every hash, version and balance follows\n";
  return 0;
}

int run_account_replay(caf::actor_system& system, const journal_actor& journal,
                       const account_id& account, utc_ms as_of, account_output to) {
  reader from{system, journal};
  return replay(from, account, as_of, false, to);
}

int run_account_show(caf::actor_system& system, const journal_actor& journal,
                     const account_id& account, account_output to) {
  reader from{system, journal};
  return replay(from, account, std::numeric_limits<utc_ms>::max(), true, to);
}

} // namespace troupe
