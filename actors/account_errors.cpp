#include "actors/account_errors.hpp"

#include "messages/types.hpp"

#include <string>

namespace troupe {

caf::error error_of(refusal why) {
  return caf::make_error(code_of(why), std::string{to_string(why)});
}

bool says_nothing_of_state(refusal why) {
  return why == refusal::reference_missing || why == refusal::field_invalid
      || why == refusal::amount_not_allowed;
}

caf::error too_busy() { return caf::make_error(errc::busy, "too much is under way"); }

caf::error unavailable() {
  return caf::make_error(errc::store_unavailable, "not known to be kept: ask again");
}

bool is_expected(const caf::error& why) {
  if (!why || why.category() != caf::atom("troupe")) return false; // none has no category
  switch (static_cast<errc>(why.code())) {
  case errc::store_unavailable:
  case errc::busy:
  case errc::journal_stale:
  case errc::journal_fenced:
  case errc::idempotency_conflict: return true;
  default: return false;
  }
}

} // namespace troupe
