// What is kept of a user, and what may be said about one: registration, login, tokens, second
// factor, keys. Plain values without CAF. How passwords and tokens are made is the edge's; what is
// allowed is models/credentials.hpp's.
#pragma once
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

using user_id = std::string;

enum class user_role : std::uint8_t { user, admin };
enum class user_plan : std::uint8_t { free, basic, pro, premium };
enum class kyc_state : std::uint8_t { none, pending, approved, rejected };

std::string_view to_string(user_role r);
std::string_view to_string(user_plan p);
std::string_view to_string(kyc_state k);
std::optional<user_role> parse_user_role(std::string_view text);
std::optional<user_plan> parse_user_plan(std::string_view text);
std::optional<kyc_state> parse_kyc_state(std::string_view text);

/// Refusals that only this noun has. 0 stays unused: a caf::error of code 0 means success.
enum class user_errc : std::uint8_t {
  none = 0,
  email_taken,
  bad_credentials, // unknown user, wrong password, wrong or used code, dead token: one answer
  totp_required,   // the password was right, the account wants a code too
  too_many_logins, // of this address or for this e-mail; the text is the seconds to wait
  stale,           // somebody else changed the user meanwhile
  link_taken,      // the account at the provider is somebody's, or the user has another there
  provider_away,   // a provider of sign-ins does not answer, or not sensibly
};

/// `EMAIL_TAKEN` …: the `code` of an error answer, and the HTTP status that goes with it.
std::string_view code_of(user_errc e);
int http_status_of(user_errc e);

/// A text that no log and no printer shows.
struct secret_text {
  std::string text;
};
inline bool operator==(const secret_text& a, const secret_text& b) { return a.text == b.text; }

struct user {
  user_id id;
  std::string email; // normalised; unique
  std::string first_name, last_name;
  secret_text password_hash; // as libsodium writes it
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
  kyc_state kyc = kyc_state::none;
  secret_text totp_secret;    // base32; empty: never set up
  bool totp_on = false;       // the secret was proven once
  std::int64_t totp_step = 0; // of the last code that was accepted: none up to it is again
  utc_ms created_at = 0;
  std::uint64_t version = 0; // grows by one with each put_user
};

/// Somebody at a provider of sign-ins (`google` …), by the one name there that never changes.
struct provider_subject {
  std::string provider, subject; // both empty: none
};

/// What happened: who did it to whom, and from where. Kept for ever.
struct audit_entry {
  utc_ms at = 0;
  std::string kind;    // "login", "login_failed", "role_changed" …; empty: nothing is kept
  std::string actor;   // user id, "admin-key", "command-line"
  std::string subject; // user id, or the e-mail where there is no such user
  std::string address; // of the client
  std::string detail;
};

/// A login and all the refresh tokens that follow from it. One of them is good at a time.
struct refresh_family {
  std::string id;
  user_id user;
  std::string token; // `jti` of the token that is good now
  utc_ms created_at = 0, expires_at = 0;
  bool revoked = false;
};

/// A key for programs. The key itself is shown once and not kept.
struct api_key {
  std::string id;
  user_id user;
  std::string name;
  std::string hash; // SHA-256 of the key in hex
  std::vector<std::string> scopes;
  utc_ms created_at = 0;
  utc_ms revoked_at = 0; // 0: it is good
};

inline constexpr std::size_t max_families_per_user = 20, max_keys_per_user = 20;
inline constexpr std::uint32_t max_user_page = 200;

// What is asked of a user store. Where an `act` is carried, its row is kept in the same
// transaction, and only if the rest is.

/// Makes a user (expected_version 0) or replaces one, but for a totp_step, which only grows.
/// Answer: the user as kept. Errors: email_taken, stale, link_taken.
struct put_user {
  user what;
  std::uint64_t expected_version = 0;
  audit_entry act;
  provider_subject link{}; // linked too, unless it is already
  bool end_sessions = false;
  std::string but_session{}; // the family that does not end then
};
/// By id, by e-mail or by a linked account: the one that is given. Answer: one or none.
struct find_user {
  user_id id;
  std::string email;
  provider_subject linked{};
};
/// Ascending by e-mail, after that one.
struct get_users {
  std::string after;
  std::uint32_t limit = max_user_page;
};
/// Accepts a code's step unless it, or a later one, was accepted before. Answer: whether it is.
struct use_totp_step {
  user_id user;
  std::int64_t step = 0;
};
/// Ends the user's expired families, and the oldest past max_families_per_user.
struct open_family {
  refresh_family what;
  audit_entry act;
};

