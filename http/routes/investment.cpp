#include "http/routes/investment.hpp"

#include "http/investment_request.hpp"
#include "http/json_text.hpp"
#include "models/product.hpp"
#include "models/transfer_ids.hpp"

namespace troupe {

namespace {

/// An amount under a key, on its way into or out of an account.
struct amount_order {
  reference_id reference;
  money amount;
};

// False when it was refused, and answered.
bool read_order(exchange& ex, amount_order& out) {
  if (!own_investment(ex)) return false;
  auto reference = user_key(ex, true);
  if (!reference) return false;
  if (auto bad = read_amount(ex.in.body, out.amount)) {
    fail_body(ex, *bad);
    return false;
  }
  out.reference = std::move(*reference);
  return begin_under(ex, out.reference);
}

// A key is the user's: one that another command took, kept with `other`, is refused here.
template<class Done>
void unless_taken(exchange& ex, const account_id& other, const reference_id& reference, Done done) {
  ask_money<std::vector<journal_row>>(
      ex, ex.with->gate.journal, find_reference{other, reference},
      [done = std::move(done)](exchange& held, const std::vector<journal_row>& rows) {
        if (rows.empty()) return done(held);
        held.fail(errc::idempotency_conflict, "the idempotency key was used for other content");
      });
}

void answer_deposit(exchange& ex, const account_id& id, const transfer_id& transfer) {
  find_reference question{id, credit_reference(wallet_of(ex.who.user), transfer)};
  ask_money<std::vector<journal_row>>(
      ex, ex.with->gate.journal, std::move(question),
      [id, transfer](exchange& held, const std::vector<journal_row>& rows) {
        if (rows.empty()) return held.fail(errc::store_unavailable, "ask again with the same key");
        const auto& row = rows.front();
        std::string data = R"({"transaction":)";
        append_transaction(
            data, id, {transfer, "deposit", "completed", row.amount, row.balance_after, row.at});
        answer_data(held, data += '}');
      });
}

void move_in(exchange& ex, const account_id& id, const amount_order& order) {
  const auto wallet = wallet_of(ex.who.user);
  ex.with->port.request<transfer_outcome>(
      ex.with->gate.money.of(wallet), money_time_left(ex),
      move_money{wallet, id, order.reference, order.amount, now_ms(ex)},
      [held = ex.share(), id](caf::expected<transfer_outcome> outcome) {
        if (!outcome && money_errc(outcome.error()) == errc::not_found)
          return held->fail(errc::insufficient_funds, "insufficient funds"); // there is no wallet
        if (!outcome) return fail_money(*held, outcome.error());
        if (!outcome->settled)
          return held->fail(errc::account_paused,
                            "the account took no money then; it is back in the wallet");
        answer_deposit(*held, id, outcome->transfer);
      });
}

// Money that has left the wallet under this key goes on, whatever has become of the account.
void move_in_unless(exchange& ex, errc why, std::string words, const account_id& id,
                    const amount_order& order) {
  ask_money<std::vector<journal_row>>(ex, ex.with->gate.journal,
                                      find_reference{wallet_of(ex.who.user), order.reference},
                                      [=](exchange& held, const std::vector<journal_row>& rows) {
                                        if (rows.empty()) return held.fail(why, words);
                                        move_in(held, id, order);
                                      });
}

void answer_request(exchange& ex, const withdrawal_answer& made) {
  std::string data = R"({"request":)";
  append_withdrawal(data, made);
  answer_data(ex, data += '}');
}

void reserve(exchange& ex, const account_id& id, const amount_order& order) {
  const auto withdrawal = withdrawal_id_of(id, order.reference);
  say_to_account(
      ex, reserve_withdrawal{id, order.reference, withdrawal, order.amount, true, now_ms(ex)},
      [=](exchange& held, const receipt& r) {
        answer_request(held, {withdrawal, id, order.amount, "pending", r});
      });
}

void move_out(exchange& ex, const account_id& id, const amount_order& order) {
  ask_money<transfer_outcome>(
      ex, ex.with->gate.money.of(id),
      move_money{id, wallet_of(ex.who.user), order.reference, order.amount, now_ms(ex)},
      [=](exchange& held, const transfer_outcome& outcome) {
        if (!outcome.settled) return held.fail(errc::account_closed, "the wallet takes no money");
        answer_request(held, {outcome.transfer, id, order.amount, "completed", outcome.out});
      });
}

/// Pause and resume: a key is welcome and not needed.
template<class Command>
void change(exchange& ex, Command command) {
  const auto id = own_investment(ex);
  if (!id) return;
  auto reference = user_key(ex, false);
  if (!reference) return;
  if (!reference->empty() && !begin_under(ex, *reference)) return;
  if (reference->empty()) *reference = fresh_reference(ex, "user");
  command.account = *id;
  command.reference = std::move(*reference);
  command.at = now_ms(ex);
  with_own_account(ex, [command](exchange& held, const account_view&) {
    say_to_account(held, command, [](exchange& last, const receipt&) {
      with_own_account(
          last, [](exchange& end, const account_view& account) { answer_own(end, account); });
    });
  });
}

} // namespace

void get_product_list(exchange& ex) {
  std::string data = R"({"products":[)";
  for (auto what : {product::atlas, product::orion, product::nova}) {
    if (data.back() != '[') data += ',';
    append_product(data, what);
  }
  answer_data(ex, data += "]}");
}

void get_investment_list(exchange& ex) {
  ask_money<std::vector<account_view>>(
      ex, ex.with->gate.investing, get_investments{ex.who.user},
      [](exchange& held, const std::vector<account_view>& accounts) {
        std::string data = R"({"accounts":[)";
        for (const auto& account : accounts) {
          if (data.back() != '[') data += ',';
          append_account(data, account);
        }
        answer_data(held, data += "]}");
      });
}

void post_investment(exchange& ex) {
  auto reference = user_key(ex, true);
  if (!reference) return;
  invest order;
  if (auto bad = read_investment(ex.in.body, order)) return fail_body(ex, *bad);
  order.user = ex.who.user;
  order.reference = std::move(*reference);
  order.at = now_ms(ex);
  if (!begin_under(ex, order.reference)) return;
  ask_money<account_view>(
      ex, ex.with->gate.investing, std::move(order),
      [](exchange& held, const account_view& account) { answer_own(held, account, 201); });
}

void get_investment(exchange& ex) {
  with_own_account(ex,
                   [](exchange& held, const account_view& account) { answer_own(held, account); });
}

void post_investment_deposit(exchange& ex) {
  amount_order order;
  if (!read_order(ex, order)) return;
  with_own_account(ex, [order](exchange& held, const account_view& account) {
    if (account.status == account_status::closed)
      return move_in_unless(held, errc::account_closed, "the account is closed", account.id, order);
    if (account.status == account_status::paused)
      return move_in_unless(held, errc::account_paused, "the account is paused", account.id, order);
    unless_taken(held, account.id, order.reference,
                 [id = account.id, order](exchange& last) { move_in(last, id, order); });
  });
}

void post_investment_withdrawal(exchange& ex) {
  amount_order order;
  if (!read_order(ex, order)) return;
  with_own_account(ex, [order](exchange& held, const account_view& account) {
    const bool waits = limits_of(account.what).withdrawals_need_approval;
    unless_taken(held, wallet_of(held.who.user), order.reference,
                 [id = account.id, order, waits](exchange& last) {
                   waits ? reserve(last, id, order) : move_out(last, id, order);
                 });
  });
}

void post_investment_pause(exchange& ex) {
  pause_account command;
  if (auto bad = read_reason(ex.in.body, false, command.reason)) return fail_body(ex, *bad);
  change(ex, std::move(command));
}

void post_investment_resume(exchange& ex) { change(ex, resume_account{}); }

void post_investment_close(exchange& ex) {
  const auto id = own_investment(ex);
  if (!id) return;
  auto reference = user_key(ex, true);
  if (!reference || !begin_under(ex, *reference)) return;
  end_investment order{ex.who.user, *id, std::move(*reference), now_ms(ex)};
  with_own_account(ex, [order](exchange& held, const account_view&) {
    ask_money<account_view>(
        held, held.with->gate.investing, order,
        [](exchange& last, const account_view& account) { answer_own(last, account); });
  });
}

} // namespace troupe
