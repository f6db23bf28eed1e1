#include "http/outbound/ml_engine.hpp"

#include "http/json_text.hpp"
#include "http/request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace troupe {

namespace {

constexpr std::string_view api = "/api/v1";

caf::error wrong(std::string why) {
  return caf::make_error(outbound_errc::malformed_request, std::move(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As the ledger prints amounts that are not negative: NUMERIC(20,8), so at most 12 digits before
// the point and 8 past it.
bool is_money(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, point);
  const auto rest = text.substr(std::min(point + 1, text.size()));
  return !whole.empty() && whole.size() <= 12 && std::all_of(whole.begin(), whole.end(), is_digit)
      && (point == text.size() || !rest.empty()) && rest.size() <= 8
      && std::all_of(rest.begin(), rest.end(), is_digit);
}

bool is_object(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{' && nlohmann::json::accept(text);
}

// One segment of a path, whatever the id is made of. Empty when it would be another path.
std::string segment(std::string_view id) {
  return id == "." || id == ".." ? std::string{} : percent_encode(id);
}

} // namespace

std::optional<endpoint> ml_engine_endpoint(std::string_view url) {
  auto at = parse_endpoint(url);
  if (!at) return at;
  const auto& p = at->prefix;
  if (p.size() < api.size() || p.compare(p.size() - api.size(), api.size(), api) != 0)
    at->prefix += api;
  return at;
}

outbound_options ml_engine_options(const ml_engine_settings& settings) {
  outbound_options o{ml_engine_limits};
  o.timeout_ms = settings.timeout_ms;
  o.retry = {settings.retry_attempts, settings.retry_delay_ms};
  const auto attempts = std::max<std::int64_t>(settings.retry_attempts, 1);
  o.deadline_ms =
      attempts * settings.timeout_ms + attempts * (attempts - 1) / 2 * settings.retry_delay_ms;
  return o;
}

caf::expected<outbound_request> ml_engine_requests::create(const ml_account& a,
                                                           std::string_view event_id) const {
  if (a.account_id.empty()) return wrong("account_id is empty");
  if (!is_money(a.initial_capital)) return wrong("initial_capital is not an amount");
  if (!is_object(a.agent_config)) return wrong("agent_config is not an object");
  std::string body = "{";
  append_field(body, "account_id", a.account_id);
  append_field(body, "product_id", a.product_id);
  append_field(body, "agent_type", a.agent_type);
  append_field(body, "initial_capital", a.initial_capital);
  append_key(body, "agent_config");
  body += a.agent_config; // as it is: reading it would turn its numbers into doubles
  body += '}';
  return post({}, {}, std::move(body), event_id);
}

caf::expected<outbound_request> ml_engine_requests::capital(const ml_capital& c,
                                                            std::string_view event_id) const {
  if (!is_money(c.amount)) return wrong("amount is not an amount");
  if (!is_money(c.new_total_capital)) return wrong("new_total_capital is not an amount");
  std::string body = "{";
  append_field(body, "operation",
               c.what == ml_capital::operation::deposit ? "deposit" : "withdrawal");
  append_field(body, "amount", c.amount);
  append_field(body, "new_total_capital", c.new_total_capital);
  body += '}';
  return post(c.account_id, "/capital", std::move(body), event_id);
}

caf::expected<outbound_request> ml_engine_requests::pause(std::string_view account_id,
                                                          std::string_view event_id) const {
  return post(account_id, "/pause", {}, event_id);
}

caf::expected<outbound_request> ml_engine_requests::resume(std::string_view account_id,
                                                           std::string_view event_id) const {
  return post(account_id, "/resume", {}, event_id);
}

caf::expected<outbound_request> ml_engine_requests::close(std::string_view account_id,
                                                          std::string_view event_id) const {
  return post(account_id, "/close", {}, event_id);
}

caf::expected<outbound_request> ml_engine_requests::post(std::string_view account_id,
                                                         std::string_view verb, std::string body,
                                                         std::string_view event_id) const {
  outbound_request r;
  r.method = "POST";
  r.path = "/trading/accounts";
  if (!verb.empty()) {
    const auto id = segment(account_id);
    if (id.empty()) return wrong("account_id is empty or no name");
    r.path.append("/").append(id).append(verb);
  }
  r.headers = {
      {"X-API-Key", key_}, {"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!event_id.empty()) r.headers.push_back({"Idempotency-Key", std::string{event_id}});
  r.body = std::move(body);
  r.safe_to_repeat = true;
  if (auto why = what_is_wrong(r); !why.empty()) return wrong(std::move(why));
  return r;
}

} // namespace troupe