enum class rotation_outcome : std::uint8_t { rotated, unknown, reused, revoked, expired };
struct rotation {
  rotation_outcome outcome = rotation_outcome::unknown;
  user_id user; // empty when unknown
};
/// Spends `token` for `next`. A spent one ends its whole family: one of its two holders stole it.
struct rotate_family {
  std::string family, token, next;
  utc_ms at = 0, expires_at = 0;
  std::string address;
};
/// Answer: whether it was there and good.
struct revoke_family {
  std::string family;
  audit_entry act;
};
/// Answer: false when the user has max_keys_per_user good ones.
struct put_api_key {
  api_key what;
  audit_entry act;
};
/// Answer: whether that user had it and it was good.
struct revoke_api_key {
  user_id user;
  std::string key_id;
  audit_entry act;
};
/// A user's keys, oldest first, or when `hash` is given the one of that hash.
struct get_api_keys {
  user_id user;
  std::string hash;
};
struct put_audit {
  audit_entry act;
};
/// Newest first; `before`: rows older than that number, 0: from the newest.
struct get_audit {
  std::uint64_t before = 0;
  std::uint32_t limit = max_user_page;
};
struct audit_row {
  std::uint64_t number = 0;
  audit_entry act;
};

// What is asked of who hashes passwords: slow on purpose, on threads of their own.

struct hash_password {
  secret_text password;
};
/// Takes the same time whatever the answer.
struct check_password {
  secret_text password, hash;
};

// What is asked of the users' actor. `at` and `address` are the request's.

/// A user as the outside sees it.
struct user_view {
  user_id id;
  std::string email, first_name, last_name;
  user_role role = user_role::user;
  user_plan plan = user_plan::free;
  kyc_state kyc = kyc_state::none;
  bool totp_on = false;
  utc_ms created_at = 0;
};
user_view view_of(const user& u);

struct token_pair {
  secret_text access, refresh;
  std::int64_t expires_in_s = 0; // of the access token
};

struct register_user {
  std::string email, first_name, last_name;
  secret_text password;
  std::string address;
  utc_ms at = 0;
};
struct log_in {
  std::string email;
  secret_text password, totp;
  std::string address;
  utc_ms at = 0;
};
struct logged_in {
  user_view who;
  token_pair tokens;
};
struct refresh_session {
  secret_text token;
  std::string address;
  utc_ms at = 0;
};
/// Answer: whether the session was still open.
struct log_out {
  user_id user;
  std::string family;
  std::string address;
  utc_ms at = 0;
};
struct get_profile {
  user_id user;
};
/// A new secret, which counts once confirm_totp has proven it. Refused where one is on already.
struct set_up_totp {
  user_id user;
  std::string address;
  utc_ms at = 0;
};
struct totp_setup {
  secret_text secret, otpauth_url; // base32; for authenticators
  secret_text qr_code;             // of that URL: `data:image/svg+xml;base64,…`
};
struct confirm_totp {
  user_id user;
  secret_text code;
  std::string address;
  utc_ms at = 0;
};
struct issue_api_key {
  user_id user;
  std::string name;
  std::vector<std::string> scopes;
  std::string address;
  utc_ms at = 0;
};
struct issued_key {
  api_key what; // without its hash
  secret_text key;
};
/// What a key opens, and as whom. Never as an admin.
struct key_owner {
  user_id user;
  user_plan plan = user_plan::free;
  std::string key_id;
  std::vector<std::string> scopes;
};
/// Whose key it is, when it is good; the first use of a day is kept in the log.
struct check_api_key {
  secret_text key;
  std::string address;
  utc_ms at = 0;
};
/// Ends all other sessions of the user. A user without a password has no current one.
struct change_password {
  user_id user;
  std::string session;
  secret_text current, fresh;
  std::string address;
  utc_ms at = 0;
};
/// What a provider says of somebody who has just proven to be them.
struct provider_profile {
  provider_subject account;
  std::string email; // as given; may be empty
  bool email_verified = false;
  std::string first_name, last_name; // may be empty
};
/// Logs in whoever the account is linked to, or makes a user for it. An e-mail address never links:
/// where it has an owner the answer is email_taken, and the owner links while logged in.
struct sign_in {
  provider_profile who;
  secret_text totp;
  std::string address;
  utc_ms at = 0;
};
struct link_provider {
  user_id user;
  provider_subject account;
  std::string address;
  utc_ms at = 0;
};
/// What an operator changes of a user. By id, or when that is empty by e-mail.
struct change_user {
  user_id user;
  std::string email;
  std::optional<user_role> role;
  std::optional<user_plan> plan;
  std::optional<kyc_state> kyc;
  std::string by, address;
  utc_ms at = 0;
};

} // namespace troupe
