#include "http/codec_backtest.hpp"

#include "http/json_fields.hpp"
#include "http/json_text.hpp"
#include "messages/forecast.hpp"
#include "models/backtest/report.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace troupe {

namespace {

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  append_key(out, name);
  append_integer(out, static_cast<std::int64_t>(value));
}

void append_at(std::string& out, std::string_view name, utc_ms at) {
  append_key(out, name);
  append_time(out, at);
}

void append_mean(std::string& out, std::string_view name, const mean_r& m) {
  append_key(out, name);
  out += '{';
  append_field(out, "mean", m.mean);
  append_field(out, "standard_error", m.error);
  out += '}';
}

void append_rules(std::string& out, const strategy& rules) {
  append_key(out, "strategy");
  out += '{';
  append_field(out, "name", rules.name);
  append_field(out, "margin_r", rules.margin_r);
  append_field(out, "standard_errors", rules.standard_errors);
  append_field(out, "min_rr", rules.min_rr);
  append_key(out, "always_in");
  out += rules.always_in ? "true}" : "false}";
}

void append_random(std::string& out, const random_comparison& random) {
  append_key(out, "random_entries");
  if (random.runs == 0) {
    out += "null";
    return;
  }
  out += '{';
  append_count(out, "runs", random.runs);
  append_field(out, "mean_gross_r", random.mean_gross_r);
  append_field(out, "mean_net_r", random.mean_net_r);
  append_field(out, "deviation_net_r", random.deviation_net_r);
  append_field(out, "better_than", random.better_than);
  out += '}';
}

void append_curve(std::string& out, const std::vector<curve_point>& curve) {
  append_key(out, "equity_curve");
  out += '[';
  for (const auto& p : thinned(curve, max_curve_points)) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_at(out, "time", p.time);
    append_field(out, "net_r", p.net_r);
    append_field(out, "gross_r", p.gross_r);
    out += '}';
  }
  out += ']';
}

void append_months(std::string& out, const std::vector<month_figures>& months) {
  append_key(out, "by_month");
  out += '[';
  for (const auto& m : months) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_field(out, "month", std::string_view{m.month});
    append_count(out, "trades", m.trades);
    append_count(out, "wins", m.wins);
    append_field(out, "gross_r", m.gross_r);
    append_field(out, "net_r", m.net_r);
    out += '}';
  }
  out += ']';
}

using nlohmann::json;

// The first field that is wrong; the rest is then not looked at.
class order_reader {
public:
  explicit order_reader(const json& body) : body_(&body) {}

  std::optional<bad_field> problem;

  void number(const char* name, double low, double high, double& out) {
    const auto* field = find(name);
    if (!field) return;
    if (!field->is_number() || !(field->get<double>() >= low && field->get<double>() <= high))
      return fail(name, "must be a number from " + text(low) + " to " + text(high));
    out = field->get<double>();
  }
  template<class Whole>
  void whole(const char* name, std::int64_t low, std::int64_t high, Whole& out) {
    const auto* field = find(name);
    if (!field) return;
    const bool fits = field->is_number_integer()
        && (!field->is_number_unsigned()
            || field->get<std::uint64_t>() <= static_cast<std::uint64_t>(high))
        && field->get<std::int64_t>() >= low && field->get<std::int64_t>() <= high;
    if (!fits)
      return fail(name,
                  "must be a whole number from " + std::to_string(low) + " to "
                      + std::to_string(high));
    out = static_cast<Whole>(field->get<std::int64_t>());
  }
  void flag(const char* name, bool& out) {
    const auto* field = find(name);
    if (!field) return;
    if (!field->is_boolean()) return fail(name, "must be true or false");
    out = field->get<bool>();
  }
  void words(const char* name, std::size_t most, std::string& out) {
    const auto* field = find(name);
    if (!field) return;
    if (!field->is_string() || field->get_ref<const std::string&>().empty()
        || field->get_ref<const std::string&>().size() > most)
      return fail(name, "must be a text of 1 to " + std::to_string(most) + " bytes");
    out = field->get<std::string>();
  }
  void day(const char* name, utc_ms& out) {
    std::string given;
    words(name, 40, given);
    if (problem || given.empty()) return;
    const auto at = parse_timestamp(given);
    if (!at || *at <= 0) return fail(name, "must be a date (YYYY-MM-DD) or a time");
    out = *at;
  }
  void fail(const char* name, std::string why) {
    if (!problem) problem = bad_field{name, std::move(why)};
  }
  /// Null when it is absent, null, or something was wrong before.
  const json* find(const char* name) const {
    const auto i = body_->find(name);
    return problem || i == body_->end() || i->is_null() ? nullptr : &*i;
  }

private:
  static std::string text(double x) {
    std::string out;
    append_number(out, x);
    return out;
  }
  const json* body_;
};

