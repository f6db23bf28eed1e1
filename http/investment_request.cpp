#include "http/investment_request.hpp"

namespace troupe {

std::optional<account_id> own_investment(exchange& ex) {
  const auto& id = ex.param("id");
  if (visible_ascii(id, max_id_bytes) && investor_of(id) == ex.who.user) return id;
  ex.fail(errc::not_found, "no such account");
  return std::nullopt;
}

bool begin_under(exchange& ex, const reference_id& reference) {
  ex.until_answered = ex.with->gate.under_way->take(ex.who.user, reference);
  if (ex.until_answered) return true;
  ex.fail(errc::in_progress, "the first request of this key is under way");
  return false;
}

void answer_own(exchange& ex, const account_view& account, int status) {
  std::string data = R"({"account":)";
  append_account(data, account);
  answer_data(ex, data += '}', status);
}

} // namespace troupe
