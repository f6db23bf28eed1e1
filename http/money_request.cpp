#include "http/money_request.hpp"

namespace troupe {

errc money_errc(const caf::error& failure) {
  if (failure.category() != caf::atom("troupe")) return errc::store_unavailable;
  const auto code = errc_of(failure);
  return code == errc::journal_stale || code == errc::journal_fenced ? errc::store_unavailable
                                                                     : code;
}

bool may_pass(errc code) {
  return code == errc::store_unavailable || code == errc::busy || code == errc::in_progress
      || code == errc::internal;
}

std::chrono::milliseconds money_time_left(const exchange& ex) {
  const auto spent = std::chrono::steady_clock::now() - ex.since;
  return ex.with->gate.money_limit - std::chrono::duration_cast<std::chrono::milliseconds>(spent);
}

void fail_money(exchange& ex, const caf::error& failure) {
  const auto code = money_errc(failure);
  ex.fail(code,
          code == errc::store_unavailable ? "the outcome is not known: ask again with the same key"
                                          : text_of(failure));
}

void fail_body(exchange& ex, const bad_body& bad) { ex.fail(bad.code, bad.message, bad.field); }

std::optional<reference_id> key_reference(exchange& ex, bool required, std::string_view origin) {
  constexpr std::string_view name = "Idempotency-Key";
  const header* found = nullptr;
  for (auto& h : ex.in.headers) {
    if (!same_name(h.name, name)) continue;
    if (found) {
      ex.fail(errc::validation_error, "Idempotency-Key comes twice", name);
      return std::nullopt;
    }
    found = &h;
  }
  if (!found) {
    if (!required) return reference_id{};
    ex.fail(errc::idempotency_key_required, "an Idempotency-Key header is needed", name);
    return std::nullopt;
  }
  if (!visible_ascii(found->value, max_idempotency_key_bytes)) {
    ex.fail(errc::validation_error, "Idempotency-Key must be 1 to 128 visible ASCII characters",
            name);
    return std::nullopt;
  }
  return std::string{origin}.append(found->value);
}

reference_id fresh_reference(exchange& ex, std::string_view origin) {
  return std::string{origin} + ':' + ex.with->ids.mint() + ex.with->ids.mint();
}

std::optional<account_id> account_of_path(exchange& ex, bool wallets) {
  const auto& id = ex.param("id");
  const bool wallet = id.compare(0, wallet_prefix.size(), wallet_prefix) == 0;
  if (visible_ascii(id, max_id_bytes) && (wallets || !wallet)) return id;
  ex.fail(errc::not_found, "no such account");
  return std::nullopt;
}

void answer_account(exchange& ex, const account_id& id, int status, bool for_admin,
                    std::optional<utc_ms> as_of) {
  ask_money<account_view>(ex, ex.with->gate.money.of(id), get_account{id, as_of},
                          [status, for_admin](exchange& held, const account_view& account) {
                            std::string body;
                            append_account(body, account, for_admin);
                            held.answer_json(std::move(body), status);
                          });
}

bool read_as_of(exchange& ex, std::optional<utc_ms>& as_of) {
  const auto given = ex.query.get("as_of");
  if (!given) return true;
  as_of = parse_timestamp(*given);
  if (!as_of) ex.fail(bad_field{"as_of", "as_of must be a time (RFC 3339)"});
  return as_of.has_value();
}

} // namespace troupe
