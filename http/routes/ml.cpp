#include "http/routes/ml.hpp"

#include "http/codec_ml.hpp"
#include "http/codec_request.hpp"
#include "http/codec_user.hpp"
#include "http/json_text.hpp"
#include "http/routes/forecast.hpp"
#include "http/shared_answers.hpp"
#include "models/timeframe_report.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

namespace {

std::size_t index_of(std::int32_t horizon) {
  return static_cast<std::size_t>(horizon_index(horizon));
}

// `{"prediction":…}` where a short form names what it brings, else the body itself.
std::string named(std::string_view name, std::string body) {
  if (name.empty()) return body;
  std::string out = "{";
  append_key(out, name);
  return (out += body) += '}';
}

// A horizon as in bodies (6, 18, 36, 72) or by its name (scalping …).
std::optional<std::int32_t> parse_horizon(std::string_view text) {
  const auto found = std::find(horizon_names.begin(), horizon_names.end(), text);
  if (found != horizon_names.end())
    return horizons[static_cast<std::size_t>(found - horizon_names.begin())];
  const auto number = parse_whole(text);
  if (!number || *number > 1000 || horizon_index(static_cast<int>(*number)) < 0)
    return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

constexpr const char* wrong_horizon =
    "horizon must be 6, 18, 36 or 72, or scalping, intraday, swing or position";

// What another node knew lately, while this one warms up.
void answer_shared_prediction(const std::shared_ptr<exchange>& held, const symbol_name& symbol,
                              std::size_t index, std::string_view name, const caf::error& why) {
  answer_shared(held, prediction_key(symbol, horizons[index]), why,
                [held, name, why](std::string found) {
                  auto body = user_prediction_of(std::move(found));
                  if (body.empty()) return held->fail(why);
                  answer_data(*held, named(name, std::move(body)), 200, true);
                });
}

// Out of the newest bulletin, else from the symbol.
void answer_prediction(exchange& ex, const symbol_name& symbol, std::int32_t horizon,
                       std::string_view name = {}) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  auto& with = *ex.with;
  const auto index = index_of(horizon);
  const auto* ready = with.channels.for_users(symbol);
  if (ready && !ready->predictions[index].empty()) {
    with.channels.count_prediction(symbol, index);
    bump(with.gate.counts->cache_hits);
    const auto& body = ready->predictions[index];
    return name.empty() ? answer_data(ex, body, 200, true)
                        : answer_data(ex, named(name, body), 200, true);
  }
  bump(with.gate.counts->cache_misses);
  with.port.request<prediction>(
      *actor, actor_timeout, get_prediction{horizon},
      [held = ex.share(), symbol, index, name](caf::expected<prediction> p) {
        if (!p) return answer_shared_prediction(held, symbol, index, name, p.error());
        held->with->channels.count_prediction(symbol, index);
        std::string body;
        append_user_prediction(body, *p);
        answer_data(*held, named(name, std::move(body)));
      });
}

// Of one candle: a close in between must not mix two.
class prediction_set {
public:
  explicit prediction_set(const symbol_name& symbol) : symbol_(symbol) {}

  void add(exchange& ex, std::size_t index, std::string_view body) {
    ex.with->channels.count_prediction(symbol_, index);
    append_key(bodies_, horizon_names[index]);
    bodies_ += body;
  }
  std::string take() { return R"({"symbol":")" + symbol_ + R"(","predictions":)" + bodies_ + "}}"; }

private:
  symbol_name symbol_;
  std::string bodies_ = "{";
};

bool whole(const user_answers* ready) {
  return ready
      && std::none_of(ready->predictions.begin(), ready->predictions.end(),
                      [](auto& body) { return body.empty(); });
}

void answer_all_predictions(exchange& ex, const symbol_name& symbol) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  if (const auto* ready = ex.with->channels.for_users(symbol); whole(ready)) {
    bump(ex.with->gate.counts->cache_hits);
    prediction_set all{symbol};
    for (std::size_t i = 0; i < ready->predictions.size(); ++i)
      all.add(ex, i, ready->predictions[i]);
    return answer_data(ex, all.take(), 200, true);
  }
  bump(ex.with->gate.counts->cache_misses);
  ex.with->port.request<std::vector<prediction>>(
      *actor, actor_timeout, get_predictions{},
      [held = ex.share(), symbol](caf::expected<std::vector<prediction>> found) {
        if (!found) return held->fail(found.error());
        prediction_set all{symbol};
        for (const auto& p : *found) {
          std::string body;
          append_user_prediction(body, p);
          all.add(*held, index_of(p.horizon), body);
        }
        answer_data(*held, all.take());
      });
}

