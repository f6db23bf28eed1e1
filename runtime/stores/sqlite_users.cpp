#include "runtime/stores/sqlite_users.hpp"

#include "runtime/stores/file_lock.hpp"
#include "runtime/stores/migrations.hpp"
#include "runtime/stores/scope_words.hpp"
#include "runtime/stores/sqlite_db.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace troupe {

namespace {

constexpr std::uint32_t busy_timeout_ms = 2'000;

constexpr std::string_view user_by_id =
    "SELECT id, email, first_name, last_name, password_hash, role, plan, kyc, totp_secret, totp_on,"
    " totp_step, created_at, version FROM users WHERE id = ?1";
constexpr std::string_view user_by_email =
    "SELECT id, email, first_name, last_name, password_hash, role, plan, kyc, totp_secret, totp_on,"
    " totp_step, created_at, version FROM users WHERE email = ?1";
constexpr std::string_view user_by_link =
    "SELECT id, email, first_name, last_name, password_hash, role, plan, kyc, totp_secret, totp_on,"
    " totp_step, created_at, version FROM users"
    " WHERE id = (SELECT user FROM provider_links WHERE provider = ?1 AND subject = ?2)";
constexpr std::string_view users_after =
    "SELECT id, email, first_name, last_name, password_hash, role, plan, kyc, totp_secret, totp_on,"
    " totp_step, created_at, version FROM users WHERE email > ?1 ORDER BY email LIMIT ?2";

user user_in(const sqlite_query& row) {
  user u;
  u.id = row.text(0);
  u.email = row.text(1);
  u.first_name = row.text(2);
  u.last_name = row.text(3);
  u.password_hash.text = row.text(4);
  u.role = static_cast<user_role>(row.integer(5));
  u.plan = static_cast<user_plan>(row.integer(6));
  u.kyc = static_cast<kyc_state>(row.integer(7));
  u.totp_secret.text = row.text(8);
  u.totp_on = row.integer(9) != 0;
  u.totp_step = row.integer(10);
  u.created_at = row.integer(11);
  u.version = static_cast<std::uint64_t>(row.integer(12));
  return u;
}

class sqlite_users {
public:
  static std::shared_ptr<sqlite_users> open(const std::string& path, std::string& error);

  caf::error run(const put_user& request, user& out) {
    return transact([&] { return put(request, out); });
  }
  caf::error run(const use_totp_step& request, bool& out) {
    return transact([&] {
      db_->ask("UPDATE users SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2")
          .run(request.user, request.step);
      out = db_->changes() == 1;
      return caf::error{};
    });
  }
  caf::error run(const open_family& request, bool& out) {
    return transact([&] {
      open(request.what);
      note(request.act);
      out = true;
      return caf::error{};
    });
  }
  caf::error run(const rotate_family& request, rotation& out) {
    return transact([&] {
      rotate(request, out);
      return caf::error{};
    });
  }
  caf::error run(const revoke_family& request, bool& out) {
    return transact([&] {
      db_->ask("UPDATE refresh_families SET revoked = 1 WHERE id = ?1 AND revoked = 0")
          .run(request.family);
      out = db_->changes() == 1;
      if (out) note(request.act);
      return caf::error{};
    });
  }
  caf::error run(const put_api_key& request, bool& out) {
    return transact([&] {
      out = put(request.what);
      if (out) note(request.act);
      return caf::error{};
    });
  }
  caf::error run(const revoke_api_key& request, bool& out) {
    return transact([&] {
      db_->ask("UPDATE api_keys SET revoked_at = ?3 WHERE id = ?1 AND user = ?2"
               " AND revoked_at = 0")
          .run(request.key_id, request.user, request.act.at);
      out = db_->changes() == 1;
      if (out) note(request.act);
      return caf::error{};
    });
  }
  caf::error run(const put_audit& request, bool& out) {
    return transact([&] {
      note(request.act);
      out = true;
      return caf::error{};
    });
  }

  caf::error run(const find_user& question, std::vector<user>& out) {
    const auto& [provider, subject] = question.linked;
    auto row = db_->ask(!provider.empty()         ? user_by_link
                            : question.id.empty() ? user_by_email
                                                  : user_by_id);
    if (!provider.empty())
      row.bind(provider, subject);
    else
      row.bind(question.id.empty() ? question.email : question.id);
    while (row.step()) out.push_back(user_in(row));
    return outcome();
  }
  caf::error run(const get_users& question, std::vector<user>& out) {
    auto row = db_->ask(users_after);
    row.bind(question.after, question.limit);
    while (row.step()) out.push_back(user_in(row));
    return outcome();
  }
  caf::error run(const get_api_keys& question, std::vector<api_key>& out);
  caf::error run(const get_audit& question, std::vector<audit_row>& out);

private:
  sqlite_users(file_lock lock, std::unique_ptr<sqlite_db> db)
      : lock_(std::move(lock)), db_(std::move(db)) {}

