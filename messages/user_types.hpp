// Users' messages as CAF sees them: their type ids and every `inspect`.
#pragma once
#include "messages/account_types.hpp"
#include "messages/types.hpp"
#include "messages/user.hpp"

CAF_ERROR_CODE_ENUM(troupe::user_errc, "users")

namespace troupe {

/// Crosses as it is; printers show that there is one.
template<class F>
typename F::result_type inspect(F& f, secret_text& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>)
    return f(x.text);
  else
    return f(std::string{x.text.empty() ? "none" : "hidden"});
}

template<class F>
typename F::result_type inspect(F& f, user& x) {
  return f(caf::meta::type_name("user"), x.id, x.email, x.first_name, x.last_name, x.password_hash,
           x.role, x.plan, x.kyc, x.totp_secret, x.totp_on, x.totp_step, x.created_at, x.version);
}

template<class F>
typename F::result_type inspect(F& f, provider_subject& x) {
  return f(caf::meta::type_name("provider_subject"), x.provider, x.subject);
}

template<class F>
typename F::result_type inspect(F& f, audit_entry& x) {
  return f(caf::meta::type_name("audit_entry"), x.at, x.kind, x.actor, x.subject, x.address,
           x.detail);
}

template<class F>
typename F::result_type inspect(F& f, refresh_family& x) {
  return f(caf::meta::type_name("refresh_family"), x.id, x.user, x.token, x.created_at,
           x.expires_at, x.revoked);
}

template<class F>
typename F::result_type inspect(F& f, api_key& x) {
  return f(caf::meta::type_name("api_key"), x.id, x.user, x.name, x.hash, x.scopes, x.created_at,
           x.revoked_at);
}

template<class F>
typename F::result_type inspect(F& f, put_user& x) {
  return f(caf::meta::type_name("put_user"), x.what, x.expected_version, x.act, x.link,
           x.end_sessions, x.but_session);
}

template<class F>
typename F::result_type inspect(F& f, find_user& x) {
  return f(caf::meta::type_name("find_user"), x.id, x.email, x.linked);
}

