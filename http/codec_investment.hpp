// The JSON of investing: what a user says to invest, and products, transactions and withdrawals as
// they are shown. Accounts, trades and days are codec_account's.
#pragma once
#include "http/json_fields.hpp"
#include "messages/account_view.hpp"
#include "messages/investment.hpp"
#include "models/account/transactions.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// `{product_id,amount}`; the rest is the route's.
std::optional<bad_body> read_investment(std::string_view body, invest& out);

/// A product with its limits; rates are percent, as JSON numbers.
void append_product(std::string& out, product what);

void append_transaction(std::string& out, const account_id& account, const account_transaction& t);

/// A withdrawal as its user is answered, the first time and every time. `status`: pending or
/// completed.
struct withdrawal_answer {
  withdrawal_id id;
  account_id account;
  money amount;
  std::string_view status;
  receipt first; // of the step that set it on its way
};
void append_withdrawal(std::string& out, const withdrawal_answer& w);

/// A withdrawal as an admin finds it in the list.
void append_waiting(std::string& out, const waiting_withdrawal& w);

} // namespace troupe
