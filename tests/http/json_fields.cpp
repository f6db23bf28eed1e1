// Bodies as they come: amounts by their text, nothing ambiguous, nothing without a bound.
#include "http/json_fields.hpp"
#include "http/codec_account.hpp"
#include "http/codec_event.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

std::string amount_said(const std::string& json) {
  capital_order order;
  const auto bad =
      read_capital_order(R"({"operation":"deposit","amount":)" + json + "}", true, order);
  return bad ? std::string{code_of(bad->code)} + ' ' + bad->field : to_string(order.amount);
}

std::string fault_of(std::string_view body) {
  const auto bad = check_object(body);
  return bad ? bad->field + ": " + bad->message : "";
}

std::string profit_said(const std::string& json) {
  event_report report;
  const auto bad = read_event(R"({"event_type":"trade.executed","data":{"trade_id":"t",)"
                              R"("account_id":"a","symbol":"BTCUSDT","side":"sell","quantity":1,)"
                              R"("entry_price":1,"status":"closed","profit_loss":)"
                                  + json + R"(,"executed_at":"2026-01-05T10:00:00Z"}})",
                              0, report);
  if (bad) return bad->field;
  const auto& t = std::get<settle_trade>(report.what).trade;
  return to_string(t.profit_loss) + (t.raw_profit_loss.empty() ? "" : " of " + t.raw_profit_loss);
}

} // namespace

TEST(amounts, are_read_from_their_text_and_refused_by_name) {
  struct row {
    const char *json, *said;
  };
  for (const auto& [json, said] : {row{"0.3", "0.30"},
                                   row{"\"0.3\"", "0.30"},
                                   row{"1000", "1000.00"},
                                   row{"0.1", "0.10"},
                                   row{"999999999999.99999999", "999999999999.99999999"},
                                   row{"\"999999999999.99999999\"", "999999999999.99999999"},
                                   row{"0.00000001", "0.00000001"},
                                   row{"0.30000000000000004", "AMOUNT_INVALID amount"},
                                   row{"1e-7", "AMOUNT_INVALID amount"},
                                   row{"1e3", "AMOUNT_INVALID amount"},
                                   row{"1e999", "AMOUNT_INVALID amount"},
                                   row{"-0", "AMOUNT_INVALID amount"},
                                   row{"-0.0", "AMOUNT_INVALID amount"},
                                   row{"0", "AMOUNT_INVALID amount"},
                                   row{"-1", "AMOUNT_INVALID amount"},
                                   row{"\"1.123456789\"", "AMOUNT_INVALID amount"},
                                   row{"1000000000000", "AMOUNT_INVALID amount"},
                                   row{"99999999999999999999999999", "AMOUNT_INVALID amount"},
                                   row{"\"+1\"", "AMOUNT_INVALID amount"},
                                   row{"\"\"", "AMOUNT_INVALID amount"},
                                   row{"\" 1\"", "AMOUNT_INVALID amount"},
                                   row{"\"1,5\"", "AMOUNT_INVALID amount"},
                                   row{"+1", "VALIDATION_ERROR body"},
                                   row{"NaN", "VALIDATION_ERROR body"},
                                   row{"01", "VALIDATION_ERROR body"},
                                   row{".5", "VALIDATION_ERROR body"},
                                   row{"null", "VALIDATION_ERROR amount"},
                                   row{"true", "VALIDATION_ERROR amount"},
                                   row{"[1]", "VALIDATION_ERROR amount"},
                                   row{"{\"a\":1}", "VALIDATION_ERROR amount"}})
    EXPECT_EQ(amount_said(json), said) << json;
}

TEST(amounts, that_are_reported_are_rounded_and_their_text_is_kept_when_it_said_more) {
  struct row {
    const char *json, *said;
  };
  for (const auto& [json, said] :
       {row{"-12.5", "-12.50"}, row{"0.30000000000000004", "0.30 of 0.30000000000000004"},
        row{"\"0.123456785\"", "0.12345678 of 0.123456785"},
        row{"0.123456775", "0.12345678 of 0.123456775"},
        row{"1.1000000000000", "1.10"}, // more places, but they say nothing
        row{"1e-7", "0.0000001 of 1e-7"}, row{"1e3", "1000.00 of 1e3"}, row{"-0.0", "0.00"},
        row{"1e12", "profit_loss"}, row{"1e999", "profit_loss"}, row{"\"\"", "profit_loss"},
        row{"null", "profit_loss"}, row{"\"x\"", "profit_loss"}})
    EXPECT_EQ(profit_said(json), said) << json;
  EXPECT_EQ(profit_said("0." + std::string(200, '1')), "profit_loss");
}

TEST(bodies_of_money, with_a_key_that_comes_twice_are_refused) {
  EXPECT_EQ(fault_of(R"({"a":1,"a":1})"), "a: a comes twice");
  EXPECT_EQ(fault_of(R"({"a":1,"\u0061":1})"), "a: a comes twice");
  const std::string longest(1000, 'n');
  for (const std::string name : {"", "\\n", longest.c_str()}) // not echoed
    EXPECT_EQ(fault_of("{\"" + name + "\":1,\"" + name + "\":1}"), "body: a field comes twice");
  EXPECT_EQ(fault_of(R"({"x":{"a":1,"a":2},"a":[{"b":1,"b":2}]})"), ""); // not read, not judged
  event_report report;
  const auto twice = read_event(R"({"event_type":"account.error","data":{"account_id":"a",)"
                                R"("account_id":"b"}})",
                                0, report);
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->field, "account_id");
}

