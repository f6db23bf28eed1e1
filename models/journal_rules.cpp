#include "models/journal_rules.hpp"

#include <algorithm>
#include <string_view>

namespace troupe {

namespace {

// Versions and positions fit a signed column with room for sums.
constexpr std::uint64_t largest_number = 1ULL << 62;

bool visible(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most
      && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string account_wrong(const account_id& id) {
  return visible(id, max_id_bytes) ? "" : "account id is not 1 to 128 visible characters";
}

std::string limit_wrong(std::uint32_t limit, std::uint32_t most) {
  return limit >= 1 && limit <= most ? "" : "limit is not 1 to " + std::to_string(most);
}

std::string number_wrong(std::uint64_t number) {
  return number < largest_number ? "" : "number out of range";
}

std::string first_of(std::string a, std::string b) { return a.empty() ? b : a; }

std::string row_wrong(const journal_row& row) {
  if (!row.reference.empty() && !visible(row.reference, max_reference_bytes))
    return "reference is not at most 200 visible characters";
  if (row.contra > house_account::transit) return "unknown house account";
  if (row.contra == house_account::none && !row.amount.is_zero())
    return "an amount without another side";
  if (!row.amount.in_range() || !row.balance_after.in_range() || !row.reserved_after.in_range())
    return "amount out of range";
  if (row.balance_after.is_negative() || row.reserved_after.is_negative())
    return "a negative balance";
  if (row.payload.empty() || row.payload.size() > max_payload_bytes)
    return "payload is empty or too long";
  return "";
}

} // namespace

std::string why_refused(const account_append& request) {
  if (auto why = account_wrong(request.account); !why.empty()) return why;
  if (request.expected_version >= largest_number) return "version out of range";
  if (request.rows.empty() || request.rows.size() > max_append_rows)
    return "not 1 to 1000 rows in an append";
  if (request.snapshot.size() > max_snapshot_bytes) return "snapshot is too long";
  auto version = request.expected_version;
  for (const auto& row : request.rows) {
    if (row.version != ++version) return "versions have a gap";
    if (auto why = row_wrong(row); !why.empty()) return why;
  }
  return "";
}

std::string why_refused(const load_account& question) { return account_wrong(question.account); }
std::string why_refused(const get_journal& question) {
  return first_of(first_of(account_wrong(question.account), limit_wrong(question.limit, 10'000)),
                  question.from_version == 0 ? "versions begin with 1"
                                             : number_wrong(question.from_version));
}
std::string why_refused(const find_reference& question) {
  return first_of(account_wrong(question.account),
                  visible(question.reference, max_reference_bytes)
                      ? ""
                      : "reference is not 1 to 200 visible characters");
}
std::string why_refused(const get_account_ids& question) {
  return first_of(question.after.empty() ? "" : account_wrong(question.after),
                  limit_wrong(question.limit, 10'000));
}
std::string why_refused(const put_dead_letter& request) {
  const auto& letter = request.letter;
  if (!visible(letter.source, max_id_bytes)) return "source is not 1 to 128 visible characters";
  if (letter.reason.size() > max_reason_bytes) return "reason is too long";
  return letter.body.size() > max_letter_bytes ? "body is too long" : "";
}
std::string why_refused(const get_dead_letters& question) {
  return first_of(limit_wrong(question.limit, 1000), number_wrong(question.after));
}
std::string why_refused(const mark_replayed& request) { return number_wrong(request.id); }
std::string why_refused(const get_outbox& question) {
  return first_of(limit_wrong(question.limit, 10'000), number_wrong(question.after));
}
std::string why_refused(const put_outbox_cursor& request) {
  return first_of(
      visible(request.reader, max_id_bytes) ? "" : "reader is not 1 to 128 visible characters",
      number_wrong(request.position));
}
std::string why_refused(const get_outbox_cursor& question) {
  return visible(question.reader, max_id_bytes) ? "" : "reader is not 1 to 128 visible characters";
}

bool is_of_the_world(std::string_view reference) {
  const auto origin = reference.substr(0, 6);
  return origin == "trade:" || origin == "event:";
}

reference_scope scope_of(std::string_view reference) {
  if (reference.empty()) return reference_scope::nowhere;
  return is_of_the_world(reference) ? reference_scope::world : reference_scope::account;
}

bool balances_follow(money before, const account_append& request) {
  for (const auto& row : request.rows) {
    const auto after = add(before, row.amount);
    if (!after || *after != row.balance_after) return false;
    before = row.balance_after;
  }
  return true;
}

} // namespace troupe
