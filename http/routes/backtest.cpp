#include "http/routes/backtest.hpp"

#include "http/codec_backtest.hpp"
#include "http/codec_model.hpp"
#include "http/json_text.hpp"

#include <chrono>
#include <memory>

namespace troupe {

namespace {

// A client that gets its answer in so long need not ask again.
constexpr std::chrono::milliseconds patience{2'000};

bool ended(const backtest_status& status) {
  return status.what.state == job_state::done || status.what.state == job_state::failed;
}

void answer_job(exchange& ex, const backtest_status& status) {
  std::string body;
  append_job(body, status.what);
  if (status.result) {
    body.pop_back(); // the closing brace
    append_key(body, "result");
    append_backtest(body, *status.result);
    body += '}';
  }
  ex.answer_json(std::move(body));
}

// What became of an order that was waited for; `started` is how it stood before.
void answer_order(exchange& ex, const backtest_status& started,
                  const caf::expected<backtest_status_ptr>& waited) {
  if (waited && (*waited)->result) {
    std::string body;
    append_backtest(body, *(*waited)->result);
    return ex.answer_json(std::move(body));
  }
  if (waited && ended(**waited)) return ex.fail(errc::validation_error, (*waited)->what.error);
  std::string body = "{";
  append_field(body, "job_id", std::string_view{started.what.id});
  append_field(body, "status", to_string(started.what.state));
  ex.answer_json(body += '}', 202);
}

} // namespace

void post_backtest(exchange& ex) {
  if (!ex.with->gate.backtests) return ex.fail(errc::not_found, "no backtests are run here");
  auto order = std::make_shared<backtest_order>();
  if (auto bad = read_backtest_order(ex.in.body, *order)) return ex.fail(*bad);
  if (!ex.symbol(order->symbol)) return;
  order->job_id = std::string{backtest_job_prefix} + ex.with->ids.mint();
  order->at = ex.wall_ms();
  ex.with->port.request<backtest_status_ptr>(
      ex.with->gate.backtests, actor_timeout, backtest_order_ptr{order},
      [held = ex.share()](caf::expected<backtest_status_ptr> started) {
        if (!started && errc_of(started.error()) == errc::validation_error)
          return held->fail(errc::validation_error, "no strategy of that name", "strategy");
        if (!started) return held->fail(started.error());
        auto question = std::make_shared<backtest_question>();
        question->id = (*started)->what.id;
        question->until_ended = true;
        held->with->port.request<backtest_status_ptr>(
            held->with->gate.backtests, patience, backtest_question_ptr{std::move(question)},
            [held, started = *started](caf::expected<backtest_status_ptr> waited) {
              answer_order(*held, *started, waited);
            });
      });
}

void get_backtest_job(exchange& ex) {
  auto question = std::make_shared<backtest_question>();
  question->id = ex.param("id");
  ex.with->port.request<backtest_status_ptr>(
      ex.with->gate.backtests, actor_timeout, backtest_question_ptr{std::move(question)},
      [held = ex.share()](caf::expected<backtest_status_ptr> status) {
        if (!status) return held->fail(status.error());
        answer_job(*held, **status);
      });
}

} // namespace troupe
