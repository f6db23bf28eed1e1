#include "http/routes/admin.hpp"

#include "http/codec_request.hpp"
#include "http/journal_walk.hpp"
#include "http/json_text.hpp"
#include "http/user_request.hpp"
#include "models/account_proof.hpp"

namespace troupe {

namespace {

// Whose key it was: there is one, so it bears no person's name.
constexpr std::string_view admin_name = "admin";

// A proof under way, and the first thing that was found wrong.
struct proving {
  account_proof proof;
  std::optional<audit_fault> fault;
};

void answer_proof(exchange& ex, const proving& p) {
  const auto& audit = p.proof.audit();
  std::string body = "{";
  append_field(body, "account_id", ex.param("id"));
  append_key(body, "verified");
  body += p.fault ? "false" : "true";
  append_key(body, "rows");
  append_integer(body, static_cast<std::int64_t>(audit.rows()));
  if (p.fault) {
    append_key(body, "position");
    append_integer(body, static_cast<std::int64_t>(p.fault->position));
    append_field(body, "fault", p.fault->what);
  } else {
    append_money(body, "balance", audit.state().balance());
    append_field(body, "hash", to_hex(audit.head()));
  }
  ex.answer_json(body += '}');
}

void prove(exchange& ex, stored_account stored) {
  if (stored.version == 0) return ex.fail(errc::not_found, "no such account");
  const account_id id = ex.param("id");
  auto p = std::make_shared<proving>(proving{{id, std::move(stored)}, std::nullopt});
  journal_walk::run(
      ex, id,
      [p](const journal_row& row) {
        p->fault = p->proof.add(row);
        return !p->fault;
      },
      [p](exchange& held) {
        if (!p->fault) p->fault = p->proof.end();
        answer_proof(held, *p);
      },
      p->proof.last_version());
}

void answer_movement(exchange& ex, const account_id& wallet, money amount, const receipt& r) {
  std::string body;
  append_movement(body, wallet, "deposit", amount, r);
  ex.answer_json(std::move(body));
}

void open_and_fund(exchange& ex, deposit command) {
  open_account opening;
  opening.account = command.account;
  opening.reference = "open:" + command.account;
  opening.kind = account_kind::wallet;
  opening.owner = ex.param("user_id");
  opening.source = house_account::payments;
  opening.at = command.at;
  const auto whom = ex.with->gate.money.of(command.account);
  ex.with->port.request<receipt>(
      whom, money_time_left(ex), std::move(opening),
      [held = ex.share(), command = std::move(command)](caf::expected<receipt> opened) mutable {
        // Somebody else may have opened it meanwhile.
        if (!opened && money_errc(opened.error()) != errc::idempotency_conflict)
          return fail_money(*held, opened.error());
        const auto id = command.account;
        const auto amount = command.amount;
        say_to_account(*held, std::move(command), [id, amount](exchange& last, const receipt& r) {
          answer_movement(last, id, amount, r);
        });
      });
}

// The wallet is opened when it is first funded: asked about only when the deposit finds none.
void fund(exchange& ex, const deposit& command) {
  const auto whom = ex.with->gate.money.of(command.account);
  ex.with->port.request<receipt>(whom, money_time_left(ex), command,
                                 [held = ex.share(), command](caf::expected<receipt> r) {
                                   if (r)
                                     answer_movement(*held, command.account, command.amount, *r);
                                   else if (money_errc(r.error()) == errc::not_found)
                                     open_and_fund(*held, command);
                                   else
                                     fail_money(*held, r.error());
                                 });
}

void carry_out(exchange& ex, const move_money& order) {
  const auto whom = ex.with->gate.money.of(order.from);
  ask_money<transfer_outcome>(
      ex, whom, order, [order](exchange& held, const transfer_outcome& outcome) {
        std::string body = "{";
        append_field(body, "transfer_id", outcome.transfer);
        append_field(body, "status", outcome.settled ? "settled" : "returned");
        append_field(body, "from", order.from);
        append_field(body, "to", order.to);
        append_money(body, "amount", order.amount);
        append_key(body, "executed_at");
        append_time(body, outcome.out.at);
        held.answer_json(body += '}');
      });
}

} // namespace

void get_trial_balance_sheet(exchange& ex) {
  ask_money<ledger_totals>(ex, ex.with->gate.journal, get_trial_balance{},
                           [](exchange& held, const ledger_totals& totals) {
                             std::string body;
                             append_trial_balance(body, totals);
                             held.answer_json(std::move(body));
                           });
}

void get_any_account(exchange& ex) {
  const auto id = account_of_path(ex, true);
  std::optional<utc_ms> as_of;
  if (!id || !read_as_of(ex, as_of)) return;
  answer_account(ex, *id, 200, true, as_of);
}

void get_account_proof(exchange& ex) {
  const auto id = account_of_path(ex, true);
  if (!id) return;
  ask_money<stored_account>(
      ex, ex.with->gate.journal, load_account{*id},
      [](exchange& held, stored_account& stored) { prove(held, std::move(stored)); });
}

void post_breaker_reset(exchange& ex) {
  const auto id = account_of_path(ex);
  if (!id) return;
  auto reference = key_reference(ex);
  if (!reference) return;
  if (reference->empty()) *reference = fresh_reference(ex, "admin");
  reset_breaker command{*id, std::move(*reference), std::string{admin_name}, {}, now_ms(ex)};
  if (auto bad = read_reason(ex.in.body, true, command.reason)) return fail_body(ex, *bad);
  record_act(ex, "reset_breaker", *id, command.reason, [command](exchange& recorded) {
    say_to_account(recorded, command, [](exchange& held, const receipt&) {
      answer_account(held, held.param("id"), 200, true);
    });
  });
}

void post_wallet_funds(exchange& ex) {
  const auto& user = ex.param("user_id");
  if (!visible_ascii(user, max_id_bytes - wallet_prefix.size()))
    return ex.fail(bad_field{"user_id", "user_id must be 1 to 121 visible ASCII characters"});
  auto reference = key_reference(ex, true);
  if (!reference) return;
  deposit command{std::string{wallet_prefix} + user,
                  std::move(*reference),
                  {},
                  house_account::payments,
                  {},
                  now_ms(ex)};
  if (auto bad = read_amount(ex.in.body, command.amount)) return fail_body(ex, *bad);
  record_act(ex, "fund_wallet", command.account, to_string(command.amount),
             [command](exchange& recorded) { fund(recorded, command); });
}

void post_transfer(exchange& ex) {
  auto reference = key_reference(ex, true);
  if (!reference) return;
  move_money order;
  if (auto bad = read_transfer(ex.in.body, order)) return fail_body(ex, *bad);
  order.reference = std::move(*reference);
  order.at = now_ms(ex);
  const auto detail = order.to + ' ' + to_string(order.amount);
  record_act(ex, "transfer", order.from, detail,
             [order](exchange& recorded) { carry_out(recorded, order); });
}

} // namespace troupe
