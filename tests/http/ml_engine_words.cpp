// What the courier's notices become on the wire, and what the engine's answers mean.
#include "http/outbound/ml_engine_words.hpp"

#include <gtest/gtest.h>

namespace troupe::test {

namespace {

using verb = engine_notice::verb;

const auto words = ml_engine_words("the-key");

engine_notice notice(verb what) {
  return {what,
          "acc-1",
          "acc-1:7",
          product::orion,
          "swing",
          *parse_amount("12.5"),
          *parse_amount("100")};
}

std::string said(verb what) {
  const auto r = words.say(notice(what));
  if (!r) return "nothing";
  EXPECT_EQ(r->headers.back().name, "Idempotency-Key");
  EXPECT_EQ(r->headers.back().value, "acc-1:7");
  EXPECT_TRUE(r->safe_to_repeat);
  return r->method + ' ' + r->path + ' ' + r->body;
}

engine_answer meant(int status, std::string body = {}, verb what = verb::deposit) {
  outbound_response r;
  r.status = status;
  r.body = std::move(body);
  return words.judge(notice(what), r);
}

} // namespace

TEST(ml_engine_words, every_notice_is_a_request_of_the_contract) {
  const std::string accounts = "POST /trading/accounts", one = accounts + "/acc-1";
  EXPECT_EQ(said(verb::create),
            accounts
                + R"( {"account_id":"acc-1","product_id":"orion","agent_type":"swing",)"
                  R"("initial_capital":"12.50","agent_config":{}})");
  EXPECT_EQ(said(verb::deposit),
            one
                + R"(/capital {"operation":"deposit","amount":"12.50",)"
                  R"("new_total_capital":"100.00"})");
  EXPECT_EQ(said(verb::withdraw),
            one
                + R"(/capital {"operation":"withdrawal","amount":"12.50",)"
                  R"("new_total_capital":"100.00"})");
  EXPECT_EQ(said(verb::pause), one + "/pause ");
  EXPECT_EQ(said(verb::resume), one + "/resume ");
  EXPECT_EQ(said(verb::close), one + "/close ");
}

TEST(ml_engine_words, an_answer_means_what_the_table_says) {
  for (int status : {200, 201, 202, 204}) EXPECT_EQ(meant(status), engine_answer::taken) << status;
  for (int status : {400, 404, 405, 409, 410, 413, 415, 422})
    EXPECT_EQ(meant(status), engine_answer::refused) << status;
  for (int status : {408, 425, 500, 502, 503, 504})
    EXPECT_EQ(meant(status), engine_answer::later) << status;
  for (int status : {301, 302, 307, 308, 401, 403, 429})
    EXPECT_EQ(meant(status), engine_answer::away) << status;
  for (int status : {404, 405})
    EXPECT_EQ(meant(status, "", verb::create), engine_answer::away) << status;
  EXPECT_EQ(meant(400, "", verb::create), engine_answer::refused);
}

TEST(ml_engine_words, a_conflict_that_passes_is_told_from_one_that_stays) {
  const auto coded = [](const char* code) {
    return R"({"success":false,"error":{"code":")" + std::string{code} + R"("}})";
  };
  EXPECT_EQ(meant(409, coded("IN_PROGRESS")), engine_answer::later);
  EXPECT_EQ(meant(409, coded("CAPITAL_MISMATCH")), engine_answer::refused);
  for (auto body : {"", "IN_PROGRESS", "[]", "{}", R"({"error":"IN_PROGRESS"})",
                    R"({"error":{"code":7}})", R"({"error":{"code":"IN_PROGRESS")"})
    EXPECT_EQ(meant(409, body), engine_answer::refused) << body;
}

} // namespace troupe::test
