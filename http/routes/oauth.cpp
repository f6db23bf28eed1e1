#include "http/routes/oauth.hpp"

#include "http/oauth/code_exchange.hpp"
#include "http/oauth/sign_ins.hpp"
#include "http/user_request.hpp"

#include <utility>

namespace troupe {

namespace {

constexpr std::string_view cookie_name = "troupe_oauth";
constexpr std::size_t most_code = 2048, most_text = 1024;

// What a browser or a page brings back.
struct returned {
  std::string code, state, nonce;
  std::string ticket; // instead of the three, with the second factor
  secret_text totp;
};

// Null after having answered.
const oauth_provider* provider_of(exchange& ex) {
  const auto& offered = ex.with->gate.sign_ins;
  const auto* found = offered ? offered->find(ex.param("provider")) : nullptr;
  if (!found) ex.fail(errc::not_found, "this node offers no such sign-in", "provider");
  return found;
}

std::string_view cookie_of(const request& in) {
  auto all = in.get("Cookie");
  while (!all.empty()) {
    while (!all.empty() && all.front() == ' ') all.remove_prefix(1);
    const auto end = all.find(';');
    const auto one = all.substr(0, end);
    if (one.size() > cookie_name.size() && one[cookie_name.size()] == '='
        && one.substr(0, cookie_name.size()) == cookie_name)
      return one.substr(cookie_name.size() + 1);
    all = end == all.npos ? std::string_view{} : all.substr(end + 1);
  }
  return {};
}

std::optional<bad_body> read_returned(std::string_view body, returned& out) {
  body_fields fields{body};
  if (fields.has("ticket")) {
    fields.text("ticket", out.ticket, most_text);
    fields.text("totp", out.totp.text, most_text);
    return fields.problem();
  }
  fields.text("code", out.code, most_code + 1);
  fields.text("state", out.state, most_text);
  if (fields.has("nonce")) fields.text("nonce", out.nonce, most_text);
  if (fields.has("totp")) fields.text("totp", out.totp.text, most_text);
  return fields.problem();
}

void refuse_state(exchange& ex) {
  fail_user(ex,
            caf::make_error(user_errc::bad_credentials,
                            "the sign-in was not begun by this browser, is too old or over"));
}

// The second factor is missing: the account stays proven for a moment.
void ask_for_code(exchange& ex, const provider_subject& account) {
  auto r =
      error_response(http_status_of(user_errc::totp_required), code_of(user_errc::totp_required),
                     "a code of the second factor is needed, with this ticket", ex.in.id);
  r.body.resize(r.body.size() - 2); // inside `error`
  append_field(r.body, "ticket", ex.with->gate.sign_ins->ticket(account, now_ms(ex)));
  r.body += "}}";
  add_header(r, "Cache-Control", "no-store");
  ex.answer(std::move(r));
}

void log_in_as(exchange& ex, const provider_profile& who, const secret_text& totp) {
  sign_in request;
  request.who = who;
  request.totp = totp;
  sign_request(ex, request);
  ex.with->port.request<logged_in>(
      ex.with->gate.users, actor_timeout, std::move(request),
      [held = ex.share(), account = who.account](caf::expected<logged_in> done) {
        if (done) return answer_login(*held, *done, 200);
        if (done.error() == user_errc::totp_required) return ask_for_code(*held, account);
        fail_user(*held, done.error());
      });
}

// Spends the state, then has the code exchanged.
template<class Done>
void prove(exchange& ex, const oauth_provider& at, const returned& back, Done done) {
  if (!visible_ascii(back.code, most_code))
    return ex.fail(errc::validation_error, "code is missing or none", "code");
  const auto nonce = back.nonce.empty() ? cookie_of(ex.in) : std::string_view{back.nonce};
  const auto redeemed = ex.with->gate.sign_ins->redeem(at, back.state, nonce, now_ms(ex));
  if (const auto* refusal = std::get_if<errc>(&redeemed))
    return *refusal == errc::busy ? ex.fail(errc::busy, "too many sign-ins are under way")
                                  : refuse_state(ex);
  exchange_code(ex, at, back.code, std::get<std::string>(redeemed), std::move(done));
}

} // namespace

void get_oauth(exchange& ex) {
  const auto* at = provider_of(ex);
  if (!at) return;
  const auto begun = ex.with->gate.sign_ins->begin(*at, now_ms(ex));
  const auto seconds = std::to_string(oauth_state_ms / second_ms);
  const bool browser = ex.in.get("Accept").find("text/html") != std::string_view::npos;
  response r;
  if (browser) {
    r.status = 302;
    add_header(r, "Location", begun.url);
    add_header(r, "Cache-Control", "no-store");
  } else {
    std::string data = "{";
    append_field(data, "authorize_url", begun.url);
    append_field(data, "nonce", begun.nonce);
    append_key(data, "expires_in");
    r = data_response(ex, (data += seconds) += '}');
  }
  const bool tls = at->redirect_uri.rfind("https://", 0) == 0;
  add_header(r, "Set-Cookie",
             std::string{cookie_name} + '=' + begun.nonce + "; Path=/auth/oauth; Max-Age=" + seconds
                 + "; HttpOnly; SameSite=Lax" + (tls ? "; Secure" : ""));
  ex.answer(std::move(r));
}

void get_oauth_callback(exchange& ex) {
  const auto* at = provider_of(ex);
  if (!at) return;
  if (ex.query.get("error"))
    return fail_user(ex,
                     caf::make_error(user_errc::bad_credentials,
                                     at->name + " says that the sign-in was not allowed"));
  returned back;
  back.code = ex.query.get("code").value_or("");
  back.state = ex.query.get("state").value_or("");
  prove(ex, *at, back,
        [](exchange& held, const provider_profile& who) { log_in_as(held, who, {}); });
}

void post_oauth(exchange& ex) {
  const auto* at = provider_of(ex);
  if (!at) return;
  returned back;
  if (auto bad = read_returned(ex.in.body, back)) return fail_body(ex, *bad);
  if (!back.ticket.empty()) {
    const auto account = ex.with->gate.sign_ins->read_ticket(back.ticket, now_ms(ex));
    if (!account || account->provider != at->name || back.totp.text.empty())
      return refuse_state(ex);
    return log_in_as(ex, provider_profile{*account, "", false, "", ""}, back.totp);
  }
  prove(ex, *at, back, [totp = back.totp](exchange& held, const provider_profile& who) {
    log_in_as(held, who, totp);
  });
}

void post_oauth_link(exchange& ex) {
  const auto* at = provider_of(ex);
  if (!at) return;
  returned back;
  if (auto bad = read_returned(ex.in.body, back)) return fail_body(ex, *bad);
  prove(ex, *at, back, [](exchange& held, const provider_profile& who) {
    link_provider request;
    request.user = held.who.user;
    request.account = who.account;
    sign_request(held, request);
    ask_users<bool>(held, std::move(request),
                    [](exchange& asked, bool) { answer_data(asked, R"({"linked":true})"); });
  });
}

} // namespace troupe
