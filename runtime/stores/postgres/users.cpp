#include "runtime/stores/postgres/users.hpp"

#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/migrations.hpp"
#include "runtime/stores/scope_words.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

using transaction = pqxx::transaction_base;

const std::string user_columns =
    "id, email, first_name, last_name, password_hash, role, plan, kyc, totp_secret, totp_on::int,"
    " totp_step, created_at, version";

user user_in(const pqxx::row& row) {
  user u;
  u.id = text_in(row[0]);
  u.email = text_in(row[1]);
  u.first_name = text_in(row[2]);
  u.last_name = text_in(row[3]);
  u.password_hash.text = text_in(row[4]);
  u.role = static_cast<user_role>(integer_in(row[5]));
  u.plan = static_cast<user_plan>(integer_in(row[6]));
  u.kyc = static_cast<kyc_state>(integer_in(row[7]));
  u.totp_secret.text = text_in(row[8]);
  u.totp_on = integer_in(row[9]) != 0;
  u.totp_step = integer_in(row[10]);
  u.created_at = integer_in(row[11]);
  u.version = static_cast<std::uint64_t>(integer_in(row[12]));
  return u;
}

// Whether `kept` is what a run before this one, whose answer was lost, has left.
bool same(const user& kept, const user& wanted) {
  return kept.version == wanted.version && kept.email == wanted.email
      && kept.password_hash == wanted.password_hash && kept.role == wanted.role
      && kept.plan == wanted.plan && kept.kyc == wanted.kyc
      && kept.totp_secret == wanted.totp_secret && kept.totp_on == wanted.totp_on;
}

void note(transaction& t, const audit_entry& a) {
  if (!a.kind.empty())
    t.exec_params("INSERT INTO audit (at, kind, actor, subject, address, detail)"
                  " VALUES ($1, $2, $3, $4, $5, $6)",
                  a.at, a.kind, a.actor, a.subject, a.address, a.detail);
}

class pg_users {
public:
  pg_users(const std::string& url, const pg_link_options& options) : link_(url, {}, options) {}

  template<class Request, class Answer>
  caf::error run(const Request& request, Answer& out) {
    caf::error refusal;
    const auto result = link_.repeatable([&](pqxx::connection_base& connection) {
      refusal = {};
      out = Answer{};
      pqxx::work t{connection};
      refusal = answer(t, request, out);
      if (!refusal) t.commit();
    });
    if (result.done()) return refusal;
    // Two who registered one address at the same time: the index knew.
    if (result.refused_as(sqlstate::unique_violation)
        && result.words.find("users_email") != std::string::npos)
      return caf::make_error(user_errc::email_taken);
    if (result.refused_as(sqlstate::unique_violation)
        && result.words.find("provider_links") != std::string::npos)
      return link_taken();
    if (result.refused_as(sqlstate::unique_violation)) return caf::make_error(user_errc::stale);
    return caf::make_error(errc::store_unavailable, "users: " + result.words);
  }

private:
  static caf::error link_taken() {
    return caf::make_error(user_errc::link_taken, "the account is linked already");
  }

  // The index refuses a user who has another account there.
  static bool link(transaction& t, const user_id& id, const provider_subject& account) {
    t.exec_params("INSERT INTO provider_links (provider, subject, user_id) VALUES ($1, $2, $3)"
                  " ON CONFLICT (provider, subject) DO NOTHING",
                  account.provider, account.subject, id);
    const auto owner =
        t.exec_params1("SELECT user_id FROM provider_links WHERE provider = $1 AND subject = $2",
                       account.provider, account.subject);
    return text_in(owner[0]) == id;
  }

