// Who keeps users and who answers for them: any actors that speak these.
#pragma once
#include "messages/user_types.hpp"

namespace troupe {

/// Keeps users, their sessions and keys, and the audit log. Each request is one transaction of its
/// own, answered after it. Errors beside those of the messages: validation_error (out of bounds,
/// changes nothing), store_unavailable (nobody knows whether it was kept).
using user_store_actor = caf::typed_actor<
    caf::replies_to<put_user>::with<user>, caf::replies_to<find_user>::with<std::vector<user>>,
    caf::replies_to<get_users>::with<std::vector<user>>, caf::replies_to<use_totp_step>::with<bool>,
    caf::replies_to<open_family>::with<bool>, // true
    caf::replies_to<rotate_family>::with<rotation>, caf::replies_to<revoke_family>::with<bool>,
    caf::replies_to<put_api_key>::with<bool>, caf::replies_to<revoke_api_key>::with<bool>,
    caf::replies_to<get_api_keys>::with<std::vector<api_key>>,
    caf::replies_to<put_audit>::with<bool>, // true
    caf::replies_to<get_audit>::with<std::vector<audit_row>>>;

/// Hashes passwords, one at a time: salted, slow and large in memory.
using hasher_actor = caf::typed_actor<caf::replies_to<hash_password>::with<secret_text>,
                                      caf::replies_to<check_password>::with<bool>>;

/// Answers for users. Errors: user_errc, and errc::validation_error with `field: words`,
/// not_found, busy (too many passwords wait to be hashed), store_unavailable.
using users_actor = caf::typed_actor<
    caf::replies_to<register_user>::with<logged_in>, caf::replies_to<log_in>::with<logged_in>,
    caf::replies_to<sign_in>::with<logged_in>, caf::replies_to<link_provider>::with<bool>,
    caf::replies_to<change_password>::with<bool>, caf::replies_to<check_api_key>::with<key_owner>,
    caf::replies_to<refresh_session>::with<token_pair>, caf::replies_to<log_out>::with<bool>,
    caf::replies_to<get_profile>::with<user_view>, caf::replies_to<set_up_totp>::with<totp_setup>,
    caf::replies_to<confirm_totp>::with<bool>, caf::replies_to<issue_api_key>::with<issued_key>,
    caf::replies_to<revoke_api_key>::with<bool>,
    caf::replies_to<get_api_keys>::with<std::vector<api_key>>,
    caf::replies_to<change_user>::with<user_view>,
    caf::replies_to<get_users>::with<std::vector<user>>,
    caf::replies_to<put_audit>::with<bool>, // true
    caf::replies_to<get_audit>::with<std::vector<audit_row>>>;

} // namespace troupe
