// The messages of accounts as CAF sees them: their type ids and every `inspect`.
#pragma once
#include "messages/account_fields.hpp"
#include "messages/account_view.hpp"
#include "messages/investment.hpp"
#include "messages/journal_types.hpp"

#include <string>
#include <type_traits>
#include <vector>

namespace troupe {

/// Hands fields to a CAF inspector one by one, optional ones as a flag and the value.
template<class F>
struct field_inspector {
  F& f;

  template<class... Ts>
  typename F::result_type operator()(Ts&... xs) const {
    if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
      caf::error e;
      (void)((e = one(xs), !e) && ...);
      return e;
    } else {
      (one(xs), ...);
    }
  }

private:
  template<class T>
  typename F::result_type one(T& x) const {
    return f(x);
  }
  template<class T>
  typename F::result_type one(std::optional<T>& x) const {
    return inspect_optional(f, x);
  }
};

template<class T, class Variant>
inline constexpr bool is_among = false;
template<class T, class... Ts>
inline constexpr bool is_among<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

/// All commands at once: account, reference, time, and the content as account_fields lists it.
template<class F, class Command>
std::enable_if_t<is_among<Command, account_command>, typename F::result_type> inspect(F& f,
                                                                                      Command& x) {
  const field_inspector<F> each{f};
  if constexpr (std::is_same_v<Command, tick_account>) {
    return each(x.account, x.at);
  } else if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    if (auto e = f(x.account, x.reference, x.at)) return e;
    return content(each, x);
  } else {
    return f(x.account, x.reference, x.at); // printed without the content: it may be private
  }
}

template<class F>
typename F::result_type inspect(F& f, receipt& x) {
  return f(caf::meta::type_name("receipt"), x.reference, x.version, x.at, x.kind, x.amount,
           x.balance_after, x.reserved_after);
}

template<class F>
typename F::result_type inspect(F& f, account_view& x) {
  return f(caf::meta::type_name("account_view"), x.id, x.kind, x.what, x.status, x.balance,
           x.reserved, x.equity, x.high_water_mark, x.breaker, x.cause, x.until, x.version,
           x.agent_type, x.owner);
}

template<class F>
typename F::result_type inspect(F& f, get_account& x) {
  return field_inspector<F>{f}(x.account, x.as_of);
}

template<class F>
typename F::result_type inspect(F& f, move_money& x) {
  return f(caf::meta::type_name("move_money"), x.from, x.to, x.reference, x.amount, x.at);
}

template<class F>
typename F::result_type inspect(F& f, transfer_outcome& x) {
  return f(caf::meta::type_name("transfer_outcome"), x.transfer, x.settled, x.out);
}

template<class F>
typename F::result_type inspect(F& f, transfer_opened& x) {
  return f(caf::meta::type_name("transfer_opened"), x.from, x.transfer, x.to, x.amount);
}

template<class F>
typename F::result_type inspect(F& f, waiting_withdrawal& x) {
  return f(caf::meta::type_name("waiting_withdrawal"), x.number, x.id, x.account, x.amount,
           x.approved, x.at);
}

template<class F>
typename F::result_type inspect(F& f, get_withdrawals& x) {
  return f(caf::meta::type_name("get_withdrawals"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, invest& x) {
  return f(caf::meta::type_name("invest"), x.user, x.reference, x.what, x.amount, x.at);
}

template<class F>
typename F::result_type inspect(F& f, end_investment& x) {
  return f(caf::meta::type_name("end_investment"), x.user, x.account, x.reference, x.at);
}

template<class F>
typename F::result_type inspect(F& f, get_investments& x) {
  return f(caf::meta::type_name("get_investments"), x.user);
}

template<class F>
typename F::result_type inspect(F& f, accounts_status& x) {
  return f(caf::meta::type_name("accounts_status"), x.loaded, x.loads, x.passivated, x.failed,
           x.refused, x.asleep, x.woken);
}

template<class F>
typename F::result_type inspect(F& f, get_accounts_status&) {
  return f(caf::meta::type_name("get_accounts_status"));
}

template<class F>
typename F::result_type inspect(F& f, forget_accounts& x) {
  return f(caf::meta::type_name("forget_accounts"), x.shards);
}

/// Internal: the registries of all groups of shards, in order; accounts_actor handles.
struct accounts_peers {
  std::vector<caf::strong_actor_ptr> registries;
};
template<class F>
typename F::result_type inspect(F& f, accounts_peers& x) {
  return f(caf::meta::type_name("accounts_peers"), x.registries);
}

/// Internal: what an account is woken from, as it was at its last commit with nothing under way.
struct sleeping_account {
  std::string state; // canonical bytes (models/account); empty: there is no such account
  chain_hash head{}; // of its newest row
  std::uint64_t snapshot_version = 0;
};
template<class F>
typename F::result_type inspect(F& f, sleeping_account& x) {
  return f(caf::meta::type_name("sleeping_account"), x.state, x.head, x.snapshot_version);
}

/// Internal: asks an account for all it is. It answers once nothing of it is under way, and goes on
/// as before: whoever asked drops it, unless he has spoken to it since.
struct fall_asleep {
  std::uint64_t number = 0; // > 0, comes back with the answer
};
template<class F>
typename F::result_type inspect(F& f, fall_asleep& x) {
  return f(caf::meta::type_name("fall_asleep"), x.number);
}

/// Internal: the answer to fall_asleep.
struct fell_asleep {
  account_id account;
  std::uint64_t number = 0;
  sleeping_account kept;
};
template<class F>
typename F::result_type inspect(F& f, fell_asleep& x) {
  return f(caf::meta::type_name("fell_asleep"), x.account, x.number, x.kept);
}

/// Internal to the transfer coordinator: the next try of a step is due.
struct transfer_due {
  std::string key;
};
template<class F>
typename F::result_type inspect(F& f, transfer_due& x) {
  return f(caf::meta::type_name("transfer_due"), x.key);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_accounts, caf::id_block::troupe_money::end)
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::open_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::deposit))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::withdraw))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::reserve_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::approve_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::complete_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::reject_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::expire_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::transfer_out))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::transfer_in))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::settle_transfer))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::return_transfer))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::settle_trade))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::adjust_balance))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::record_daily_performance))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::pause_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::resume_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::close_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::report_error))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::reset_breaker))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::tick_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::receipt))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::account_view))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::get_account))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::move_money))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::transfer_outcome))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::transfer_opened))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::accounts_status))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::get_accounts_status))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::accounts_peers))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::transfer_due))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::forget_accounts))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::waiting_withdrawal))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::get_withdrawals))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::invest))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::end_investment))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::get_investments))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::fall_asleep))
CAF_ADD_TYPE_ID(troupe_accounts, (troupe::fell_asleep))
CAF_END_TYPE_ID_BLOCK(troupe_accounts)
