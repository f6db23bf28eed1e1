// What the users' actor needs of libraries: randomness and hashes (libsodium), one-time codes
// (liboath), their QR code (libqrencode), tokens (http/tokens.hpp).
#pragma once
#include "actors/users.hpp"
#include "http/tokens.hpp"

#include <memory>
#include <string>

namespace troupe {

/// False when a library cannot start: nothing below may be used then. Once, before any thread.
bool start_crypto();

/// 32 hex digits that nobody can guess.
std::string random_user_id();

user_tools make_user_tools(std::shared_ptr<const tokens> signer);

/// A secret of 160 bits in base32, its otpauth URL and the QR code of that.
totp_setup make_totp(const std::string& email);

/// RFC 6238: six digits, SHA-1, steps of 30 s, one step either way. 0 when the code is wrong.
std::int64_t totp_step_of(const std::string& secret, const std::string& code, utc_ms now);

/// The code that is good now, for tests and people.
std::string totp_code(const std::string& secret, utc_ms now);

/// `data:image/svg+xml;base64,…` of a QR code; empty when the text is too long for one.
std::string qr_svg_url(const std::string& text);

} // namespace troupe