// Before the answer leaves; what it costs is one message.
void log_served(exchange& ex, const std::string& id, const symbol_name& symbol, utc_ms created_at) {
  bump(ex.with->gate.counts->signals_served);
  caf::anon_send(ex.with->gate.served,
                 served_signal{ex.who.user, id, symbol, created_at, ex.wall_ms()});
}

// The body out of the newest bulletin, logged as served; null when there is none.
const std::string* ready_signal(exchange& ex, const symbol_name& symbol, std::int32_t horizon) {
  const auto* all = ex.with->channels.for_users(symbol);
  const auto* ready = all ? &all->signals[index_of(horizon)] : nullptr;
  if (!ready || ready->body.empty()) return nullptr;
  bump(ex.with->gate.counts->cache_hits);
  log_served(ex, ready->id, symbol, ready->created_at);
  return &ready->body;
}

void answer_signal(exchange& ex, const symbol_name& symbol, std::int32_t horizon,
                   signal_parts parts) {
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  auto& with = *ex.with;
  if (const auto* ready = parts.range && parts.tpsl ? ready_signal(ex, symbol, horizon) : nullptr)
    return answer_data(ex, *ready, 200, true);
  bump(with.gate.counts->cache_misses);
  with.port.request<signal>(*actor, actor_timeout, get_signal{horizon},
                            [held = ex.share(), parts](caf::expected<signal> s) {
                              if (!s) return held->fail(s.error());
                              log_served(*held, s->id, s->symbol, s->created_at);
                              std::string body;
                              append_user_signal(body, *s, parts);
                              answer_data(*held, body);
                            });
}

// Signals of several horizons, gathered one after the other and served together or not at all.
class signal_gathering : public std::enable_shared_from_this<signal_gathering> {
public:
  signal_gathering(exchange& ex, symbol_actor symbol, std::vector<std::int32_t> wanted)
      : held_(ex.share()), symbol_(std::move(symbol)), wanted_(std::move(wanted)) {}

  void next() {
    if (found_.size() == wanted_.size()) return finish();
    held_->with->port.request<signal>(symbol_, actor_timeout, get_signal{wanted_[found_.size()]},
                                      [self = shared_from_this()](caf::expected<signal> s) {
                                        if (!s) return self->held_->fail(s.error());
                                        self->found_.push_back(std::move(*s));
                                        self->next();
                                      });
  }

private:
  void finish() {
    std::string body = R"({"signals":[)";
    for (auto& s : found_) {
      log_served(*held_, s.id, s.symbol, s.created_at);
      if (body.back() != '[') body += ',';
      append_user_signal(body, s);
    }
    answer_data(*held_, body += "]}");
  }

  std::shared_ptr<exchange> held_;
  symbol_actor symbol_;
  std::vector<std::int32_t> wanted_;
  std::vector<signal> found_;
};

std::string encoded(const indicator_report& r, const std::vector<std::string>& only) {
  std::string body;
  append_indicators(body, r, only);
  return body;
}

// Of the base candles; shared with other nodes whole.
void answer_base_report(const std::shared_ptr<exchange>& held,
                        const caf::expected<indicator_report>& r,
                        const std::vector<std::string>& only, std::string_view name) {
  const auto& symbol = held->param("symbol");
  if (!r && !only.empty()) return held->fail(r.error());
  if (!r)
    return answer_shared(held, indicators_key(symbol), r.error(), [held, name](std::string body) {
      answer_data(*held, named(name, std::move(body)), 200, true);
    });
  auto body = encoded(*r, only);
  if (only.empty()) share_indicators(*held, symbol, body);
  answer_data(*held, named(name, std::move(body)));
}