constexpr double most_r = 100, most_cost_bp = 1000;
constexpr std::size_t most_name_bytes = 64;

std::optional<bad_field> read_rules(const json& given, strategy& out) {
  order_reader in{given};
  out.name = "custom";
  in.words("name", most_name_bytes, out.name);
  in.number("margin_r", -most_r, most_r, out.margin_r);
  in.number("standard_errors", 0, most_r, out.standard_errors);
  in.number("min_rr", 0, most_r, out.min_rr);
  in.flag("always_in", out.always_in);
  if (in.problem) in.problem->field.insert(0, "strategy.");
  return in.problem;
}

} // namespace

std::optional<bad_field> read_backtest_order(std::string_view body, backtest_order& out) {
  const auto all = json::parse(body.begin(), body.end(), nullptr, false);
  if (!all.is_object()) return bad_field{"body", "the body must be a JSON object"};
  order_reader in{all};
  const auto* rules = in.find("strategy");
  if (!rules || !(rules->is_string() || rules->is_object()))
    return bad_field{"strategy", "must be a name or an object"};
  if (rules->is_object()) {
    out.rules.emplace();
    if (auto bad = read_rules(*rules, *out.rules)) return bad;
  } else {
    in.words("strategy", most_name_bytes, out.strategy);
  }
  in.words("symbol", 20, out.symbol);
  if (!in.problem && !valid_symbol(out.symbol)) in.fail("symbol", "must be 3 to 20 of A-Z0-9");
  in.whole("horizon", horizons.front(), horizons.back(), out.horizon);
  if (horizon_index(out.horizon) < 0) in.fail("horizon", "must be 6, 18, 36 or 72");
  in.day("start_date", out.from);
  in.day("end_date", out.to);
  if (out.from > 0 && out.to > 0 && out.from >= out.to)
    in.fail("end_date", "must be after start_date");
  in.whole("blocks", 1, max_backtest_blocks, out.blocks);
  in.whole("random_runs", 0, max_random_runs, out.random_runs);
  in.whole("seed", 0, std::int64_t{1} << 53, out.seed);
  if (in.find("cost_bp")) in.number("cost_bp", 0, most_cost_bp, out.cost_bp.emplace());
  std::string models = "walk_forward";
  in.words("models", 20, models);
  out.serving_models = models == "serving";
  if (models != "serving" && models != "walk_forward")
    in.fail("models", "must be walk_forward or serving");
  return in.problem;
}

void append_backtest(std::string& out, const backtest_report& report) {
  out += '{';
  append_field(out, "symbol", std::string_view{report.symbol});
  append_count(out, "horizon", static_cast<std::uint64_t>(report.horizon));
  append_rules(out, report.rules);
  append_field(out, "cost_bp", report.costs.round_trip_bp);
  append_at(out, "from", report.from);
  append_at(out, "to", report.to);
  append_count(out, "closes", report.closes);
  append_count(out, "buys", report.buys);
  append_count(out, "sells", report.sells);
  append_count(out, "holds", report.holds);
  append_count(out, "trades", report.trades);
  append_count(out, "wins", report.wins);
  append_field(out, "win_rate", report.win_rate);
  append_field(out, "gross_r", report.gross_r);
  append_field(out, "cost_r", report.cost_r);
  append_field(out, "net_r", report.net_r);
  append_mean(out, "gross_per_trade", report.gross);
  append_mean(out, "net_per_trade", report.net);
  append_field(out, "profit_factor",
               report.profit_factor.value_or(std::numeric_limits<double>::quiet_NaN()));
  append_field(out, "max_drawdown_r", report.max_drawdown_r);
  append_field(out, "sharpe", report.sharpe);
  append_field(out, "exposure", report.exposure);
  append_key(out, "ends");
  out += '{';
  append_count(out, "tp", report.ended_tp);
  append_count(out, "sl", report.ended_sl);
  append_count(out, "timeout", report.timed_out);
  append_count(out, "cut", report.cut);
  out += '}';
  append_count(out, "not_entered", report.beyond + report.before_gap);
  append_random(out, report.random);
  append_months(out, report.by_month);
  append_curve(out, report.curve);
  append_field(out, "signals_hash", std::string_view{report.decision_hash});
  append_field(out, "result_hash", std::string_view{report.result_hash});
  out += '}';
}

} // namespace troupe
