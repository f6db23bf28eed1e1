// What a journal may be asked to keep and to bring. Every journal checks with these before it
// queues anything; whether an append is the next one is decided inside its transaction.
#pragma once
#include "messages/journal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// Each says in words what is wrong with the request by itself, or nothing.
std::string why_refused(const account_append& request);
std::string why_refused(const load_account& question);
std::string why_refused(const get_journal& question);
std::string why_refused(const find_reference& question);
std::string why_refused(const get_account_ids& question);
std::string why_refused(const put_dead_letter& request);
std::string why_refused(const get_dead_letters& question);
std::string why_refused(const mark_replayed& request);
std::string why_refused(const get_outbox& question);
std::string why_refused(const put_outbox_cursor& request);
std::string why_refused(const get_outbox_cursor& question);

/// True for the references of what happens once in the world: `trade:…`, `event:…` (SPEC §3.4).
/// Such a one is unique over all accounts, any other within its own.
bool is_of_the_world(std::string_view reference);

/// Where a reference takes effect once, as the stores' rows and indexes have it.
enum class reference_scope : std::uint8_t { nowhere = 0, account = 1, world = 2 };
reference_scope scope_of(std::string_view reference);

/// True when each row's balance is the one before it plus its amount.
/// @pre why_refused(request) is empty
bool balances_follow(money before, const account_append& request);

} // namespace troupe
