#include "runtime/stores/postgres/journal.hpp"

#include "actors/cluster/membership.hpp"
#include "runtime/stores/postgres/journal_state.hpp"
#include "runtime/stores/postgres/leases.hpp"
#include "runtime/stores/postgres/migrations.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <future>

namespace troupe {

namespace {

using journal_pointer = postgres_journal_actor::stateful_pointer<postgres_journal_state>;

std::string why_refused(const postgres_journal_options& options) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (options.read_only) return "";
  if (options.node.empty() || options.node.size() > 128
      || !std::all_of(options.node.begin(), options.node.end(), visible))
    return "a node's name is not 1 to 128 visible characters";
  if (options.lease_ms < 300 || options.lease_ms > 60'000) return "a lease is not 300 to 60000 ms";
  if (options.connections < 1 || options.connections > 16) return "connections are not 1 to 16";
  return "";
}

/// A database that answered the migration says at once what is held.
constexpr std::chrono::seconds first_word_timeout{5};

std::string prepare(const std::string& url) {
  std::string error;
  const auto session = pg_session::open(url, {}, error);
  if (!session) return error;
  return migrate_postgres(*session).error;
}

template<class Answer, class Request>
auto asked(journal_pointer self, postgres_journal_state::question_order order) {
  return [=](Request& request) mutable {
    auto reply = self->make_response_promise<Answer>();
    if (auto why = why_refused(request); !why.empty()) {
      reply.deliver(caf::make_error(errc::validation_error, "journal: " + why));
      return reply;
    }
    if constexpr (
        std::is_same_v<
            Request,
            load_account> || std::is_same_v<Request, get_journal> || std::is_same_v<Request, find_reference>)
      order.account = &request.account;
    auto job = std::make_shared<ledger_job_for<Answer, Request>>(request, reply);
    self->state.take(job, order);
    return reply;
  };
}

template<class Answer, class Request>
auto asked_beside(journal_pointer self, bool all = true, bool letters = false) {
  return asked<Answer, Request>(self, {true, all, letters, nullptr});
}

postgres_journal_actor::behavior_type
postgres_journal_behavior(journal_pointer self, const std::string& url,
                          const postgres_journal_options& options,
                          const std::shared_ptr<std::promise<void>>& known) {
  self->set_exit_handler([=](caf::exit_msg& m) { self->state.on_exit(m); });
  self->state.start(url, options, [=] { known->set_value(); });
  return {
      [=](account_append& request) {
        auto reply = self->make_response_promise<appended>();
        if (auto why = why_refused(request); !why.empty())
          reply.deliver(caf::make_error(errc::validation_error, "journal: " + why));
        else
          self->state.take(request, reply);
        return reply;
      },
      asked<stored_account, load_account>(self, {}),
      asked_beside<std::vector<journal_row>, get_journal>(self, false),
      asked<std::vector<journal_row>, find_reference>(self, {}),
      [=](get_trial_balance question) {
        auto reply = self->make_response_promise<ledger_totals>();
        self->state.take(
            std::make_shared<ledger_job_for<ledger_totals, get_trial_balance>>(question, reply),
            {true, true, false, nullptr});
        return reply;
      },
      asked_beside<std::vector<account_id>, get_account_ids>(self),
      asked<std::uint64_t, put_dead_letter>(self, {}),
      asked_beside<std::vector<dead_letter>, get_dead_letters>(self, false, true),
      asked<bool, mark_replayed>(self, {}),
      asked_beside<std::vector<outbox_row>, get_outbox>(self),
      asked<std::uint64_t, put_outbox_cursor>(self, {false, true, false, nullptr}),
      asked<std::uint64_t, get_outbox_cursor>(self, {}),
      [=](get_journal_status) { return self->state.status(); },
      [=](caf::flush_atom) { self->state.flush(); },
      [=](const hold_shards& all) {
        self->state.hold(all);
        return true;
      },
      [=](const drop_shards& some) { return self->state.drop(some); },
      [=](const meet_membership& m) { self->state.meet(m.membership); },
  };
}

} // namespace

postgres_journal spawn_postgres_journal(caf::actor_system& system, const std::string& url,
                                        const postgres_journal_options& options) {
  postgres_journal result;
  result.error = why_refused(options);
  if (result.error.empty()) result.error = prepare(url);
  if (!result.error.empty()) return result;
  const auto known = std::make_shared<std::promise<void>>();
  const postgres_journal_actor handle =
      system.spawn(postgres_journal_behavior, url, options, known);
  result.handle = handle;
  if (options.read_only) return result;
  result.until = std::make_shared<lease_clock>();
  membership_options membership;
  membership.name = options.node;
  membership.address = options.address;
  membership.lease_ms = options.lease_ms;
  membership.leases = spawn_postgres_leases(system, url);
  membership.journal = handle;
  membership.clock = result.until;
  membership.changed = options.on_changed;
  membership.detached = true;
  membership.log = options.log;
  result.membership = spawn_membership(system, std::move(membership));
  caf::anon_send(handle, meet_membership{result.membership});
  known->get_future().wait_for(first_word_timeout);
  return result;
}

} // namespace troupe