  static caf::error answer(transaction& t, const put_user& request, user& out) {
    out = request.what;
    out.version = request.expected_version + 1;
    const auto old =
        t.exec_params("SELECT " + user_columns + " FROM users WHERE id = $1 FOR UPDATE", out.id);
    if (!old.empty() && same(user_in(old[0]), out)) return {};
    const auto version = old.empty() ? 0 : user_in(old[0]).version;
    if (version != request.expected_version) return caf::make_error(user_errc::stale);
    if (!old.empty()) out.totp_step = std::max(out.totp_step, user_in(old[0]).totp_step);
    const auto& u = out;
    t.exec_params("INSERT INTO users VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)"
                  " ON CONFLICT (id) DO UPDATE SET email = $2, first_name = $3, last_name = $4,"
                  " password_hash = $5, role = $6, plan = $7, kyc = $8, totp_secret = $9,"
                  " totp_on = $10, totp_step = $11, version = $13"
                  " WHERE users.version = $13::bigint - 1",
                  u.id, u.email, u.first_name, u.last_name, u.password_hash.text,
                  static_cast<int>(u.role), static_cast<int>(u.plan), static_cast<int>(u.kyc),
                  u.totp_secret.text, u.totp_on, u.totp_step, u.created_at, u.version);
    if (!request.link.provider.empty() && !link(t, u.id, request.link)) return link_taken();
    if (request.end_sessions)
      t.exec_params("UPDATE refresh_families SET revoked = true WHERE user_id = $1 AND id <> $2",
                    u.id, request.but_session);
    note(t, request.act);
    return {};
  }

  static caf::error answer(transaction& t, const find_user& question, std::vector<user>& out) {
    const auto& [provider, subject] = question.linked;
    if (!provider.empty()) {
      for (const auto& row :
           t.exec_params("SELECT " + user_columns
                             + " FROM users WHERE id = (SELECT user_id FROM provider_links"
                               " WHERE provider = $1 AND subject = $2)",
                         provider, subject))
        out.push_back(user_in(row));
      return {};
    }
    const bool by_id = !question.id.empty();
    for (const auto& row : t.exec_params("SELECT " + user_columns + " FROM users WHERE "
                                             + (by_id ? "id" : "email") + " = $1",
                                         by_id ? question.id : question.email))
      out.push_back(user_in(row));
    return {};
  }

  static caf::error answer(transaction& t, const get_users& question, std::vector<user>& out) {
    for (const auto& row : t.exec_params("SELECT " + user_columns
                                             + " FROM users WHERE email > $1"
                                               " ORDER BY email LIMIT $2",
                                         question.after, question.limit))
      out.push_back(user_in(row));
    return {};
  }

  static caf::error answer(transaction& t, const use_totp_step& request, bool& out) {
    out = t.exec_params("UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2",
                        request.user, request.step)
              .affected_rows()
        == 1;
    return {};
  }

  static caf::error answer(transaction& t, const open_family& request, bool& out) {
    const auto& f = request.what;
    t.exec_params("DELETE FROM refresh_families WHERE user_id = $1 AND expires_at <= $2", f.user,
                  f.created_at);
    t.exec_params("DELETE FROM refresh_families WHERE id IN (SELECT id FROM refresh_families"
                  " WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)",
                  f.user, max_families_per_user - 1);
    t.exec_params("INSERT INTO refresh_families VALUES ($1, $2, $3, $4, $5, $6)"
                  " ON CONFLICT (id) DO NOTHING",
                  f.id, f.user, f.token, f.created_at, f.expires_at, f.revoked);
    note(t, request.act);
    out = true;
    return {};
  }

  static caf::error answer(transaction& t, const rotate_family& request, rotation& out) {
    const auto rows =
        t.exec_params("SELECT user_id, token, expires_at, revoked::int FROM refresh_families"
                      " WHERE id = $1 FOR UPDATE",
                      request.family);
    if (rows.empty()) return {};
    const auto& row = rows[0];
    const refresh_family f{request.family,     text_in(row[0]),        text_in(row[1]), 0,
                           integer_in(row[2]), integer_in(row[3]) != 0};
    out = {judge_rotation(f, request), f.user};
    if (out.outcome == rotation_outcome::rotated) {
      t.exec_params("UPDATE refresh_families SET token = $2, expires_at = $3 WHERE id = $1",
                    request.family, request.next, request.expires_at);
    } else if (out.outcome == rotation_outcome::reused) {
      t.exec_params("UPDATE refresh_families SET revoked = true WHERE id = $1", request.family);
      note(t, reuse_of(request, f.user));
    }
    return {};
  }

