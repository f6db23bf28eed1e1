#include "http/oauth/provider.hpp"

#include "http/json_fields.hpp"
#include "http/request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace troupe {

namespace {

using nlohmann::json;

constexpr std::size_t max_access_token_bytes = 4096, max_subject_bytes = 120, max_text_bytes = 400;

// How one provider differs from another.
struct dialect {
  std::string_view name, scope;
  std::string_view id, first_name, last_name; // fields of a profile
  std::string_view verified;                  // a flag beside `email`; empty: none
  bool vouches = false;                       // gives no address but one that it has confirmed
  std::string_view query;                     // of the request for a profile
  std::string_view emails;                    // path below the profile's
};

constexpr std::array<dialect, 3> dialects{{
    {"google", "openid email profile", "sub", "given_name", "family_name", "email_verified", false,
     "", ""},
    {"facebook", "email public_profile", "id", "first_name", "last_name", "", true,
     "?fields=id,email,first_name,last_name", ""},
    {"github", "read:user user:email", "id", "name", "", "", false, "", "/emails"},
}};

const dialect* dialect_of(std::string_view name) {
  const auto found = std::find_if(dialects.begin(), dialects.end(),
                                  [&](const dialect& d) { return d.name == name; });
  return found == dialects.end() ? nullptr : &*found;
}

void add(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty() && form.back() != '?') form += '&';
  form.append(name).append("=").append(percent_encode(value));
}

// An object, or a list where one is expected; else null.
json body_of(const outbound_response& r) {
  auto all = json::parse(r.body, nullptr, false);
  return all.is_discarded() ? json{} : all;
}

std::string text_in(const json& object, std::string_view name) {
  const auto found = object.find(std::string{name});
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool flag_in(const json& object, std::string_view name) {
  const auto found = object.find(std::string{name});
  if (found == object.end()) return false;
  return *found == json(true) || *found == json("true");
}

outbound_request question(std::string path, std::string_view token) {
  outbound_request r;
  r.path = std::move(path);
  r.headers = {{"Authorization", "Bearer " + std::string{token}},
               {"Accept", "application/json"},
               {"User-Agent", "troupe"}}; // github answers nobody without a name
  r.safe_to_repeat = true;
  return r;
}

// A name is no reason to turn anybody away.
std::string shortened(std::string text) { return cut_text(std::move(text), 100); }

} // namespace

bool known_provider(std::string_view name) { return dialect_of(name) != nullptr; }

std::string authorize_url(const oauth_provider& at, std::string_view state,
                          std::string_view challenge) {
  auto url = at.authorize_url + '?';
  add(url, "response_type", "code");
  add(url, "client_id", at.client_id);
  add(url, "redirect_uri", at.redirect_uri);
  add(url, "scope", dialect_of(at.name)->scope);
  add(url, "state", state);
  add(url, "code_challenge", challenge);
  add(url, "code_challenge_method", "S256");
  return url;
}

outbound_request token_request(const oauth_provider& at, std::string_view code,
                               std::string_view verifier) {
  outbound_request r;
  r.method = "POST";
  r.path = at.token_path;
  r.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
               {"Accept", "application/json"},
               {"User-Agent", "troupe"}};
  add(r.body, "grant_type", "authorization_code");
  add(r.body, "code", code);
  add(r.body, "redirect_uri", at.redirect_uri);
  add(r.body, "client_id", at.client_id);
  add(r.body, "client_secret", at.client_secret.text);
  add(r.body, "code_verifier", verifier);
  return r;
}

outbound_request profile_request(const oauth_provider& at, std::string_view token) {
  return question(at.profile_path + std::string{dialect_of(at.name)->query}, token);
}

std::optional<outbound_request> email_request(const oauth_provider& at, std::string_view token) {
  const auto& path = dialect_of(at.name)->emails;
  if (path.empty()) return std::nullopt;
  return question(at.profile_path + std::string{path}, token);
}

oauth_outcome read_token(const outbound_response& r, secret_text& token) {
  const auto all = body_of(r);
  const bool wrong_client = text_in(all.is_object() ? all : json::object(), "error")
      == "invalid_client"; // our secret is wrong: no fault of who signs in
  if (r.status == 400 && !wrong_client) return oauth_outcome::refused;
  if (r.status != 200 || !all.is_object() || wrong_client) return oauth_outcome::unusable;
  if (all.contains("error")) return oauth_outcome::refused; // github says so with a 200
  token.text = text_in(all, "access_token");
  return visible_ascii(token.text, max_access_token_bytes) ? oauth_outcome::good
                                                           : oauth_outcome::unusable;
}

oauth_outcome read_profile(const oauth_provider& at, const outbound_response& r,
                           provider_profile& out) {
  const auto& d = *dialect_of(at.name);
  const auto all = body_of(r);
  if (r.status != 200 || !all.is_object()) return oauth_outcome::unusable;
  const auto id = all.find(std::string{d.id});
  if (id == all.end()) return oauth_outcome::unusable;
  out.account = {at.name, id->is_number_integer() ? id->dump() : text_in(all, d.id)};
  if (!visible_ascii(out.account.subject, max_subject_bytes)) return oauth_outcome::unusable;
  out.email = cut_text(text_in(all, "email"), max_text_bytes);
  out.email_verified = d.vouches || (!d.verified.empty() && flag_in(all, d.verified));
  out.first_name = shortened(text_in(all, d.first_name));
  if (!d.last_name.empty()) out.last_name = shortened(text_in(all, d.last_name));
  return oauth_outcome::good;
}

oauth_outcome read_emails(const outbound_response& r, provider_profile& out) {
  const auto all = body_of(r);
  if (r.status != 200 || !all.is_array()) return oauth_outcome::unusable;
  out.email.clear();
  out.email_verified = false;
  for (auto& one : all)
    if (one.is_object() && flag_in(one, "primary")) {
      out.email = cut_text(text_in(one, "email"), max_text_bytes);
      out.email_verified = flag_in(one, "verified");
    }
  return oauth_outcome::good;
}

} // namespace troupe
