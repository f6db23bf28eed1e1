#include "http/routes/usage.hpp"

#include "http/codec_user.hpp"
#include "http/json_text.hpp"

namespace troupe {

namespace {

void append_use(std::string& out, std::string_view name, const allowance_use& use) {
  append_key(out, name);
  out += '{';
  const auto number = [&](std::string_view what, std::uint32_t value) {
    append_key(out, what);
    append_integer(out, value);
  };
  number("used", use.used);
  number("limit", use.limit);
  number("remaining", use.remaining());
  out += '}';
}

} // namespace

void get_plan_usage(exchange& ex) {
  ex.with->port.request<usage_report>(ex.with->gate.limiter, actor_timeout,
                                      get_usage{ex.who.user, ex.who.plan, ex.wall_ms()},
                                      [held = ex.share()](caf::expected<usage_report> seen) {
                                        if (!seen) return held->fail(seen.error());
                                        std::string data = "{";
                                        append_field(data, "plan", to_string(held->who.plan));
                                        append_key(data, "usage");
                                        data += '{';
                                        append_use(data, "predictions", seen->predictions);
                                        append_use(data, "signals", seen->signals);
                                        append_use(data, "indicators", seen->indicators);
                                        data += '}';
                                        append_key(data, "resetAt");
                                        append_time(data, seen->resets_at);
                                        answer_data(*held, data += '}');
                                      });
}

} // namespace troupe
