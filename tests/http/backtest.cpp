// POST /api/backtest and its jobs over a real socket. The backtests behind are made up: `quick` is
// done at once, `slow` never ends, `poor` fails, anything else is no strategy.
#include "node.hpp"

#include "http/codec_backtest.hpp"
#include "models/backtest/report.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <nlohmann/json.hpp>

#include <map>

namespace troupe::test {

using nlohmann::json;

namespace {

struct made_up_backtests {
  std::map<std::string, backtest_status> jobs;
  std::vector<caf::typed_response_promise<backtest_status_ptr>> kept;
};

std::shared_ptr<const backtest_report> sample_report(const backtest_order& order) {
  auto r = std::make_shared<backtest_report>();
  r->symbol = order.symbol;
  r->horizon = order.horizon;
  if (order.rules) r->rules = *order.rules;
  r->costs.round_trip_bp = order.cost_bp.value_or(10);
  r->from = order.from > 0 ? order.from : noon;
  r->to = order.to > 0 ? order.to : noon + day_ms;
  r->trades = 2;
  r->net_r = -.5;
  r->curve = {{noon, 1, .5}, {noon + hour_ms, .5, -.5}};
  r->by_month = {{"2026-01", 2, 1, .5, -.5}};
  r->result_hash = "0123456789abcdef";
  return r;
}

backtests_actor::behavior_type
fake_backtests(backtests_actor::stateful_pointer<made_up_backtests> self, int) {
  return {
      [=](const backtest_order_ptr& order) -> caf::result<backtest_status_ptr> {
        const auto name = order->rules ? order->rules->name : order->strategy;
        if (name == "crowded") return caf::make_error(errc::busy, "too many backtests wait");
        if (name != "quick" && name != "slow" && name != "poor")
          return caf::make_error(errc::validation_error, "strategy");
        backtest_status s;
        s.what.id = order->job_id;
        s.what.kind = "backtest";
        s.what.symbol = order->symbol;
        s.what.state = name == "quick" ? job_state::done
            : name == "poor"           ? job_state::failed
                                       : job_state::running;
        if (name == "quick") s.result = sample_report(*order);
        if (name == "poor") s.what.error = "fewer than a day of candles";
        self->state.jobs[order->job_id] = s;
        return std::make_shared<const backtest_status>(s);
      },
      [=](const backtest_question_ptr& q) -> caf::result<backtest_status_ptr> {
        const auto found = self->state.jobs.find(q->id);
        if (found == self->state.jobs.end()) return caf::make_error(errc::not_found, "job");
        if (q->until_ended && found->second.what.state == job_state::running) {
          self->state.kept.push_back(self->make_response_promise<backtest_status_ptr>());
          return self->state.kept.back();
        }
        return std::make_shared<const backtest_status>(found->second);
      },
  };
}

class backtest_routes : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    shared_ = new node{{}, {}, std::chrono::milliseconds{1900}, {}, {}, [](node& n, gateway& g) {
                         g.backtests = n.system.spawn(fake_backtests, 0);
                         n.doomed.push_back(caf::actor_cast<caf::actor>(g.backtests));
                       }};
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  json order(const json& fields, int status) {
    auto body = json{{"strategy", "quick"}, {"symbol", "BTCUSDT"}};
    body.update(fields);
    const auto a = http_.post("/api/backtest", body.dump());
    EXPECT_EQ(a.status, status) << a.body;
    return json::parse(a.body);
  }

  static node* shared_;
  client http_{shared_->port()};
};

node* backtest_routes::shared_ = nullptr;

} // namespace

