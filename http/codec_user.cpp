#include "http/codec_user.hpp"

#include "http/json_text.hpp"
#include "http/limits.hpp"
#include "models/attempt_limits.hpp"

#include <charconv>
#include <chrono>

namespace troupe {

namespace {

// Longer than anything that is taken, so that what was cut is refused and not shortened.
constexpr std::size_t most_text = 512, most_token = 4096;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (end != 0) out.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

void append_flag(std::string& out, std::string_view name, bool value) {
  append_key(out, name);
  out += value ? "true" : "false";
}

void append_at(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  if (at == 0)
    out += "null";
  else
    append_time(out, at);
}

// `wait_s`: seconds, as the users' actor says them.
void fail_logins(exchange& ex, const std::string& wait_s) {
  allowance none;
  none.ok = false;
  none.limit = logins_per_minute;
  none.policy = "logins";
  std::from_chars(wait_s.data(), wait_s.data() + wait_s.size(), none.reset_s);
  ex.answer(limited_response(code_of(user_errc::too_many_logins), none, ex.in.id, ex.wall_ms()));
}

} // namespace

response data_response(const exchange& ex, std::string_view data, int status, bool cached) {
  const auto spent = std::chrono::steady_clock::now() - ex.since;
  std::string body;
  body.reserve(data.size() + 160); // one allocation: predictions are answered from here too
  body = R"({"success":true,"data":)";
  body.append(data);
  body += R"(,"metadata":{)";
  append_field(body, "requestId", ex.in.id);
  append_key(body, "latencyMs");
  append_integer(body, std::chrono::duration_cast<std::chrono::milliseconds>(spent).count());
  append_flag(body, "cached", cached);
  body += "}}";
  response r;
  r.status = status;
  r.body = std::move(body);
  add_header(r, "Cache-Control", "no-store"); // one user's, and it may hold tokens
  return r;
}

void answer_data(exchange& ex, std::string_view data, int status, bool cached) {
  ex.answer(data_response(ex, data, status, cached));
}

void fail_user(exchange& ex, const caf::error& failure) {
  if (failure.category() == caf::atom("users")) {
    const auto code = static_cast<user_errc>(failure.code());
    const auto& context = failure.context();
    const auto said =
        context.match_elements<std::string>() ? context.get_as<std::string>(0) : std::string{};
    const bool limited = code == user_errc::too_many_logins;
    if (limited) return fail_logins(ex, said);
    const std::string words = code == user_errc::email_taken
        ? "there is a user of that e-mail address"
        : code == user_errc::stale ? "the user was changed meanwhile; try again"
                                   : said;
    auto r = error_response(http_status_of(code), code_of(code), words, ex.in.id);
    if (code == user_errc::provider_away) add_header(r, "Retry-After", "5");
    return ex.answer(std::move(r));
  }
  if (errc_of(failure) == errc::validation_error) {
    const auto words = text_of(failure);
    if (const auto colon = words.find(": "); colon != words.npos) {
      const auto field = words.substr(0, colon);
      return ex.fail(errc::validation_error, field + ' ' + words.substr(colon + 2), field);
    }
  }
  ex.fail(failure);
}

std::optional<bad_body> read_registration(std::string_view body, register_user& out) {
  body_fields fields{body};
  fields.text("email", out.email, most_text);
  fields.text("password", out.password.text, most_text);
  fields.text("firstName", out.first_name, most_text);
  fields.text("lastName", out.last_name, most_text);
  return fields.problem();
}

std::optional<bad_body> read_login(std::string_view body, log_in& out) {
  body_fields fields{body};
  fields.text("email", out.email, most_text);
  fields.text("password", out.password.text, most_text);
  if (fields.has("totp")) fields.text("totp", out.totp.text, most_text);
  return fields.problem();
}

std::optional<bad_body> read_refresh(std::string_view body, refresh_session& out) {
  body_fields fields{body};
  fields.text("refresh_token", out.token.text, most_token);
  return fields.problem();
}

std::optional<bad_body> read_password_change(std::string_view body, change_password& out) {
  body_fields fields{body};
  fields.text("current", out.current.text, most_text);
  fields.text("new", out.fresh.text, most_text);
  return fields.problem();
}

std::optional<bad_body> read_totp(std::string_view body, confirm_totp& out) {
  body_fields fields{body};
  fields.text("token", out.code.text, most_text);
  return fields.problem();
}

std::optional<bad_body> read_key_order(std::string_view body, issue_api_key& out) {
  body_fields fields{body};
  std::string scopes;
  fields.text("name", out.name, most_text);
  fields.text("scopes", scopes, most_text);
  out.scopes = words_of(scopes);
  return fields.problem();
}

std::optional<bad_body> read_role(std::string_view body, change_user& out) {
  body_fields fields{body};
  fields.choice(
      "role", out.role, [](auto& t) { return parse_user_role(t); }, "user or admin");
  return fields.problem();
}

std::optional<bad_body> read_plan(std::string_view body, change_user& out) {
  body_fields fields{body};
  fields.choice(
      "plan", out.plan, [](auto& t) { return parse_user_plan(t); }, "free, basic, pro or premium");
  return fields.problem();
}

std::optional<bad_body> read_kyc(std::string_view body, change_user& out) {
  body_fields fields{body};
  fields.choice(
      "status", out.kyc, [](auto& t) { return parse_kyc_state(t); },
      "none, pending, approved or rejected");
  return fields.problem();
}

void append_user(std::string& out, const user_view& u) {
  out += '{';
  append_field(out, "id", u.id);
  append_field(out, "email", u.email);
  append_field(out, "firstName", u.first_name);
  append_field(out, "lastName", u.last_name);
  append_field(out, "role", to_string(u.role));
  append_field(out, "plan", to_string(u.plan));
  append_field(out, "kyc_status", to_string(u.kyc));
  append_flag(out, "two_factor_enabled", u.totp_on);
  append_at(out, "created_at", u.created_at);
  out += '}';
}

void append_tokens(std::string& out, const token_pair& t) {
  out += '{';
  append_field(out, "access_token", t.access.text);
  append_field(out, "refresh_token", t.refresh.text);
  append_key(out, "expires_in");
  append_integer(out, t.expires_in_s);
  out += '}';
}

void append_key_info(std::string& out, const api_key& k) {
  out += '{';
  append_field(out, "id", k.id);
  append_field(out, "name", k.name);
  append_key(out, "scopes");
  out += '[';
  for (auto& s : k.scopes) {
    if (out.back() != '[') out += ',';
    append_string(out, s);
  }
  out += ']';
  append_at(out, "created_at", k.created_at);
  append_at(out, "revoked_at", k.revoked_at);
  out += '}';
}

void append_audit_row(std::string& out, const audit_row& r) {
  out += '{';
  append_key(out, "number");
  append_integer(out, static_cast<std::int64_t>(r.number));
  append_at(out, "at", r.act.at);
  append_field(out, "kind", r.act.kind);
  append_field(out, "actor", r.act.actor);
  append_field(out, "subject", r.act.subject);
  append_field(out, "address", r.act.address);
  append_field(out, "detail", r.act.detail);
  out += '}';
}

} // namespace troupe
