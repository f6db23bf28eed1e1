// The admin's word on withdrawals from investment accounts. A withdrawal's id is the key of what is
// said about it: each word is heard once, and saying it again answers the same.
#include "http/codec_request.hpp"
#include "http/investment_request.hpp"
#include "http/json_text.hpp"
#include "http/routes/investment.hpp"

namespace troupe {

namespace {

constexpr std::int64_t default_limit = 100, max_limit = 1000;

// The account of the withdrawal in the path, or nothing after having answered NOT_FOUND.
std::optional<account_id> account_of_path_withdrawal(exchange& ex) {
  const auto& id = ex.param("id");
  auto account = visible_ascii(id, max_id_bytes) ? account_of_withdrawal(id) : std::nullopt;
  if (!account) ex.fail(errc::not_found, "no such withdrawal");
  return account;
}

void answer_decided(exchange& ex, const account_id& account, std::string_view status,
                    const receipt& r) {
  std::string data = R"({"withdrawal":{)";
  append_field(data, "withdrawal_id", ex.param("id"));
  append_field(data, "account_id", account);
  append_field(data, "user_id", investor_of(account).value_or(""));
  append_field(data, "status", status);
  append_key(data, "decided_at");
  append_time(data, r.at);
  answer_data(ex, data += "}}");
}

} // namespace

void get_withdrawal_list(exchange& ex) {
  std::int64_t limit = default_limit, after = 0;
  auto bad = read_number(ex.query, "limit", 1, max_limit, limit);
  if (!bad) bad = read_number(ex.query, "after", 0, std::int64_t{1} << 53, after);
  if (bad) return ex.fail(*bad);
  get_withdrawals question{static_cast<std::uint64_t>(after), static_cast<std::uint32_t>(limit)};
  ask_money<std::vector<waiting_withdrawal>>(
      ex, ex.with->gate.money.registries.front(), question,
      [](exchange& held, const std::vector<waiting_withdrawal>& waiting) {
        std::string data = R"({"withdrawals":[)";
        for (const auto& w : waiting) {
          if (data.back() != '[') data += ',';
          append_waiting(data, w);
        }
        answer_data(held, data += "]}");
      });
}

// Who dies in between leaves it approved: saying it again, or the coordinator, completes it.
void post_withdrawal_approval(exchange& ex) {
  const auto account = account_of_path_withdrawal(ex);
  if (!account) return;
  const auto id = ex.param("id");
  record_act(ex, "approve_withdrawal", *account, id, [=](exchange& recorded) {
    const auto now = now_ms(recorded);
    say_to_account(recorded, approve_withdrawal{*account, "approve:" + id, id, now},
                   [=](exchange& held, const receipt& approved) {
                     say_to_account(held, *completion_of(id, now),
                                    [=](exchange& last, const receipt&) {
                                      answer_decided(last, *account, "approved", approved);
                                    });
                   });
  });
}

void post_withdrawal_rejection(exchange& ex) {
  const auto account = account_of_path_withdrawal(ex);
  if (!account) return;
  const auto& id = ex.param("id");
  reject_withdrawal command{*account, "reject:" + id, id, {}, now_ms(ex)};
  if (auto bad = read_reason(ex.in.body, true, command.reason)) return fail_body(ex, *bad);
  record_act(ex, "reject_withdrawal", *account, id, [=](exchange& recorded) {
    say_to_account(recorded, command, [=](exchange& held, const receipt& r) {
      answer_decided(held, *account, "rejected", r);
    });
  });
}

} // namespace troupe