TEST_F(backtest_routes, what_is_done_soon_is_answered_at_once) {
  const auto r = order({{"start_date", "2025-01-01"}, {"end_date", "2025-02-01"}}, 200);
  EXPECT_EQ(r["symbol"], "BTCUSDT");
  EXPECT_EQ(r["horizon"], 18);
  EXPECT_EQ(r["from"], "2025-01-01T00:00:00.000Z");
  EXPECT_EQ(r["to"], "2025-02-01T00:00:00.000Z");
  EXPECT_EQ(r["trades"], 2);
  EXPECT_EQ(r["net_r"], -.5);
  EXPECT_TRUE(r["profit_factor"].is_null()) << "no loss was counted";
  EXPECT_TRUE(r["random_entries"].is_null());
  EXPECT_EQ(r["equity_curve"][1]["net_r"], -.5);
  EXPECT_EQ(r["by_month"][0]["month"], "2026-01");
  for (const auto* name : {"win_rate", "max_drawdown_r", "sharpe", "exposure", "result_hash"})
    EXPECT_TRUE(r.contains(name)) << name;
}

TEST_F(backtest_routes, what_takes_longer_is_a_job) {
  const auto accepted = order({{"strategy", "slow"}}, 202);
  const auto id = accepted["job_id"].get<std::string>();
  EXPECT_EQ(id.rfind("backtest-", 0), 0u);
  auto j = json::parse(http_.get("/jobs/" + id).body);
  EXPECT_EQ(j["status"], "running");
  EXPECT_EQ(j["kind"], "backtest");
  EXPECT_FALSE(j.contains("result"));
  EXPECT_EQ(http_.get("/jobs/backtest-none").status, 404);
  EXPECT_EQ(http_.get("/jobs/job-1").status, 200) << "others are the trainer's";
}

TEST_F(backtest_routes, a_strategy_may_be_given_as_data) {
  const auto r = order({{"strategy",
                         {{"name", "quick"},
                          {"margin_r", -.5},
                          {"standard_errors", 2},
                          {"min_rr", 3},
                          {"always_in", true}}},
                        {"cost_bp", 0},
                        {"models", "serving"},
                        {"seed", 7}},
                       200);
  EXPECT_EQ(r["strategy"], json::parse(R"({"name":"quick","margin_r":-0.5,"standard_errors":2.0,
                                          "min_rr":3.0,"always_in":true})"));
  EXPECT_EQ(r["cost_bp"], 0);
}

TEST_F(backtest_routes, a_wrong_field_is_named) {
  const std::vector<std::pair<json, std::string>> wrong{
      {{{"strategy", nullptr}}, "strategy"},
      {{{"strategy", 7}}, "strategy"},
      {{{"strategy", "unheard"}}, "strategy"},
      {{{"strategy", {{"margin_r", "x"}}}}, "strategy.margin_r"},
      {{{"strategy", {{"standard_errors", -1}}}}, "strategy.standard_errors"},
      {{{"strategy", {{"always_in", 1}}}}, "strategy.always_in"},
      {{{"symbol", nullptr}}, "symbol"},
      {{{"symbol", "btc"}}, "symbol"},
      {{{"horizon", 7}}, "horizon"},
      {{{"horizon", 6.5}}, "horizon"},
      {{{"start_date", "soon"}}, "start_date"},
      {{{"start_date", "2025-02-01"}, {"end_date", "2025-01-01"}}, "end_date"},
      {{{"blocks", 0}}, "blocks"},
      {{{"blocks", 13}}, "blocks"},
      {{{"random_runs", 1001}}, "random_runs"},
      {{{"seed", -1}}, "seed"},
      {{{"cost_bp", 1e9}}, "cost_bp"},
      {{{"models", "best"}}, "models"},
  };
  for (const auto& [fields, field] : wrong) {
    const auto r = order(fields, 400);
    EXPECT_EQ(r["error"]["code"], "VALIDATION_ERROR") << fields;
    EXPECT_EQ(r["error"]["field"], field) << fields;
  }
  EXPECT_EQ(http_.post("/api/backtest", "[").status, 400);
  EXPECT_EQ(order({{"symbol", "NONE"}}, 404)["error"]["code"], "SYMBOL_NOT_FOUND");
  EXPECT_EQ(order({{"strategy", "crowded"}}, 503)["error"]["code"], "BUSY");
  const auto poor = order({{"strategy", "poor"}}, 400);
  EXPECT_NE(poor["error"]["message"].get<std::string>().find("fewer than a day"),
            std::string::npos);
}

} // namespace troupe::test
