// What all routes of money share: the key of idempotency, the time a question may take, and how an
// actor's error is told. The routes themselves are in routes/account, routes/admin and
// routes/webhook.
#pragma once
#include "http/codec_account.hpp"
#include "http/exchange.hpp"
#include "models/investment_ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troupe {

inline constexpr std::size_t max_idempotency_key_bytes = 128;

/// What an error of an account, a transfer or a journal means to the outside: ours by its code; a
/// time-out, an actor that is gone or a journal that is another's is store_unavailable: the outcome
/// is not known, ask again with the same key.
errc money_errc(const caf::error& failure);

/// True when asking again later may end otherwise: nothing was decided, or nobody knows what.
bool may_pass(errc code);

/// Answers with what money_errc says.
void fail_money(exchange& ex, const caf::error& failure);

/// A body that was not understood.
void fail_body(exchange& ex, const bad_body& bad);

/// The Idempotency-Key as a reference, or empty when there is none. Nothing when it was no such
/// key, and has been answered; with `required` also when it was absent. `origin`: whose it is, so
/// that users' keys are not the operators'.
std::optional<reference_id> key_reference(exchange& ex, bool required = false,
                                          std::string_view origin = "key:");

/// `admin:…`, `engine:…`: a reference that nobody has used. For commands that came without a key.
reference_id fresh_reference(exchange& ex, std::string_view origin);

/// The `:id` of the path, or nothing after having answered NOT_FOUND. `wallets`: they may be named.
std::optional<account_id> account_of_path(exchange& ex, bool wallets = false);

/// The time of the request, as commands bear it.
inline utc_ms now_ms(const exchange& ex) { return ex.wall_ms(); }

/// What is left of the request's time for its next question.
std::chrono::milliseconds money_time_left(const exchange& ex);

/// Asks about money within its limit. `done` is called with the answer; errors are told to the
/// client.
template<class R, class Handle, class Question, class Done>
void ask_money(exchange& ex, const Handle& whom, Question question, Done done) {
  ex.with->port.request<R>(whom, money_time_left(ex), std::move(question),
                           [held = ex.share(), done = std::move(done)](caf::expected<R> r) mutable {
                             if (!r) return fail_money(*held, r.error());
                             done(*held, *r);
                           });
}

/// Says a command to its account.
template<class Command, class Done>
void say_to_account(exchange& ex, Command command, Done done) {
  const auto& whom = ex.with->gate.money.of(command.account);
  ask_money<receipt>(ex, whom, std::move(command), std::move(done));
}

/// Answers with the account as it is now.
void answer_account(exchange& ex, const account_id& id, int status = 200, bool for_admin = false,
                    std::optional<utc_ms> as_of = {});

/// `?as_of=`; nothing set when it is absent. False when it was no time, and has been answered.
bool read_as_of(exchange& ex, std::optional<utc_ms>& as_of);

} // namespace troupe
