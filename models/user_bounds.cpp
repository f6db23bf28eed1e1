// What a user store can keep: bounds of texts and pages.
#include "models/credentials.hpp"
#include "models/utf8.hpp"

namespace troupe {

namespace {

constexpr std::size_t max_id_text = 128, max_secret_text = 512, max_audit_text = 300;

// Kept as text everywhere, and PostgreSQL's has no zero byte.
bool text(std::string_view t, std::size_t most, bool may_be_empty = true) {
  return t.size() <= most && (may_be_empty || !t.empty()) && valid_utf8(t)
      && t.find('\0') == t.npos;
}

bool id(std::string_view t) { return text(t, max_id_text, false); }

bool keepable(const audit_entry& a) {
  return text(a.kind, max_id_text) && text(a.actor, max_audit_text)
      && text(a.subject, max_audit_text) && text(a.address, max_audit_text)
      && text(a.detail, max_audit_text);
}

// Of a provider, or none of both.
bool account(const provider_subject& p, bool may_be_none = true) {
  if (p.provider.empty() && p.subject.empty()) return may_be_none;
  return id(p.provider) && id(p.subject);
}

bool page(std::uint32_t limit) { return limit > 0 && limit <= max_user_page; }

std::string said(bool good) { return good ? "" : "a field is empty, too long or no text"; }

} // namespace

std::string why_unkeepable(const put_user& x) {
  const auto& u = x.what;
  return said(
      id(u.id) && normalised_email(u.email) == u.email && text(u.first_name, max_person_name_bytes)
      && text(u.last_name, max_person_name_bytes) && text(u.password_hash.text, max_secret_text)
      && text(u.totp_secret.text, max_secret_text) && keepable(x.act) && account(x.link)
      && text(x.but_session, max_id_text));
}
std::string why_unkeepable(const find_user& x) {
  const bool linked = !x.linked.provider.empty();
  return said(text(x.id, max_id_text) && text(x.email, max_email_bytes) && account(x.linked)
              && !x.id.empty() + !x.email.empty() + linked == 1);
}
std::string why_unkeepable(const get_users& x) {
  return said(text(x.after, max_email_bytes) && page(x.limit));
}
std::string why_unkeepable(const use_totp_step& x) { return said(id(x.user) && x.step > 0); }
std::string why_unkeepable(const open_family& x) {
  return said(id(x.what.id) && id(x.what.user) && id(x.what.token) && keepable(x.act));
}
std::string why_unkeepable(const rotate_family& x) {
  return said(id(x.family) && id(x.token) && id(x.next) && text(x.address, max_audit_text));
}
std::string why_unkeepable(const revoke_family& x) { return said(id(x.family) && keepable(x.act)); }
std::string why_unkeepable(const put_api_key& x) {
  return said(id(x.what.id) && id(x.what.user) && id(x.what.hash) && valid_person_name(x.what.name)
              && valid_scopes(x.what.scopes) && keepable(x.act));
}
std::string why_unkeepable(const revoke_api_key& x) {
  return said(id(x.user) && id(x.key_id) && keepable(x.act));
}
std::string why_unkeepable(const get_api_keys& x) {
  return said(text(x.user, max_id_text) && text(x.hash, max_id_text)
              && x.user.empty() != x.hash.empty());
}
std::string why_unkeepable(const put_audit& x) {
  return said(!x.act.kind.empty() && keepable(x.act));
}
std::string why_unkeepable(const get_audit& x) { return said(page(x.limit)); }

} // namespace troupe
