// Answers questions about the ledger in PostgreSQL, and keeps what is no append: letters, marks,
// cursors. Blocking, on one connection of its own, beside the lanes that write. In which order it
// is asked is the journal's.
#pragma once
#include "messages/errors.hpp"
#include "runtime/stores/postgres/ledger_session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// How a request to a ledger_reader ended; `words` for people where it is store_unavailable.
struct read_outcome {
  errc code = errc::none;
  std::string words;
};

class ledger_reader {
public:
  explicit ledger_reader(const std::string& url);

  /// `out` is of use when the code is none. @pre why_refused(question) is empty
  read_outcome answer(const get_journal& question, std::vector<journal_row>& out);
  read_outcome answer(const find_reference& question, std::vector<journal_row>& out);
  read_outcome answer(const get_account_ids& question, std::vector<account_id>& out);
  read_outcome answer(const get_dead_letters& question, std::vector<dead_letter>& out);
  read_outcome answer(const get_outbox& question, std::vector<outbox_row>& out);
  read_outcome answer(const get_outbox_cursor& question, std::uint64_t& position);
  read_outcome answer(const put_outbox_cursor& request, std::uint64_t& position);
  read_outcome answer(const put_dead_letter& request, std::uint64_t& id);
  read_outcome answer(const mark_replayed& request, bool& marked);

  /// The first one reads the whole journal (a second or so a million rows), each later one the
  /// accounts and the rows that came since: rows are never changed.
  read_outcome answer(const get_trial_balance& question, ledger_totals& out);

  /// Many accounts in one go; `out[i]` belongs to `accounts[i]`.
  read_outcome load(const std::vector<account_id>& accounts, std::vector<stored_account>& out);

private:
  struct house_sums { // over rows with position < `end`
    int128 amount[5] = {};
    std::uint64_t rows = 0, end = 0;
  };

  ledger_session session_;
  house_sums settled_;
};

} // namespace troupe
