// What the routes of investments share: whose account it is, and the key that a command comes
// under.
#pragma once
#include "http/codec_investment.hpp"
#include "http/user_request.hpp"
#include "models/investment_ids.hpp"

#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// The `:id` of the path when it is the user's own investment account, or nothing after having
/// answered NOT_FOUND.
std::optional<account_id> own_investment(exchange& ex);

/// Asks for the account of the path and calls `done` with it if it is the user's own.
template<class Done>
void with_own_account(exchange& ex, Done done) {
  const auto id = own_investment(ex);
  if (!id) return;
  ask_money<account_view>(ex, ex.with->gate.money.of(*id), get_account{*id, {}},
                          [done = std::move(done)](exchange& held, const account_view& account) {
                            if (account.owner != held.who.user)
                              return held.fail(errc::not_found, "no such account");
                            done(held, account);
                          });
}

/// The Idempotency-Key of a user's command, as key_reference.
inline std::optional<reference_id> user_key(exchange& ex, bool required) {
  return key_reference(ex, required, "user:");
}

/// Takes the key until the request is answered. False when the same user's same key is under way:
/// IN_PROGRESS was answered.
bool begin_under(exchange& ex, const reference_id& reference);

/// Answers `{"account":…}`.
void answer_own(exchange& ex, const account_view& account, int status = 200);

} // namespace troupe
