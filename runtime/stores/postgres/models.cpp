#include "runtime/stores/postgres/models.hpp"

#include "runtime/stores/postgres/fields.hpp"
#include "runtime/stores/postgres/migrations.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <pqxx/binarystring>
#include <pqxx/pqxx>

#include <memory>
#include <utility>

namespace troupe {

namespace {

using transaction = pqxx::transaction_base;

bool answer(transaction& t, const put_model_version& x) {
  const auto done =
      t.exec_params("INSERT INTO model_versions (symbol, version, files)"
                    " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    x.symbol, x.version, pqxx::binarystring{x.files.data(), x.files.size()});
  t.exec_params("DELETE FROM model_versions v WHERE symbol = $1 AND version <> $2"
                " AND version NOT IN (SELECT version FROM model_versions WHERE symbol = $1"
                " ORDER BY version DESC LIMIT $3)"
                " AND NOT EXISTS (SELECT FROM model_roles r WHERE r.symbol = $1"
                " AND v.version IN (r.champion, r.challenger))",
                x.symbol, x.version, static_cast<std::int64_t>(kept_shared_versions));
  return done.affected_rows() > 0;
}

bool answer(transaction& t, const put_shared_roles& x) {
  const auto done = t.exec_params(
      "INSERT INTO model_roles AS r (symbol, champion, challenger, epoch)"
      " VALUES ($1, $2, $3, $4) ON CONFLICT (symbol) DO UPDATE SET"
      " champion = $2, challenger = $3, epoch = $4 WHERE r.epoch <= $4",
      x.roles.symbol, x.roles.champion, x.roles.challenger, static_cast<std::int64_t>(x.epoch));
  return done.affected_rows() > 0;
}

std::string answer(transaction& t, const get_model_version& q) {
  const auto rows = t.exec_params("SELECT files FROM model_versions WHERE symbol = $1"
                                  " AND version = $2",
                                  q.symbol, q.version);
  return rows.empty() ? std::string{} : pqxx::binarystring{rows[0][0]}.str();
}

model_roles answer(transaction& t, const get_shared_roles& q) {
  const auto rows =
      t.exec_params("SELECT champion, challenger FROM model_roles WHERE symbol = $1", q.symbol);
  if (rows.empty()) return {q.symbol, {}, {}};
  return {q.symbol, text_in(rows[0][0]), text_in(rows[0][1])};
}

class pg_models {
public:
  pg_models(const std::string& url, const pg_link_options& options) : link_(url, {}, options) {}

  template<class Answer, class Request>
  caf::result<Answer> run(const Request& request) {
    Answer out{};
    const auto result = link_.repeatable([&](pqxx::connection_base& connection) {
      pqxx::work t{connection};
      out = answer(t, request);
      t.commit();
    });
    if (!result.done()) return caf::make_error(errc::store_unavailable, "models: " + result.words);
    return out;
  }

private:
  pg_link link_;
};

model_store_actor::behavior_type model_store(model_store_actor::pointer,
                                             const std::shared_ptr<pg_models>& models) {
  return {
      [=](const put_model_version& x) -> caf::result<bool> {
        if (auto why = why_unkeepable(x); !why.empty())
          return caf::make_error(errc::validation_error, why);
        return models->run<bool>(x);
      },
      [=](const put_shared_roles& x) { return models->run<bool>(x); },
      [=](const get_model_version& q) { return models->run<std::string>(q); },
      [=](const get_shared_roles& q) { return models->run<model_roles>(q); },
  };
}

} // namespace

spawned_model_store spawn_postgres_models(caf::actor_system& system, const std::string& url,
                                          const pg_link_options& options) {
  spawned_model_store result;
  {
    const auto session = pg_session::open(url, options.session, result.error);
    if (!session) return result;
    result.error = migrate_postgres(*session).error;
    if (!result.error.empty()) return result;
  }
  result.handle =
      system.spawn<caf::detached>(model_store, std::make_shared<pg_models>(url, options));
  return result;
}

} // namespace troupe
