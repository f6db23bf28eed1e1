// What the lists of an account share, whoever asks for them: the page that is wanted, and the walk
// through the journal that fills it.
#pragma once
#include "http/journal_walk.hpp"
#include "models/account/bytes.hpp"
#include "models/account/reports.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace troupe {

/// Reads `limit`, `offset` and the two times, which bear these names. False when the query was
/// refused, and answered.
bool read_page(exchange& ex, std::string_view from, std::string_view to, report_page& page);

/// Folds every event of the account into `list`, then calls `done` with it. A row that is no event
/// ends the request: such a journal is broken, and `verify` names the row.
template<class List, class Done>
void walk_into(exchange& ex, account_id id, std::shared_ptr<List> list, Done done) {
  auto broken = std::make_shared<bool>(false);
  journal_walk::run(
      ex, std::move(id),
      [list, broken](const journal_row& row) {
        const auto event = event_from_bytes(row.payload);
        if (event) list->add(*event);
        *broken = !event;
        return event.has_value();
      },
      [list, broken, done](exchange& held) {
        if (*broken) return held.fail(errc::internal, "the account's journal is damaged");
        done(held, *list);
      });
}

} // namespace troupe
