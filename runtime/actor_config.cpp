#include "runtime/actor_config.hpp"

#include "messages/account_types.hpp"
#include "messages/cache_protocol.hpp"
#include "messages/cluster_types.hpp"
#include "messages/journal_types.hpp"
#include "messages/limit_types.hpp"
#include "messages/outbound.hpp"
#include "messages/session_types.hpp"
#include "messages/user_types.hpp"

#include <caf/io/middleman.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <string>

namespace troupe {

namespace {

using namespace std::chrono_literals;

// Off by default in CAF: a node that hangs, or whose cable is cut, would never be missed. Four
// beats, because they share their thread with all that is sent.
constexpr caf::timespan heartbeat_interval = 500ms, connection_timeout = 2s;

} // namespace

actor_config::actor_config(std::size_t threads, bool clustered) {
  // The default, stealing, collapses when many actors become runnable at once: every market-wide
  // candle is such a moment.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", static_cast<std::int64_t>(threads));
  // Messages an actor may take in one turn, so that a busy one does not starve the others.
  set("scheduler.max-throughput", std::int64_t{100});
  add_message_types<caf::id_block::troupe>();
  add_message_types<caf::id_block::troupe_money>();
  add_message_types<caf::id_block::troupe_accounts>();
  add_message_types<caf::id_block::troupe_users>();
  add_message_types<caf::id_block::troupe_limits>();
  add_message_types<caf::id_block::troupe_cache>();
  add_message_types<caf::id_block::troupe_sessions>();
  add_message_types<caf::id_block::troupe_cluster>();
  add_error_category(caf::atom("troupe"),
                     [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                       auto text = to_string(static_cast<errc>(code));
                       return context.empty() ? text : text + " " + caf::to_string(context);
                     });
  add_error_category(caf::atom("outbound"),
                     [](std::uint8_t code, caf::atom_value, const caf::message& context) {
                       std::string text{to_string(static_cast<outbound_errc>(code))};
                       return context.empty() ? text : text + " " + caf::to_string(context);
                     });
  if (!clustered) return;
  set("middleman.heartbeat-interval", heartbeat_interval);
  set("middleman.connection-timeout", connection_timeout);
  load<caf::io::middleman>();
}

} // namespace troupe
