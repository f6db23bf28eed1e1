// Whom one speaks to about money: one account, the registry that knows where each lives, and the
// coordinator of transfers. What each message promises is in messages/account.hpp and
// messages/account_view.hpp.
#pragma once
#include "messages/account_types.hpp"

#include <caf/typed_actor.hpp>

namespace troupe {

/// `accepts_all<account_command>::with<…>`: every command of the variant is answered by a receipt.
template<class Variant>
struct accepts_all;
template<class... Commands>
struct accepts_all<std::variant<Commands...>> {
  template<class... More>
  using with =
      caf::typed_actor<typename caf::replies_to<Commands>::template with<receipt>..., More...>;
};

/// One account. Answers after the commit; a repeat of a command in flight waits with it and gets
/// the same receipt. Errors: code_of(refusal) with its text; busy past the bound; store_unavailable
/// when it is not known whether the journal took it. Every 5xx, and an actor that is gone
/// (caf::sec::request_receiver_down), means: ask again with the same reference.
using account_actor =
    accepts_all<account_command>::with<caf::replies_to<get_account>::with<account_view>,
                                       caf::reacts_to<fall_asleep>>; // internal

/// All accounts of a node, addressed by id: loads them when they are spoken to, lets idle ones
/// sleep and then go. Answers as the account does, and busy when too many are loaded.
using accounts_actor = accepts_all<account_command>::with<
    caf::replies_to<get_account>::with<account_view>,
    caf::replies_to<move_money>::with<transfer_outcome>, caf::reacts_to<transfer_opened>,
    caf::replies_to<get_withdrawals>::with<std::vector<waiting_withdrawal>>,
    caf::replies_to<get_accounts_status>::with<accounts_status>, caf::reacts_to<forget_accounts>,
    caf::reacts_to<accounts_peers>,  // internal
    caf::reacts_to<fell_asleep>,     // internal
    caf::reacts_to<caf::tick_atom>>; // internal: idle ones may sleep, and go

/// Brings transfers and withdrawals to their end.
using transfer_actor = caf::typed_actor<
    caf::replies_to<move_money>::with<transfer_outcome>, caf::reacts_to<transfer_opened>,
    caf::replies_to<get_withdrawals>::with<std::vector<waiting_withdrawal>>,
    caf::reacts_to<transfer_due>,    // internal
    caf::reacts_to<caf::tick_atom>>; // internal: looks for transfers that nobody drives

/// Does for users what takes several steps. Errors beside those of the messages: busy,
/// store_unavailable (it may be done, wholly or in part: ask again with the same reference).
using investing_actor =
    caf::typed_actor<caf::replies_to<invest>::with<account_view>,
                     caf::replies_to<end_investment>::with<account_view>,
                     caf::replies_to<get_investments>::with<std::vector<account_view>>>;

} // namespace troupe