TEST(bodies_of_money, are_objects_of_bounded_depth_and_size) {
  for (auto body :
       {"", " ", "[]", "1", "\"a\"", "null", "{", "{\"a\":}", "{} {}", "{\"a\":\"\xff\"}"})
    EXPECT_EQ(fault_of(body).substr(0, 5), "body:") << body;
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(fault_of(nested(body_fields::max_depth - 1)), "");
  EXPECT_EQ(fault_of(nested(body_fields::max_depth)), "body: nested too deeply");
  std::string many = "{";
  for (std::size_t i = 0; i <= body_fields::max_fields; ++i)
    many += (i ? ",\"" : "\"") + std::to_string(i) + "\":1";
  EXPECT_EQ(fault_of(many + "}"), "body: too many fields");
}

TEST(bodies_of_money, keep_an_agents_settings_to_the_byte) {
  const std::string config =
      R"({ "risk" : 1.10, "deep":{"data":[{"agent_config":{}}]},"s":"}\"{" })";
  account_order order;
  const auto bad = read_account_order(R"({"x":{"agent_config":1},"account_id":"a","product_id":)"
                                      R"("nova","agent_type":"t","initial_capital":"5.5",)"
                                      R"("agent_config": )"
                                          + config + R"(,"y":[{"agent_config":2}]})",
                                      order);
  ASSERT_FALSE(bad) << bad->message;
  EXPECT_EQ(order.agent_config, config);
  EXPECT_EQ(order.command.what, product::nova);
  EXPECT_EQ(to_string(order.command.initial_capital), "5.50");
}

TEST(events, are_the_same_when_their_key_is) {
  const auto reference = [](std::string_view body) -> reference_id {
    event_report report;
    if (read_event(body, 0, report)) return "bad";
    return std::visit(
        [](auto& c) -> reference_id {
          if constexpr (std::is_same_v<std::decay_t<decltype(c)>, std::monostate>)
            return "unknown";
          else
            return c.reference;
        },
        report.what);
  };
  const std::string trade = R"({"event_type":"trade.executed","event_id":"ignored","data":)"
                            R"({"trade_id":"t-1","account_id":"a","symbol":"EURUSD","side":"buy",)"
                            R"("quantity":1,"entry_price":1,"executed_at":"2026-01-05","status":)";
  EXPECT_EQ(reference(trade + R"("open"}})"), "trade:t-1:open");
  EXPECT_EQ(reference(trade + R"("closed","profit_loss":1}})"), "trade:t-1:closed");
  EXPECT_EQ(reference(trade + R"("closed"}})"), "bad");
  const std::string day = R"(,"opening_balance":1,"closing_balance":1,"daily_return":0,)"
                          R"("trades_executed":0,"winning_trades":0,"losing_trades":0}})";
  const std::string begin = R"({"event_type":"daily.performance","data":{"account_id":"a","date":)";
  EXPECT_EQ(reference(begin + R"("2026-01-05")" + day), "performance:2026-01-05");
  EXPECT_EQ(reference(begin + R"("2026-01-05T23:59:59.999Z")" + day), "performance:2026-01-05");
  EXPECT_EQ(reference(begin + R"("2026-01-05T23:30:00-01:00")" + day), "performance:2026-01-06");
  const std::string said = R"("data":{"account_id":"a","new_balance":1,"reason":"r"}})";
  EXPECT_EQ(reference(R"({"event_type":"account.balance_updated","event_id":"e 1",)" + said),
            "bad");
  EXPECT_EQ(reference(R"({"event_type":"account.balance_updated","event_id":"e1",)" + said),
            "event:e1");
  const auto bare = reference(R"({"event_type":"account.balance_updated",)" + said);
  EXPECT_EQ(bare.size(), 5 + 64u);
  EXPECT_EQ(bare.substr(0, 5), "body:");
  EXPECT_NE(bare, reference(R"({"event_type":"account.balance_updated", )" + said));
  EXPECT_EQ(reference(R"({"event_type":"account.renamed"})"), "unknown");
  EXPECT_EQ(reference(R"({"event_type":7})"), "bad");
  EXPECT_EQ(reference(R"({"event_type":"account.error","data":[]})"), "bad");
}

TEST(timestamps, of_rfc_3339_are_read_to_the_millisecond) {
  const utc_ms noon = 1767609000000; // 2026-01-05T10:30:00Z
  for (auto text :
       {"2026-01-05T10:30:00Z", "2026-01-05T10:30:00.000Z", "2026-01-05T10:30:00",
        "2026-01-05T10:30:00+00:00", "2026-01-05T16:00:00.000+05:30", "2026-01-05T02:30:00-08:00",
        "2026-01-05t10:30:00z", "2026-01-05 10:30:00Z", "2026-01-05T10:30:00.0009999999Z"})
    EXPECT_EQ(parse_timestamp(text), noon) << text;
  EXPECT_EQ(parse_timestamp("2026-01-05T10:30:00.5Z"), noon + 500);
  EXPECT_EQ(parse_timestamp("2026-01-05T10:30:00.123456+00:00"), noon + 123);
  EXPECT_EQ(parse_timestamp("2026-01-05"), noon / day_ms * day_ms);
  for (auto text : {"", "now", "2026-13-05", "2026-01-05T25:00:00Z", "2026-01-05T10:30:00.Z",
                    "2026-01-05T10:30:00+24:00", "2026-01-05T10:30:00+0000", "2026-01-05Z",
                    "2026-01-05T10:30:00.1x2Z", "1767609000"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

TEST(texts, are_cut_between_characters) {
  EXPECT_EQ(cut_text("abc", 3), "abc");
  EXPECT_EQ(cut_text("abc", 2), "ab");
  EXPECT_EQ(cut_text("a\xe2\x82\xac", 3), "a");
  EXPECT_EQ(cut_text("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
}

} // namespace troupe::test
