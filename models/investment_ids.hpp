// The names of what belongs to a user: wallet, investment accounts, withdrawals from them. They
// follow from what never changes, so that a repeat finds what the first one made, a user's accounts
// stand side by side in the order of ids, and a withdrawal's name tells its account.
#pragma once
#include "messages/account.hpp"
#include "messages/user.hpp"
#include "models/sha256.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// A user's wallet. Only admins and the user API name one: to the engine there is none.
inline constexpr std::string_view wallet_prefix = "wallet:";
inline constexpr std::string_view investment_prefix = "inv-";

/// With a longer id nobody can invest: the names made of it would be no ids.
inline constexpr std::size_t max_investor_bytes = 80;

inline account_id wallet_of(const user_id& user) { return std::string{wallet_prefix} + user; }

/// What the ids of all of a user's investment accounts begin with: `inv-USER-`. Another user's may
/// begin so too, when their id does.
inline std::string investments_of(const user_id& user) {
  return std::string{investment_prefix} + user + '-';
}

/// 16 hex digits.
inline std::string short_digest(std::string_view text) {
  return to_hex(sha256(text)).substr(0, 16);
}

/// @pre user has 1 to max_investor_bytes of visible ASCII
inline account_id investment_id_of(const user_id& user, const reference_id& reference) {
  return investments_of(user) + short_digest(user + ' ' + reference);
}

/// `…` of text that ends in `mark` and 16 hex digits.
inline std::optional<std::string> before_digest(std::string_view text, std::string_view mark) {
  const auto tail = mark.size() + 16;
  if (text.size() <= tail) return std::nullopt;
  const auto digits = text.substr(text.size() - 16);
  const bool hex = std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!hex || text.substr(text.size() - tail, mark.size()) != mark) return std::nullopt;
  return std::string{text.substr(0, text.size() - tail)};
}

/// Whose investment account bears such an id; none for other ids.
inline std::optional<user_id> investor_of(std::string_view account) {
  if (account.substr(0, investment_prefix.size()) != investment_prefix) return std::nullopt;
  return before_digest(account.substr(investment_prefix.size()), "-");
}

/// @pre investor_of(account)
inline withdrawal_id withdrawal_id_of(const account_id& account, const reference_id& reference) {
  return account + "-w" + short_digest(reference);
}

/// The investment account that a withdrawal is from; none when the id is no such withdrawal's.
inline std::optional<account_id> account_of_withdrawal(std::string_view id) {
  auto account = before_digest(id, "-w");
  return account && investor_of(*account) ? account : std::nullopt;
}

/// The step that lets an approved withdrawal leave for its user's wallet; none when the id is not
/// that of a withdrawal from an investment account. Whoever says it, it is the same command.
inline std::optional<complete_withdrawal> completion_of(const withdrawal_id& id, utc_ms at) {
  const auto account = account_of_withdrawal(id);
  if (!account) return std::nullopt;
  return complete_withdrawal{
      *account, "complete:" + id, id, house_account::transit, wallet_of(*investor_of(*account)),
      at};
}

} // namespace troupe
