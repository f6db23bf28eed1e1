// What may be an e-mail address, a password, a name, a key's scope; when a code is a new one; what
// becomes of a refresh token. Pure: hashing, tokens and clocks are the edge's.
#pragma once
#include "messages/user.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

inline constexpr std::size_t min_password_bytes = 8, max_password_bytes = 256;
inline constexpr std::size_t max_email_bytes = 254, max_person_name_bytes = 100;
inline constexpr std::size_t max_scopes = 16;

/// The one form in which an address is kept and compared: ASCII letters in lower case, blanks
/// around it dropped. None when it is no address (`local@domain.tld`, RFC 5321's lengths; no
/// quoted local parts, no address literals).
std::optional<std::string> normalised_email(std::string_view given);

/// Why a password is not taken, or empty. `email`: normalised; a password that repeats it is none.
std::string why_bad_password(std::string_view password, std::string_view email);

/// Of a person or a key: 1 to max_person_name_bytes of UTF-8 without control characters.
bool valid_person_name(std::string_view name);

/// 1 to max_scopes known ones: `signals`, `predictions`, `market`, `trading`, and `money` for what
/// moves it.
bool valid_scopes(const std::vector<std::string>& scopes);

/// Six digits.
bool valid_totp_code(std::string_view code);

/// A code is good once: its step must lie behind the last one that was accepted.
constexpr bool totp_step_is_new(std::int64_t last, std::int64_t step) { return step > last; }

/// What becomes of a refresh token that bears this family's name. The family is only changed by
/// who keeps it: `rotated` lets `next` take the token's place, `reused` ends the family. Asking
/// again for what was done answers the same: `next` is a name that nobody else can know.
rotation_outcome judge_rotation(const refresh_family& family, const rotate_family& request);

/// What is kept of a spent token that came again.
audit_entry reuse_of(const rotate_family& request, const user_id& owner);

/// Why a store cannot keep it (bounds of its texts, limits of a page), or empty.
std::string why_unkeepable(const put_user& request);
std::string why_unkeepable(const find_user& question);
std::string why_unkeepable(const get_users& question);
std::string why_unkeepable(const use_totp_step& request);
std::string why_unkeepable(const open_family& request);
std::string why_unkeepable(const rotate_family& request);
std::string why_unkeepable(const revoke_family& request);
std::string why_unkeepable(const put_api_key& request);
std::string why_unkeepable(const revoke_api_key& request);
std::string why_unkeepable(const get_api_keys& question);
std::string why_unkeepable(const put_audit& request);
std::string why_unkeepable(const get_audit& question);

} // namespace troupe