template<class F>
typename F::result_type inspect(F& f, get_users& x) {
  return f(caf::meta::type_name("get_users"), x.after, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, use_totp_step& x) {
  return f(caf::meta::type_name("use_totp_step"), x.user, x.step);
}

template<class F>
typename F::result_type inspect(F& f, open_family& x) {
  return f(caf::meta::type_name("open_family"), x.what, x.act);
}

template<class F>
typename F::result_type inspect(F& f, rotation& x) {
  return f(caf::meta::type_name("rotation"), x.outcome, x.user);
}

template<class F>
typename F::result_type inspect(F& f, rotate_family& x) {
  return f(caf::meta::type_name("rotate_family"), x.family, x.token, x.next, x.at, x.expires_at,
           x.address);
}

template<class F>
typename F::result_type inspect(F& f, revoke_family& x) {
  return f(caf::meta::type_name("revoke_family"), x.family, x.act);
}

template<class F>
typename F::result_type inspect(F& f, put_api_key& x) {
  return f(caf::meta::type_name("put_api_key"), x.what, x.act);
}

template<class F>
typename F::result_type inspect(F& f, revoke_api_key& x) {
  return f(caf::meta::type_name("revoke_api_key"), x.user, x.key_id, x.act);
}

template<class F>
typename F::result_type inspect(F& f, get_api_keys& x) {
  return f(caf::meta::type_name("get_api_keys"), x.user, x.hash);
}

template<class F>
typename F::result_type inspect(F& f, put_audit& x) {
  return f(caf::meta::type_name("put_audit"), x.act);
}

template<class F>
typename F::result_type inspect(F& f, get_audit& x) {
  return f(caf::meta::type_name("get_audit"), x.before, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, audit_row& x) {
  return f(caf::meta::type_name("audit_row"), x.number, x.act);
}

template<class F>
typename F::result_type inspect(F& f, user_view& x) {
  return f(caf::meta::type_name("user_view"), x.id, x.email, x.first_name, x.last_name, x.role,
           x.plan, x.kyc, x.totp_on, x.created_at);
}

template<class F>
typename F::result_type inspect(F& f, token_pair& x) {
  return f(caf::meta::type_name("token_pair"), x.access, x.refresh, x.expires_in_s);
}

template<class F>
typename F::result_type inspect(F& f, register_user& x) {
  return f(caf::meta::type_name("register_user"), x.email, x.first_name, x.last_name, x.password,
           x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, log_in& x) {
  return f(caf::meta::type_name("log_in"), x.email, x.password, x.totp, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, logged_in& x) {
  return f(caf::meta::type_name("logged_in"), x.who, x.tokens);
}

template<class F>
typename F::result_type inspect(F& f, refresh_session& x) {
  return f(caf::meta::type_name("refresh_session"), x.token, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, log_out& x) {
  return f(caf::meta::type_name("log_out"), x.user, x.family, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, get_profile& x) {
  return f(caf::meta::type_name("get_profile"), x.user);
}

template<class F>
typename F::result_type inspect(F& f, set_up_totp& x) {
  return f(caf::meta::type_name("set_up_totp"), x.user, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, totp_setup& x) {
  return f(caf::meta::type_name("totp_setup"), x.secret, x.otpauth_url, x.qr_code);
}

template<class F>
typename F::result_type inspect(F& f, hash_password& x) {
  return f(caf::meta::type_name("hash_password"), x.password);
}

template<class F>
typename F::result_type inspect(F& f, check_password& x) {
  return f(caf::meta::type_name("check_password"), x.password, x.hash);
}

template<class F>
typename F::result_type inspect(F& f, confirm_totp& x) {
  return f(caf::meta::type_name("confirm_totp"), x.user, x.code, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, issue_api_key& x) {
  return f(caf::meta::type_name("issue_api_key"), x.user, x.name, x.scopes, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, issued_key& x) {
  return f(caf::meta::type_name("issued_key"), x.what, x.key);
}

template<class F>
typename F::result_type inspect(F& f, key_owner& x) {
  return f(caf::meta::type_name("key_owner"), x.user, x.plan, x.key_id, x.scopes);
}

template<class F>
typename F::result_type inspect(F& f, check_api_key& x) {
  return f(caf::meta::type_name("check_api_key"), x.key, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, change_password& x) {
  return f(caf::meta::type_name("change_password"), x.user, x.session, x.current, x.fresh,
           x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, provider_profile& x) {
  return f(caf::meta::type_name("provider_profile"), x.account, x.email, x.email_verified,
           x.first_name, x.last_name);
}

template<class F>
typename F::result_type inspect(F& f, sign_in& x) {
  return f(caf::meta::type_name("sign_in"), x.who, x.totp, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, link_provider& x) {
  return f(caf::meta::type_name("link_provider"), x.user, x.account, x.address, x.at);
}

template<class F>
typename F::result_type inspect(F& f, change_user& x) {
  if constexpr (std::is_same_v<typename F::result_type, caf::error>) {
    if (auto e = f(x.user, x.email, x.by, x.address, x.at)) return e;
    if (auto e = inspect_optional(f, x.role)) return e;
    if (auto e = inspect_optional(f, x.plan)) return e;
    return inspect_optional(f, x.kyc);
  } else {
    return f(caf::meta::type_name("change_user"), x.user, x.email, x.by, x.address, x.at);
  }
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_users, caf::id_block::troupe_accounts::end)
CAF_ADD_TYPE_ID(troupe_users, (troupe::secret_text))
CAF_ADD_TYPE_ID(troupe_users, (troupe::user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::audit_entry))
CAF_ADD_TYPE_ID(troupe_users, (troupe::refresh_family))
CAF_ADD_TYPE_ID(troupe_users, (troupe::api_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::put_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::find_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::get_users))
CAF_ADD_TYPE_ID(troupe_users, (troupe::use_totp_step))
CAF_ADD_TYPE_ID(troupe_users, (troupe::open_family))
CAF_ADD_TYPE_ID(troupe_users, (troupe::rotation))
CAF_ADD_TYPE_ID(troupe_users, (troupe::rotate_family))
CAF_ADD_TYPE_ID(troupe_users, (troupe::revoke_family))
CAF_ADD_TYPE_ID(troupe_users, (troupe::put_api_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::revoke_api_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::get_api_keys))
CAF_ADD_TYPE_ID(troupe_users, (troupe::put_audit))
CAF_ADD_TYPE_ID(troupe_users, (troupe::get_audit))
CAF_ADD_TYPE_ID(troupe_users, (troupe::audit_row))
CAF_ADD_TYPE_ID(troupe_users, (troupe::user_view))
CAF_ADD_TYPE_ID(troupe_users, (troupe::token_pair))
CAF_ADD_TYPE_ID(troupe_users, (troupe::register_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::log_in))
CAF_ADD_TYPE_ID(troupe_users, (troupe::logged_in))
CAF_ADD_TYPE_ID(troupe_users, (troupe::refresh_session))
CAF_ADD_TYPE_ID(troupe_users, (troupe::log_out))
CAF_ADD_TYPE_ID(troupe_users, (troupe::get_profile))
CAF_ADD_TYPE_ID(troupe_users, (troupe::set_up_totp))
CAF_ADD_TYPE_ID(troupe_users, (troupe::totp_setup))
CAF_ADD_TYPE_ID(troupe_users, (troupe::hash_password))
CAF_ADD_TYPE_ID(troupe_users, (troupe::check_password))
CAF_ADD_TYPE_ID(troupe_users, (troupe::confirm_totp))
CAF_ADD_TYPE_ID(troupe_users, (troupe::issue_api_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::issued_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::change_user))
CAF_ADD_TYPE_ID(troupe_users, (troupe::user_role))
CAF_ADD_TYPE_ID(troupe_users, (troupe::user_plan))
CAF_ADD_TYPE_ID(troupe_users, (troupe::kyc_state))
CAF_ADD_TYPE_ID(troupe_users, (troupe::rotation_outcome))
CAF_ADD_TYPE_ID(troupe_users, (troupe::user_errc))
CAF_ADD_TYPE_ID(troupe_users, (troupe::provider_subject))
CAF_ADD_TYPE_ID(troupe_users, (troupe::provider_profile))
CAF_ADD_TYPE_ID(troupe_users, (troupe::sign_in))
CAF_ADD_TYPE_ID(troupe_users, (troupe::link_provider))
CAF_ADD_TYPE_ID(troupe_users, (troupe::change_password))
CAF_ADD_TYPE_ID(troupe_users, (troupe::check_api_key))
CAF_ADD_TYPE_ID(troupe_users, (troupe::key_owner))
CAF_END_TYPE_ID_BLOCK(troupe_users)
