// Tells an external ML engine what has become of the accounts it trades, after the commit: reads
// the journal's outbox as the reader "ml-engine" and says each row that concerns the engine
// (models/engine_notice), in order per account, at least once, each under its event's id. What is
// said in which words is handed in; holding back and repeating at once is actors/outbound's.
//
// Its cursor in the journal stands before the oldest row not yet told, so it may die at any time:
// the next one goes on from there and repeats a bounded number of rows. Without a cursor it begins
// with the journal, so that an engine which is set up later learns of every account.
//
// A row the engine refuses for good becomes a dead letter. While the engine is away everything
// waits. While it fails for one account only, the others go on; when `tries` of one row have failed
// and others got through in between, that row becomes a dead letter too, since it would hold up the
// cursor and in the end everybody. When nobody gets through and no more rows can be read, the
// oldest is given up after ten times as many, hours later: behind it others may be welcome.
#pragma once
#include "actors/log.hpp"
#include "actors/outbound.hpp"
#include "messages/journal_protocol.hpp"
#include "models/engine_notice.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

namespace troupe {

/// What the engine's answer means for the row that was told.
enum class engine_answer : std::uint8_t {
  taken,
  refused, // and so would be every repeat
  later,   // this one
  away,    // whatever it is told now
};

/// The engine's language.
struct engine_words {
  /// An error means that it cannot be said: refused.
  std::function<caf::expected<outbound_request>(const engine_notice&)> say;
  std::function<engine_answer(const engine_notice&, const outbound_response&)> judge;
};

/// For metrics; any thread.
struct courier_figures {
  std::atomic<std::uint64_t> told{0}, refused{0}; // refused: those that became dead letters
  std::atomic<std::uint64_t> repeated{0}; // tries that failed and were or will be made again
  std::atomic<std::uint64_t> waiting{0};  // rows read and not settled
  std::atomic<std::uint64_t> position{0}; // all rows up to it are settled
};

struct engine_courier_options {
  journal_actor journal;
  outbound_actor engine;
  engine_words words;
  std::function<utc_ms()> now; // the wall clock, for dead letters; required
  log_sink log;
  std::shared_ptr<courier_figures> figures;                  // may be null
  caf::timespan poll_every = std::chrono::milliseconds{200}; // while there is something to do
  caf::timespan idle_poll_every = std::chrono::seconds{1};   // doubled up to this while not
  caf::timespan cursor_every = std::chrono::seconds{1};      // sooner once all is told
  caf::timespan first_retry = std::chrono::seconds{1};       // doubled each time
  caf::timespan longest_retry = std::chrono::seconds{30};
  std::uint32_t page_rows = 500;       // read at once
  std::size_t max_waiting_rows = 1000; // rows read and not settled
  std::size_t max_active = 8;          // accounts spoken of at a time
  std::size_t max_known = 50'000;      // accounts remembered; of others the journal is asked
  std::uint32_t tries = 20;            // of one row, while others get through
};

using engine_courier_actor = caf::typed_actor<caf::reacts_to<caf::tick_atom>>; // internal

/// The reader's name, and the `source` of its dead letters.
inline constexpr auto engine_reader = "ml-engine";
inline constexpr auto engine_letter_source = "outbox:ml-engine";

/// Begins at once; ends with an exit message. Throws std::invalid_argument without journal, engine,
/// words or clock, and when a bound is 0.
engine_courier_actor spawn_engine_courier(caf::actor_system& system,
                                          engine_courier_options options);

} // namespace troupe