  // The first failure since the last outcome, in words for the log.
  caf::error outcome() {
    if (db_->ok()) return {};
    auto words = db_->error();
    db_->clear_error();
    return caf::make_error(errc::store_unavailable, "users: " + words);
  }

  // Commits unless `work` refuses or the file fails.
  template<class Work>
  caf::error transact(Work work) {
    if (!db_->exec("BEGIN IMMEDIATE")) return outcome();
    auto refusal = work();
    if (!refusal && db_->ok()) db_->exec("COMMIT");
    if (refusal || !db_->ok()) db_->rollback();
    auto failed = outcome();
    return failed ? failed : refusal;
  }

  void note(const audit_entry& a) {
    if (!a.kind.empty())
      db_->ask("INSERT INTO audit (at, kind, actor, subject, address, detail)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
          .run(a.at, a.kind, a.actor, a.subject, a.address, a.detail);
  }

  caf::error put(const put_user& request, user& out);
  bool link(const user_id& id, const provider_subject& account);
  void open(const refresh_family& f);
  void rotate(const rotate_family& request, rotation& out);
  bool put(const api_key& k);

  file_lock lock_;
  std::unique_ptr<sqlite_db> db_; // closed before the lock is let go
};

std::shared_ptr<sqlite_users> sqlite_users::open(const std::string& path, std::string& error) {
  auto lock = file_lock::take(path + ".lock", error);
  if (!lock) {
    error = path + ": " + error;
    return nullptr;
  }
  auto db = sqlite_db::open(path, busy_timeout_ms, error);
  if (!db) return nullptr;
  if (auto result = migrate(*db, users_schema()); !result.error.empty()) {
    error = result.error;
    return nullptr;
  }
  // FULL: a spent token or code must stay spent, whatever happens to the power.
  if (!db->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;"
                "PRAGMA wal_autocheckpoint = "
                + std::to_string(log_pages(path, 1'000)))) {
    error = db->error();
    return nullptr;
  }
  return std::shared_ptr<sqlite_users>{new sqlite_users{std::move(*lock), std::move(db)}};
}

caf::error sqlite_users::put(const put_user& request, user& out) {
  out = request.what;
  out.version = request.expected_version + 1;
  const auto there = [&](std::string_view question, const std::string& key) {
    auto row = db_->ask(question);
    return row.bind(key).step() ? std::optional<user>{user_in(row)} : std::nullopt;
  };
  const auto old = there(user_by_id, out.id);
  if ((old ? old->version : 0) != request.expected_version)
    return caf::make_error(user_errc::stale);
  if (old) out.totp_step = std::max(out.totp_step, old->totp_step);
  if (const auto same = there(user_by_email, out.email); same && same->id != out.id)
    return caf::make_error(user_errc::email_taken);
  // No REPLACE: that would also throw out whoever has the e-mail.
  db_->ask("INSERT INTO users (id, email, first_name, last_name, password_hash, role, plan, kyc,"
           " totp_secret, totp_on, totp_step, created_at, version)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
           " ON CONFLICT (id) DO UPDATE SET email = ?2, first_name = ?3, last_name = ?4,"
           " password_hash = ?5, role = ?6, plan = ?7, kyc = ?8, totp_secret = ?9, totp_on = ?10,"
           " totp_step = ?11, version = ?13")
      .run(out.id, out.email, out.first_name, out.last_name, out.password_hash.text,
           static_cast<std::int64_t>(out.role), static_cast<std::int64_t>(out.plan),
           static_cast<std::int64_t>(out.kyc), out.totp_secret.text,
           static_cast<std::int64_t>(out.totp_on), out.totp_step, out.created_at,
           static_cast<std::int64_t>(out.version));
  if (!request.link.provider.empty() && !link(out.id, request.link))
    return caf::make_error(user_errc::link_taken, "the account is linked already");
  if (request.end_sessions)
    db_->ask("UPDATE refresh_families SET revoked = 1 WHERE user = ?1 AND id <> ?2")
        .run(out.id, request.but_session);
  note(request.act);
  return {};
}

// False when the account is another's, or the user has another one there.
bool sqlite_users::link(const user_id& id, const provider_subject& account) {
  {
    auto row = db_->ask("SELECT count(*), count(*) FILTER (WHERE user = ?3 AND subject = ?2)"
                        " FROM provider_links"
                        " WHERE provider = ?1 AND (subject = ?2 OR user = ?3)");
    if (!row.bind(account.provider, account.subject, id).step()) return false;
    if (row.integer(0) > 0) return row.integer(0) == row.integer(1);
  }
  db_->ask("INSERT INTO provider_links (provider, subject, user) VALUES (?1, ?2, ?3)")
      .run(account.provider, account.subject, id);
  return true;
}

void sqlite_users::open(const refresh_family& f) {
  db_->ask("DELETE FROM refresh_families WHERE user = ?1 AND expires_at <= ?2")
      .run(f.user, f.created_at);
  db_->ask("DELETE FROM refresh_families WHERE id IN (SELECT id FROM refresh_families"
           " WHERE user = ?1 ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?2)")
      .run(f.user, static_cast<std::int64_t>(max_families_per_user - 1));
  db_->ask("INSERT INTO refresh_families (id, user, token, created_at, expires_at, revoked)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .run(f.id, f.user, f.token, f.created_at, f.expires_at, static_cast<std::int64_t>(f.revoked));
}

void sqlite_users::rotate(const rotate_family& request, rotation& out) {
  refresh_family f;
  {
    auto row = db_->ask("SELECT user, token, expires_at, revoked FROM refresh_families"
                        " WHERE id = ?1");
    if (!row.bind(request.family).step()) return;
    f = {request.family, row.text(0), row.text(1), 0, row.integer(2), row.integer(3) != 0};
  }
  out = {judge_rotation(f, request), f.user};
  if (out.outcome == rotation_outcome::rotated) {
    db_->ask("UPDATE refresh_families SET token = ?2, expires_at = ?3 WHERE id = ?1")
        .run(request.family, request.next, request.expires_at);
  } else if (out.outcome == rotation_outcome::reused) {
    db_->ask("UPDATE refresh_families SET revoked = 1 WHERE id = ?1").run(request.family);
    note(reuse_of(request, f.user));
  }
}

bool sqlite_users::put(const api_key& k) {
  {
    auto good = db_->ask("SELECT count(*) FROM api_keys WHERE user = ?1 AND revoked_at = 0");
    if (!good.bind(k.user).step()
        || good.integer(0) >= static_cast<std::int64_t>(max_keys_per_user))
      return false;
  }
  return db_
      ->ask("INSERT INTO api_keys (id, user, name, hash, scopes, created_at, revoked_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .run(k.id, k.user, k.name, k.hash, joined_scopes(k.scopes), k.created_at, k.revoked_at);
}

caf::error sqlite_users::run(const get_api_keys& question, std::vector<api_key>& out) {
  const bool by_hash = !question.hash.empty();
  auto row = db_->ask(by_hash ? "SELECT id, user, name, hash, scopes, created_at, revoked_at"
                                " FROM api_keys WHERE hash = ?1"
                              : "SELECT id, user, name, hash, scopes, created_at, revoked_at"
                                " FROM api_keys WHERE user = ?1 ORDER BY number");
  row.bind(by_hash ? question.hash : question.user);
  while (row.step())
    out.push_back({row.text(0), row.text(1), row.text(2), row.text(3), split_scopes(row.text(4)),
                   row.integer(5), row.integer(6)});
  return outcome();
}

caf::error sqlite_users::run(const get_audit& question, std::vector<audit_row>& out) {
  auto row = db_->ask("SELECT number, at, kind, actor, subject, address, detail FROM audit"
                      " WHERE ?1 = 0 OR number < ?1 ORDER BY number DESC LIMIT ?2");
  row.bind(static_cast<std::int64_t>(question.before), question.limit);
  while (row.step())
    out.push_back(
        {static_cast<std::uint64_t>(row.integer(0)),
         {row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)}});
  return outcome();
}

} // namespace

spawned_user_store spawn_sqlite_users(caf::actor_system& system, const std::string& path,
                                      bool detached) {
  spawned_user_store result;
  if (const auto tables = sqlite_users::open(path, result.error))
    result.handle = spawn_user_store(system, tables, detached);
  return result;
}

} // namespace troupe
