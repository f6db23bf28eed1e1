// What the tests of money over HTTP say: accounts, capital and signed events, in a word each.
#pragma once
#include "http/signature.hpp"
#include "node.hpp"

#include <nlohmann/json.hpp>

namespace troupe::test {

using nlohmann::json;

inline constexpr const char *engine_key = "X-API-Key: secret\r\n",
                            *admin_key = "X-API-Key: sesame\r\n";

inline std::string keyed(std::string_view key) {
  return "Idempotency-Key: " + std::string{key} + "\r\n";
}

/// `expected` of the error that was answered, for EXPECT_EQ: `409 IDEMPOTENCY_CONFLICT`, with the
/// field where one is named.
inline std::string told(const answer& a) {
  auto out = std::to_string(a.status);
  const auto body = json::parse(a.body, nullptr, false);
  if (!body.is_object() || !body.contains("error")) return out;
  out += ' ' + body["error"]["code"].get<std::string>();
  if (body["error"].contains("field")) out += ' ' + body["error"]["field"].get<std::string>();
  return out;
}

/// Asks again while it is told to, as every client must: an account that failed may still be on its
/// way out when the repeat arrives.
template<class Ask>
answer insist(Ask ask) {
  answer a = ask();
  for (int i = 0; i < 1000 && a.status == 503; ++i) a = ask();
  return a;
}

/// Speaks to one node as the engine, as an admin, or as a webhook's sender.
class money_client {
public:
  explicit money_client(const node& n) : http{n.port()} {}

  answer engine(std::string_view method, const std::string& path, std::string_view body = {},
                const std::string& headers = {}) {
    return http.say(method, path, body, engine_key + headers);
  }
  answer admin(std::string_view method, const std::string& path, std::string_view body = {},
               const std::string& headers = {}) {
    return http.say(method, path, body, admin_key + headers);
  }
  answer open(const std::string& id, const std::string& capital, const std::string& more = {}) {
    return engine("POST", "/api/v1/trading/accounts",
                  R"({"account_id":")" + id + R"(","product_id":"orion","agent_type":"trend",)"
                      + R"("initial_capital":)" + capital + more + "}");
  }
  answer capital(const std::string& id, const std::string& operation, const std::string& amount,
                 const std::string& headers = {}, const std::string& total = {}) {
    return engine("POST", "/api/v1/trading/accounts/" + id + "/capital",
                  R"({"operation":")" + operation + R"(","amount":)" + amount
                      + (total.empty() ? "" : ",\"new_total_capital\":" + total) + "}",
                  headers);
  }
  answer status(const std::string& id, const std::string& query = {}) {
    return engine("GET", "/api/v1/trading/accounts/" + id + "/status" + query);
  }
  std::string balance(const std::string& id) {
    return json::parse(status(id).body).value("balance", "?");
  }
  answer event(std::string_view body) {
    return http.say("POST", "/webhooks/ml-engine", body,
                    "X-ML-Signature: " + hush_.sign(body) + "\r\n");
  }
  /// The difference over all books.
  std::string difference() {
    return json::parse(admin("GET", "/admin/ledger/trial-balance").body)["difference"];
  }

  client http;

private:
  signature_check hush_{"hush"};
};

inline std::string trade_body(const std::string& account, const std::string& trade,
                              const std::string& profit, const std::string& status = "closed",
                              const std::string& at = "2026-01-05T10:00:00Z") {
  return R"({"event_type":"trade.executed","data":{"trade_id":")" + trade + R"(","account_id":")"
      + account + R"(","symbol":"BTCUSDT","side":"buy","quantity":0.5,"entry_price":100,)"
      + (status == "closed" ? R"("exit_price":101.5,"profit_loss":)" + profit + ',' : "")
      + R"("status":")" + status + R"(","executed_at":")" + at + "\"}}";
}

inline std::string day_body(const std::string& account, const std::string& date,
                            const std::string& opening, const std::string& closing) {
  return R"({"event_type":"daily.performance","data":{"account_id":")" + account + R"(","date":")"
      + date + R"(","opening_balance":)" + opening + R"(,"closing_balance":)" + closing
      + R"(,"daily_return":10.5,"trades_executed":3,"winning_trades":2,"losing_trades":1}})";
}

inline std::string balance_body(const std::string& account, const std::string& balance,
                                const std::string& event_id = {}) {
  return R"({"event_type":"account.balance_updated",)"
      + (event_id.empty() ? "" : R"("event_id":")" + event_id + "\",") + R"("data":{"account_id":")"
      + account + R"(","new_balance":)" + balance + R"(,"reason":"reconciled"}})";
}

inline std::string error_body(const std::string& account, const std::string& type) {
  return R"({"event_type":"account.error","event_id":"e-)" + type + R"(","data":{"account_id":")"
      + account + R"(","error_type":")" + type + R"(","error_message":"broker is gone"}})";
}

inline constexpr const char* received = R"({"received":true})";

} // namespace troupe::test
