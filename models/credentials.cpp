#include "models/credentials.hpp"

#include "models/utf8.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

constexpr std::size_t max_local_bytes = 64, max_label_bytes = 63;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool valid_local(std::string_view local) {
  constexpr std::string_view marks = "!#$%&'*+/=?^_`{|}~-.";
  if (local.empty() || local.size() > max_local_bytes) return false;
  if (local.front() == '.' || local.back() == '.' || local.find("..") != local.npos) return false;
  return std::all_of(local.begin(), local.end(),
                     [&](char c) { return is_alnum(c) || marks.find(c) != marks.npos; });
}

bool valid_label(std::string_view label) {
  if (label.empty() || label.size() > max_label_bytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool valid_domain(std::string_view domain) {
  std::size_t labels = 0;
  for (;;) {
    const auto dot = domain.find('.');
    const auto label = domain.substr(0, dot);
    if (!valid_label(label)) return false;
    ++labels;
    if (dot == domain.npos) // a top level of digits alone would be an address of a host
      return labels > 1 && label.size() > 1
          && std::any_of(label.begin(), label.end(), [](char c) { return c > '9'; });
    domain.remove_prefix(dot + 1);
  }
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Each of the first guesses that pass the length; a list of leaked ones is not for a binary.
constexpr std::array<std::string_view, 14> first_guesses{
    "password",  "password1",  "password123", "12345678", "123456789", "1234567890", "qwertyui",
    "qwerty123", "qwertyuiop", "iloveyou",    "letmein1", "11111111",  "abcd1234",   "1q2w3e4r"};

} // namespace

std::optional<std::string> normalised_email(std::string_view given) {
  while (!given.empty() && given.front() == ' ') given.remove_prefix(1);
  while (!given.empty() && given.back() == ' ') given.remove_suffix(1);
  if (given.size() > max_email_bytes) return std::nullopt;
  auto out = lower(given);
  const auto at = out.find('@');
  if (at == out.npos) return std::nullopt;
  const std::string_view all{out};
  if (!valid_local(all.substr(0, at)) || !valid_domain(all.substr(at + 1))) return std::nullopt;
  return out;
}

std::string why_bad_password(std::string_view password, std::string_view email) {
  if (password.size() < min_password_bytes)
    return "must have at least " + std::to_string(min_password_bytes) + " characters";
  if (password.size() > max_password_bytes)
    return "must have at most " + std::to_string(max_password_bytes) + " bytes";
  if (!valid_utf8(password) || has_control(password))
    return "must be text without control characters";
  if (std::all_of(password.begin(), password.end(), [&](char c) { return c == password[0]; }))
    return "must not be one character repeated";
  const auto plain = lower(password);
  if (std::find(first_guesses.begin(), first_guesses.end(), plain) != first_guesses.end())
    return "is one of the first that are guessed";
  if (plain == email || plain == email.substr(0, email.find('@')))
    return "must not be the e-mail address";
  return {};
}

bool valid_person_name(std::string_view name) {
  return !name.empty() && name.size() <= max_person_name_bytes && valid_utf8(name)
      && !has_control(name) && name.find_first_not_of(' ') != name.npos;
}

bool valid_scopes(const std::vector<std::string>& scopes) {
  constexpr std::array<std::string_view, 5> known{"signals", "predictions", "market", "trading",
                                                  "money"};
  if (scopes.empty() || scopes.size() > max_scopes) return false;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    if (std::find(known.begin(), known.end(), scopes[i]) == known.end()) return false;
    if (std::find(scopes.begin(), scopes.begin() + static_cast<std::ptrdiff_t>(i), scopes[i])
        != scopes.begin() + static_cast<std::ptrdiff_t>(i))
      return false;
  }
  return true;
}

bool valid_totp_code(std::string_view code) {
  return code.size() == 6
      && std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

rotation_outcome judge_rotation(const refresh_family& family, const rotate_family& request) {
  if (family.revoked) return rotation_outcome::revoked;
  if (request.at >= family.expires_at) return rotation_outcome::expired;
  return family.token == request.token || family.token == request.next ? rotation_outcome::rotated
                                                                       : rotation_outcome::reused;
}

audit_entry reuse_of(const rotate_family& request, const user_id& owner) {
  return {request.at, "refresh_reused", owner, owner, request.address, request.family};
}

} // namespace troupe
