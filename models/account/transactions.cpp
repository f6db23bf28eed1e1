#include "models/account/transactions.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

/// The id and type of what is over with one event; no type when it is something else.
struct named_movement {
  std::string id;
  std::string_view type;
};
named_movement movement_of(const account_event_body& what) {
  if (std::holds_alternative<deposited>(what) || std::holds_alternative<account_opened>(what))
    return {{}, "deposit"};
  if (auto* credited = std::get_if<transfer_credited>(&what))
    return {credited->transfer, "deposit"};
  if (std::holds_alternative<withdrawn>(what) || std::holds_alternative<account_closed>(what))
    return {{}, "withdrawal"};
  if (auto* trade = std::get_if<trade_settled>(&what)) return {trade->trade.id, "trade"};
  if (std::holds_alternative<balance_adjusted>(what)
      || std::holds_alternative<performance_recorded>(what))
    return {{}, "adjustment"};
  return {};
}

money size_of(money amount) {
  return amount.is_negative() ? negate(amount).value_or(money{}) : amount;
}

} // namespace

void transaction_list::add(const account_event& e) {
  const auto& what = e.what;
  const auto moved = size_of(e.moved.amount);
  if (auto* reserved = std::get_if<withdrawal_reserved>(&what)) {
    begin(e, reserved->withdrawal, reserved->needs_approval ? "pending" : "approved",
          reserved->amount);
  } else if (auto* approved = std::get_if<withdrawal_approved>(&what)) {
    move(e, approved->withdrawal, "approved");
  } else if (auto* completed = std::get_if<withdrawal_completed>(&what)) {
    move(e, completed->withdrawal, "in_transit");
    if (completed->to.empty()) end(completed->withdrawal, "completed");
  } else if (auto* rejected = std::get_if<withdrawal_rejected>(&what)) {
    end(rejected->withdrawal, "rejected");
  } else if (auto* expired = std::get_if<withdrawal_expired>(&what)) {
    end(expired->withdrawal, "expired");
  } else if (auto* sent = std::get_if<transfer_reserved>(&what)) {
    begin(e, sent->transfer, "in_transit", moved);
  } else if (auto* settled = std::get_if<transfer_settled>(&what)) {
    end(settled->transfer, "completed");
  } else if (auto* returned = std::get_if<transfer_returned>(&what)) {
    end(returned->transfer, "returned");
  } else if (auto [id, type] = movement_of(what); !type.empty() && !moved.is_zero()) {
    const bool plain = type == "deposit" || type == "withdrawal";
    show({id.empty() ? "v" + std::to_string(e.version) : id, type, "completed",
          plain ? moved : e.moved.amount, e.moved.balance_after, e.at});
  }
}

void transaction_list::begin(const account_event& e, std::string id, std::string_view status,
                             money amount) {
  open_.push_back({std::move(id), "withdrawal", status, amount, e.moved.balance_after, e.at});
}

void transaction_list::move(const account_event& e, const std::string& id,
                            std::string_view status) {
  for (auto& line : open_)
    if (line.id == id) {
      line.status = status;
      line.balance = e.moved.balance_after;
      line.at = e.at;
    }
}

void transaction_list::end(const std::string& id, std::string_view status) {
  const auto i =
      std::find_if(open_.begin(), open_.end(), [&](const auto& line) { return line.id == id; });
  if (i == open_.end()) return;
  auto line = std::move(*i);
  open_.erase(i);
  line.status = status;
  show(std::move(line));
}

void transaction_list::show(account_transaction line) {
  if (line.at < page_.from || line.at > page_.to || shown_.size() >= page_.limit) return;
  if (skipped_ < page_.offset)
    ++skipped_;
  else
    shown_.push_back(std::move(line));
}

std::vector<account_transaction> transaction_list::take() {
  for (auto& line : std::exchange(open_, {})) show(std::move(line));
  return std::exchange(shown_, {});
}

} // namespace troupe
