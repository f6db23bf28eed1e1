#include "http/outbound/ml_engine_words.hpp"

#include "http/outbound/ml_engine.hpp"

#include <nlohmann/json.hpp>

namespace troupe {

namespace {

using verb = engine_notice::verb;

// `agent_config` stays empty: an agent's settings are no event of an account.
caf::expected<outbound_request> say(const ml_engine_requests& requests, const engine_notice& n) {
  switch (n.what) {
  case verb::create: {
    ml_account a;
    a.account_id = n.account;
    a.product_id = to_string(n.sold);
    a.agent_type = n.agent_type;
    a.initial_capital = to_string(n.amount);
    return requests.create(a, n.event_id);
  }
  case verb::deposit:
  case verb::withdraw: {
    ml_capital c;
    c.what = n.what == verb::deposit ? ml_capital::operation::deposit
                                     : ml_capital::operation::withdrawal;
    c.account_id = n.account;
    c.amount = to_string(n.amount);
    c.new_total_capital = to_string(n.balance_after);
    return requests.capital(c, n.event_id);
  }
  case verb::pause: return requests.pause(n.account, n.event_id);
  case verb::resume: return requests.resume(n.account, n.event_id);
  case verb::close: return requests.close(n.account, n.event_id);
  }
  return caf::make_error(outbound_errc::malformed_request, "no such notice");
}

// Of an error as SPEC §3 shapes it; empty for any other body.
std::string code_in(const std::string& body) {
  const auto all = nlohmann::json::parse(body, nullptr, false);
  if (!all.is_object() || !all.contains("error") || !all["error"].is_object()) return {};
  const auto& error = all["error"];
  const auto code = error.find("code");
  return code != error.end() && code->is_string() ? code->get<std::string>() : std::string{};
}

engine_answer judge(const engine_notice& n, const outbound_response& r) {
  const auto status = r.status;
  if (status >= 200 && status < 300) return engine_answer::taken;
  if (status >= 500 || status == 408 || status == 425) return engine_answer::later;
  if (status < 400 || status == 401 || status == 403 || status == 429) return engine_answer::away;
  if (n.what == verb::create && (status == 404 || status == 405)) return engine_answer::away;
  if (status == 409 && code_in(r.body) == "IN_PROGRESS") return engine_answer::later;
  return engine_answer::refused;
}

} // namespace

engine_words ml_engine_words(const std::string& client_key) {
  engine_words out;
  out.say = [requests = ml_engine_requests{client_key}](const engine_notice& n) {
    return say(requests, n);
  };
  out.judge = judge;
  return out;
}

} // namespace troupe
