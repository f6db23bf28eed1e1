// One stream of a provider, kept alive: connects, greets, subscribes, notices silence, comes back
// with growing random waits, and moves to a new connection before the old one is cut. It is told
// the time and what the sockets say; it asks for nothing but connections.
#pragma once
#include "actors/feeds/provider.hpp"
#include "actors/feeds/stream.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace troupe {

struct link_limits {
  std::int64_t setup_ms = 15'000;        // from connecting to subscribed
  std::int64_t silence_ms = 20'000;      // without a candle or quote, while a market is open
  std::int64_t first_wait_ms = 1'000;    // bounds the first random wait, doubled with each further
  std::int64_t longest_wait_ms = 60'000; // but not past this
  std::int64_t proven_ms = 10'000;       // so long subscribed, a connection was a good one
  /// By the provider's clock: a connection is replaced then, before the cut at 24 h.
  std::int64_t replace_after_ms = 23 * hour_ms + 50 * minute_ms;
};

/// What a link needs of the world.
struct link_ports {
  std::function<stream_id()> next_id;
  std::function<void(stream_id, const std::string& path)> open;
  std::function<void(stream_id, const std::string& text)> say;
  std::function<void(stream_id)> close;
  std::function<double()> uniform; // in [0, 1)
  std::function<void(const std::string&)> warn;
};

class stream_link {
public:
  stream_link(std::string stream, const provider_words& words, link_limits limits,
              link_ports ports);

  /// From now on this one, too.
  void add(const symbol_name& symbol);
  /// No longer this one: a connection that has subscribed to it carries it on, the next does not.
  /// Without any symbol there is no connection.
  void remove(const symbol_name& symbol);

  /// About four times a second. `provider_now`: 0 while unknown. `busy`: a market it carries is
  /// open, so that silence means something.
  void tick(std::int64_t now_ms, utc_ms provider_now, bool busy);

  /// What the sockets said, if it is of this link: else they return false.
  bool opened(stream_id id, std::int64_t now_ms);
  bool closed(stream_id id, const std::string& why, std::int64_t now_ms);
  bool heard(stream_id id, const stream_news& news, std::int64_t now_ms);

  bool live() const { return current_ && current_->at == connection::live; }
  const std::set<symbol_name>& symbols() const { return symbols_; }
  /// "live", "connecting", "waiting (why)".
  std::string state() const;
  std::uint64_t reconnects() const { return reconnects_; }

private:
  struct connection {
    enum stage { opening, greeting, subscribing, live } at = opening;
    stream_id id = 0;
    std::int64_t since_ms = 0; // of opening, then of being live
    std::int64_t heard_ms = 0;
    utc_ms provider_since = 0; // 0: unknown
    bool ending = false;
    std::set<symbol_name> to_subscribe;
    std::uint32_t unacknowledged = 0;
  };

  connection make(std::int64_t now_ms);
  void subscribe_some(connection& c);
  void watch_over(connection& c, std::int64_t now_ms, utc_ms provider_now, bool busy);
  bool due_for_replacement(const connection& c, utc_ms provider_now) const;
  void settle(connection& c, std::int64_t now_ms);
  void lost(stream_id id, const std::string& why, std::int64_t now_ms);
  connection* find(stream_id id);

  std::string stream_;
  const provider_words& words_;
  link_limits limits_;
  link_ports ports_;
  std::set<symbol_name> symbols_;
  std::optional<connection> current_, next_; // next_: replaces the current once it is live
  std::uint32_t failures_ = 0;
  std::int64_t retry_at_ms_ = 0;
  std::string why_ = "not tried yet";
  std::uint64_t reconnects_ = 0;
};

} // namespace troupe