  static caf::error answer(transaction& t, const revoke_family& request, bool& out) {
    out = t.exec_params("UPDATE refresh_families SET revoked = true"
                        " WHERE id = $1 AND NOT revoked",
                        request.family)
              .affected_rows()
        == 1;
    if (out) note(t, request.act);
    return {};
  }

  static caf::error answer(transaction& t, const put_api_key& request, bool& out) {
    const auto& k = request.what;
    // The user's row is the lock: two who count at the same time would both find room.
    t.exec_params("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", k.user);
    const auto count = t.exec_params1("SELECT count(*) FILTER (WHERE revoked_at = 0 AND id <> $2)"
                                      " FROM api_keys WHERE user_id = $1",
                                      k.user, k.id);
    out = integer_in(count[0]) < static_cast<std::int64_t>(max_keys_per_user);
    if (!out) return {};
    t.exec_params("INSERT INTO api_keys (id, user_id, name, hash, scopes, created_at, revoked_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
                  k.id, k.user, k.name, k.hash, joined_scopes(k.scopes), k.created_at,
                  k.revoked_at);
    note(t, request.act);
    return {};
  }

  static caf::error answer(transaction& t, const revoke_api_key& request, bool& out) {
    out = t.exec_params("UPDATE api_keys SET revoked_at = $3"
                        " WHERE id = $1 AND user_id = $2 AND revoked_at = 0",
                        request.key_id, request.user, request.act.at)
              .affected_rows()
        == 1;
    if (out) note(t, request.act);
    return {};
  }

  static caf::error answer(transaction& t, const get_api_keys& question,
                           std::vector<api_key>& out) {
    const bool by_hash = !question.hash.empty();
    for (const auto& row :
         t.exec_params(std::string{"SELECT id, user_id, name, hash, scopes, created_at, revoked_at"
                                   " FROM api_keys WHERE "}
                           + (by_hash ? "hash" : "user_id") + " = $1 ORDER BY number",
                       by_hash ? question.hash : question.user))
      out.push_back({text_in(row[0]), text_in(row[1]), text_in(row[2]), text_in(row[3]),
                     split_scopes(text_in(row[4])), integer_in(row[5]), integer_in(row[6])});
    return {};
  }

  static caf::error answer(transaction& t, const put_audit& request, bool& out) {
    note(t, request.act);
    out = true;
    return {};
  }

  static caf::error answer(transaction& t, const get_audit& question, std::vector<audit_row>& out) {
    for (const auto& row :
         t.exec_params("SELECT number, at, kind, actor, subject, address, detail"
                       " FROM audit WHERE $1 = 0 OR number < $1"
                       " ORDER BY number DESC LIMIT $2",
                       static_cast<std::int64_t>(question.before), question.limit))
      out.push_back({static_cast<std::uint64_t>(integer_in(row[0])),
                     {integer_in(row[1]), text_in(row[2]), text_in(row[3]), text_in(row[4]),
                      text_in(row[5]), text_in(row[6])}});
    return {};
  }

  pg_link link_;
};

} // namespace

spawned_user_store spawn_postgres_users(caf::actor_system& system, const std::string& url,
                                        const pg_link_options& options) {
  spawned_user_store result;
  {
    const auto session = pg_session::open(url, options.session, result.error);
    if (!session) return result;
    result.error = migrate_postgres(*session).error;
    if (!result.error.empty()) return result;
  }
  result.handle = spawn_user_store(system, std::make_shared<pg_users>(url, options), true);
  return result;
}

} // namespace troupe
