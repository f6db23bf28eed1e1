#include "http/routes/account.hpp"

#include "http/money_request.hpp"

namespace troupe {

namespace {

std::string note_of(std::string_view agent_id) { return "agent:" + std::string{agent_id}; }

void answer_opened(exchange& ex, const open_account& command, const receipt& r) {
  std::string body;
  append_account(body, view_as_opened(command, r));
  ex.answer_json(std::move(body), 201);
}

// The settings given with a new account become its agent's, unless it has some already: a repeated
// opening must not undo what was put since. The account is answered once both are kept.
void keep_config(exchange& ex, const open_account& command, std::string config, const receipt& r) {
  const auto& store = ex.with->gate.store;
  const auto name = note_of(command.account);
  ask_money<std::string>(ex, store, get_note{name},
                         [=, config = std::move(config)](exchange& held, const std::string& there) {
                           if (!there.empty()) return answer_opened(held, command, r);
                           ask_money<put_receipt>(held, held.with->gate.store,
                                                  put_note{name, config},
                                                  [command, r](exchange& last, const put_receipt&) {
                                                    answer_opened(last, command, r);
                                                  });
                         });
}

// The money of a user's investment comes from and goes to that user's wallet alone. False when the
// account is one, and has been refused.
bool may_move_money(exchange& ex, const account_id& id) {
  if (!investor_of(id)) return true;
  ex.fail(errc::forbidden, "the money of an investment account moves with its user's wallet");
  return false;
}

// Commands that change what an account may do, answered with the account as it is then.
template<class Command>
void change(exchange& ex, Command command) {
  say_to_account(ex, std::move(command),
                 [](exchange& held, const receipt&) { answer_account(held, held.param("id")); });
}

template<class Command>
void say_capital(exchange& ex, Command command, std::string_view operation) {
  const auto amount = command.amount;
  say_to_account(ex, std::move(command), [operation, amount](exchange& held, const receipt& r) {
    std::string body;
    body.reserve(256);
    append_movement(body, held.param("id"), operation, amount, r);
    held.answer_json(std::move(body));
  });
}

} // namespace

void post_account(exchange& ex) {
  account_order order;
  if (auto bad = read_account_order(ex.in.body, order)) return fail_body(ex, *bad);
  auto& command = order.command;
  if (command.account.compare(0, wallet_prefix.size(), wallet_prefix) == 0)
    return ex.fail(bad_field{"account_id", "account_id must not be a wallet's"});
  if (investor_of(command.account))
    return ex.fail(bad_field{"account_id", "account_id must not be a user's investment's"});
  command.reference = "open:" + command.account; // opened once: the id is the key
  command.at = now_ms(ex);
  say_to_account(
      ex, command,
      [command, config = std::move(order.agent_config)](exchange& held, const receipt& r) mutable {
        if (config.empty()) return answer_opened(held, command, r);
        keep_config(held, command, std::move(config), r);
      });
}

void post_capital(exchange& ex) {
  const auto id = account_of_path(ex);
  if (!id || !may_move_money(ex, *id)) return;
  auto reference = key_reference(ex);
  if (!reference) return;
  capital_order order;
  if (auto bad = read_capital_order(ex.in.body, !reference->empty(), order))
    return fail_body(ex, *bad);
  if (reference->empty()) *reference = fresh_reference(ex, "engine");
  if (order.withdrawal)
    return say_capital(ex,
                       withdraw{*id, std::move(*reference), order.amount, house_account::engine,
                                order.new_total_capital, now_ms(ex)},
                       "withdrawal");
  say_capital(ex,
              deposit{*id, std::move(*reference), order.amount, house_account::engine,
                      order.new_total_capital, now_ms(ex)},
              "deposit");
}

void post_pause(exchange& ex) {
  const auto id = account_of_path(ex);
  if (!id) return;
  auto reference = key_reference(ex);
  if (!reference) return;
  pause_account command{*id, std::move(*reference), {}, now_ms(ex)};
  if (auto bad = read_reason(ex.in.body, false, command.reason)) return fail_body(ex, *bad);
  if (command.reference.empty()) command.reference = fresh_reference(ex, "engine");
  change(ex, std::move(command));
}

void post_resume(exchange& ex) {
  const auto id = account_of_path(ex);
  if (!id) return;
  auto reference = key_reference(ex);
  if (!reference) return;
  if (reference->empty()) *reference = fresh_reference(ex, "engine");
  change(ex, resume_account{*id, std::move(*reference), now_ms(ex)});
}

void post_close(exchange& ex) {
  const auto id = account_of_path(ex);
  if (!id || !may_move_money(ex, *id)) return;
  auto reference = key_reference(ex);
  if (!reference) return;
  if (reference->empty()) *reference = "close"; // closed once
  change(ex, close_account{*id, std::move(*reference), house_account::engine, now_ms(ex)});
}

void get_account_status(exchange& ex) {
  const auto id = account_of_path(ex);
  std::optional<utc_ms> as_of;
  if (!id || !read_as_of(ex, as_of)) return;
  answer_account(ex, *id, 200, false, as_of);
}

void get_agent_config(exchange& ex) {
  const auto& agent = ex.param("agent_id");
  if (!visible_ascii(agent, max_id_bytes)) return ex.fail(errc::not_found, "no such agent");
  ask_money<std::string>(
      ex, ex.with->gate.store, get_note{note_of(agent)}, [](exchange& held, std::string& config) {
        if (!config.empty()) return held.answer_json(std::move(config));
        // An account that was opened without settings has an agent without settings.
        const auto& id = held.param("agent_id");
        ask_money<account_view>(held, held.with->gate.money.of(id), get_account{id, {}},
                                [](exchange& last, const account_view& account) {
                                  if (account.kind == account_kind::wallet)
                                    return last.fail(errc::not_found, "no such agent");
                                  last.answer_json("{}");
                                });
      });
}

void put_agent_config(exchange& ex) {
  const auto& agent = ex.param("agent_id");
  if (!visible_ascii(agent, max_id_bytes))
    return ex.fail(bad_field{"agent_id", "agent_id must be 1 to 128 visible ASCII characters"});
  if (ex.in.body.size() > max_config_bytes)
    return ex.fail(errc::payload_too_large, "the settings are larger than 16384 bytes", "body");
  if (auto bad = check_object(ex.in.body)) return fail_body(ex, *bad);
  ask_money<put_receipt>(
      ex, ex.with->gate.store, put_note{note_of(agent), std::string{ex.in.body}},
      [](exchange& held, const put_receipt&) { held.answer_json(std::string{held.in.body}); });
}

} // namespace troupe