// Of the base candles the symbol keeps them; of longer ones they are computed here.
void answer_indicators(exchange& ex, std::string_view name) {
  auto only = read_indicator_names(ex);
  if (!only) return;
  const auto tf = parse_timeframe(ex.query.get("timeframe").value_or("5m"));
  if (!tf) return ex.fail(bad_field{"timeframe", "timeframe must be 5m, 15m, 1h, 4h or 1d"});
  const auto& symbol = ex.param("symbol");
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  if (*tf == timeframe::m5)
    return ex.with->port.request<indicator_report>(
        *actor, actor_timeout, get_indicators{},
        [held = ex.share(), only = std::move(*only), name](caf::expected<indicator_report> r) {
          answer_base_report(held, r, only, name);
        });
  ex.with->port.request<std::vector<candle>>(
      *actor, actor_timeout, get_history{*tf, timeframe_report_candles},
      [held = ex.share(), only = std::move(*only), name](caf::expected<std::vector<candle>> all) {
        if (!all) return held->fail(all.error());
        const auto report = report_of(held->param("symbol"), *all);
        if (!report)
          return held->fail(errc::feature_error, "too few candles of this timeframe yet");
        answer_data(*held, named(name, encoded(*report, only)));
      });
}

} // namespace

void post_user_prediction(exchange& ex) {
  forecast_request want;
  if (auto bad = read_forecast_request(ex.in.body, want)) return ex.fail(*bad);
  answer_prediction(ex, want.symbol, want.horizon);
}

void post_user_signal(exchange& ex) {
  forecast_request want;
  if (auto bad = read_forecast_request(ex.in.body, want)) return ex.fail(*bad);
  answer_signal(ex, want.symbol, want.horizon, {want.include_range, want.include_tpsl});
}

void get_user_predictions(exchange& ex) {
  const auto name = ex.query.get("horizon").value_or("all");
  if (name == "all") return answer_all_predictions(ex, ex.param("symbol"));
  const auto horizon = parse_horizon(name);
  if (!horizon) return ex.fail(bad_field{"horizon", wrong_horizon});
  answer_prediction(ex, ex.param("symbol"), *horizon);
}

void get_user_signal_log(exchange& ex) {
  auto want = read_signal_question(ex);
  if (!want) return;
  want->served_to = ex.who.user;
  // What this user was served a moment ago may still be on its way into the store.
  ex.with->port.request<std::uint64_t>(
      ex.with->gate.served, actor_timeout, caf::flush_atom_v,
      [held = ex.share(), want = *want](caf::expected<std::uint64_t> flushed) {
        if (!flushed) return held->fail(flushed.error());
        held->with->port.request<signal_page>(held->with->gate.store, actor_timeout, want,
                                              [held](caf::expected<signal_page> page) {
                                                if (!page) return held->fail(page.error());
                                                std::string body;
                                                append_user_signal_page(body, *page);
                                                answer_data(*held, body);
                                              });
      });
}

void get_user_indicators(exchange& ex) { answer_indicators(ex, {}); }

void get_short_prediction(exchange& ex) {
  const auto horizon = parse_horizon(ex.query.get("horizon").value_or(""));
  if (!horizon) return ex.fail(bad_field{"horizon", wrong_horizon});
  answer_prediction(ex, ex.param("symbol"), *horizon, "prediction");
}

void get_short_signals(exchange& ex) {
  const auto& symbol = ex.param("symbol");
  std::vector<std::int32_t> wanted{horizons.begin(), horizons.end()};
  if (const auto given = ex.query.get("horizon")) {
    const auto horizon = parse_horizon(*given);
    if (!horizon) return ex.fail(bad_field{"horizon", wrong_horizon});
    wanted = {*horizon};
  }
  const auto* actor = ex.symbol(symbol);
  if (!actor) return;
  if (const auto* ready = wanted.size() == 1 ? ready_signal(ex, symbol, wanted[0]) : nullptr)
    return answer_data(ex, named("signals", '[' + *ready + ']'), 200, true);
  bump(ex.with->gate.counts->cache_misses);
  std::make_shared<signal_gathering>(ex, *actor, std::move(wanted))->next();
}

void get_short_indicators(exchange& ex) { answer_indicators(ex, "indicators"); }

} // namespace troupe
