#include "http/routes/sync.hpp"

#include "http/codec_model.hpp"
#include "http/json_fields.hpp"
#include "http/json_text.hpp"
#include "models/market/spread.hpp"

#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr utc_ms spread_span_ms = 30 * day_ms; // back from the newest time there is

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_moment(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  if (at > 0)
    append_time(out, at);
  else
    out += "null";
}

void append_lag(std::string& out, const symbol_sync& s) {
  append_key(out, "lag_ms");
  if (s.lag_ms < 0)
    out += "null";
  else
    append_integer(out, s.lag_ms);
}

void append_series(std::string& out, const symbol_sync& s) {
  append_count(out, "gaps", s.gaps);
  append_lag(out, s);
  append_field(out, "source", s.source);
  append_field(out, "status", s.status);
}

} // namespace

void get_sync_status_list(exchange& ex) {
  ex.with->port.request<std::vector<symbol_sync>>(
      ex.with->gate.sync, actor_timeout, get_sync_status{},
      [held = ex.share()](caf::expected<std::vector<symbol_sync>> all) {
        if (!all) return held->fail(all.error());
        std::string body = R"({"symbols":[)";
        for (auto& s : *all) {
          body += body.back() == '[' ? "{" : ",{";
          append_field(body, "symbol", s.symbol);
          append_moment(body, "last_candle", s.last);
          append_series(body, s);
          body += '}';
        }
        held->answer_json(body += "]}");
      });
}

void post_sync(exchange& ex) {
  body_fields fields{ex.in.body};
  start_sync order;
  fields.text("ticker_id", order.symbol);
  if (auto& bad = fields.problem()) return ex.fail(bad->code, bad->message, bad->field);
  if (!ex.symbol(order.symbol)) return;
  order.job_id = sync_job_prefix + ex.with->ids.mint();
  order.at = ex.wall_ms();
  ex.with->port.request<job>(ex.with->gate.sync, actor_timeout, std::move(order),
                             [held = ex.share()](caf::expected<job> j) {
                               if (!j) return held->fail(j.error());
                               std::string body = "{";
                               append_field(body, "job_id", j->id);
                               append_field(body, "status", to_string(j->state));
                               held->answer_json(body += '}', 202);
                             });
}

void get_sync_history(exchange& ex) {
  const auto& symbol = ex.param("ticker_id");
  if (!ex.symbol(symbol)) return;
  ex.with->port.request<std::vector<symbol_sync>>(
      ex.with->gate.sync, actor_timeout, get_sync_status{symbol},
      [held = ex.share()](caf::expected<std::vector<symbol_sync>> all) {
        if (!all) return held->fail(all.error());
        if (all->empty()) return held->fail(errc::symbol_not_found, "no such symbol");
        const auto& s = all->front();
        std::string body = "{";
        append_field(body, "ticker_id", s.symbol);
        append_moment(body, "last_sync", s.last_sync);
        append_count(body, "records_count", s.rows);
        append_moment(body, "first", s.first);
        append_moment(body, "last", s.last);
        append_series(body, s);
        held->answer_json(body += '}');
      });
}

void get_spread(exchange& ex) {
  const auto& symbol = ex.param("ticker_id");
  if (!ex.symbol(symbol)) return;
  const auto given = ex.query.get("session");
  const auto session = parse_session(given ? std::string_view{*given} : "all");
  if (!session)
    return ex.fail(errc::validation_error, "session must be all, asia, london or new_york",
                   "session");
  const auto now = ex.wall_ms();
  get_spreads question{symbol, now - spread_span_ms, std::numeric_limits<utc_ms>::max(),
                       session->from, session->to};
  ex.with->port.request<spread_row>(
      ex.with->gate.spreads, actor_timeout, std::move(question),
      [held = ex.share(), symbol, name = session->name](caf::expected<spread_row> all) {
        if (!all) return held->fail(all.error());
        const bool any = all->count > 0;
        const auto number = [&](std::string& out, std::string_view field, double value) {
          if (any) return append_field(out, field, value);
          append_key(out, field);
          out += "null";
        };
        std::string body = "{";
        append_field(body, "ticker_id", symbol);
        append_field(body, "session", name);
        number(body, "avg_spread", any ? all->sum / static_cast<double>(all->count) : 0);
        number(body, "min", all->min);
        number(body, "max", all->max);
        append_count(body, "count", all->count);
        append_moment(body, "from", all->from);
        append_moment(body, "to", all->to);
        held->answer_json(body += '}');
      });
}

} // namespace troupe
