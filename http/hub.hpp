// What one io thread knows of the channels: who listens, the newest frames for snapshots and
// resumption, and the encoded answers of the newest candle. Frames are shared between threads and
// never changed; the hub itself belongs to one thread. Sockets are socket.cpp's.
#pragma once
#include "actors/counters.hpp"
#include "http/codec_ml.hpp"
#include "http/response.hpp"
#include "messages/forecast.hpp"
#include "messages/user.hpp"

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe {

/// In which words a listener hears: plain WebSocket, or Socket.IO in one of its namespaces.
enum class dialect : std::uint8_t { plain, root, signals };
inline constexpr std::size_t dialects = 3;

/// What the newest frame of a channel is worth to those who come, and to those who are slow.
enum class frame_role : std::uint8_t {
  state,     // snapshots have the newest of each horizon and `about`
  happening, // never in a snapshot
  price,     // state; to a slow listener only the newest is said
};

/// One event of a channel, encoded and already a WebSocket message.
struct frame {
  std::string channel;
  std::uint64_t seq = 0;    // without holes as long as nothing was dropped; grows over restarts
  std::int32_t horizon = 0; // of a forecast
  shared_text bytes;
  shared_text root{}, signals{}; // as Socket.IO says it in `/` and `/signals`; null: not said there
  std::string about{};           // an account's id
  frame_role role = frame_role::state;

  const shared_text& in(dialect d) const {
    return d == dialect::plain ? bytes : d == dialect::root ? root : signals;
  }
};
using frame_ptr = std::shared_ptr<const frame>;

/// Everything that one bulletin became, or what a user is told.
struct frame_set {
  symbol_name symbol;     // whose answers these are; empty: none
  utc_ms candle_time = 0; // that they are of; older ones take no one's place
  user_id user{};         // whose channels these are; they are known from then on until forgotten
  /// Of a user who is there anew: all numbers to come on their channels are above it. 0: said
  /// before.
  std::uint64_t begins_after = 0;
  std::vector<frame_ptr> frames;
  std::array<shared_text, horizons.size()> predictions, signals; // bodies; null: none
  user_answers_ptr for_users;                                    // null: none
  std::int64_t received_ns = 0; // steady clock when the candle came in (0: unknown)
};
using frame_set_ptr = std::shared_ptr<const frame_set>;

struct channel_state;

/// One who hears channels. Called on the hub's thread; must not subscribe from within.
class listener {
public:
  explicit listener(dialect d = dialect::plain) : speaks(d) {}
  virtual ~listener() = default;
  virtual void deliver(const shared_text& framed) = 0; // queues
  virtual void flush() = 0;                            // what was queued may leave
  /// It has not taken what was queued before: prices wait until hub::catch_up().
  virtual bool backlogged() const { return false; }
  const dialect speaks;

private:
  friend class hub;
  struct seat {
    std::size_t at = 0;                 // among those who hear the channel
    bool owed = false;                  // its newest price
    std::optional<std::uint64_t> since; // came back before the channel has come so far here
  };
  static constexpr std::size_t not_due = static_cast<std::size_t>(-1);

  std::unordered_map<channel_state*, seat> seats_;
  std::size_t owed_ = 0;         // seats
  std::size_t due_at_ = not_due; // among those whose flush() is still to come
};

class hub {
public:
  /// Frames kept per channel for those who come back.
  static constexpr std::size_t kept_frames = 64;

  /// Newest frames kept per channel for those who come.
  static constexpr std::size_t kept_newest = 256;

  /// Knows the channels `signals:`, `predictions:` and `ticker:` of these symbols, and of users
  /// those that are heard or spoken of.
  hub(counters& counts, const std::vector<symbol_name>& symbols);
  ~hub();

  /// Takes a bulletin in and queues its frames with those who listen.
  void publish(const frame_set& news);
  /// Lets up to `most` of them write. False when there are more: call again after other work, so
  /// that ten thousand sockets do not hold up a request.
  bool flush_due(std::size_t most);

  /// From now on `who` hears the channel. A plain one is told `subscribed`; then what it missed
  /// after `since`: out of the buffer, or a `gap` and the newest frames. Without `since`: the
  /// newest frames. Where the channel has not spoken yet, the `gap` is told as soon as its numbers
  /// are known; where another node was ahead of this one, nothing is said until it is caught up
  /// with. False when there is no such channel.
  bool subscribe(listener& who, const std::string& channel, std::optional<std::uint64_t> since);
  bool unsubscribe(listener& who, const std::string& channel);
  /// Forgets a listener everywhere.
  void drop(listener& who);
  /// Says the newest of the prices that were held back, unless it is backlogged still.
  void catch_up(listener& who);

  /// The encoded answer for the newest candle, or null: ask the symbol.
  const shared_text& prediction_of(const symbol_name& symbol, std::size_t horizon) const;
  const shared_text& signal_of(const symbol_name& symbol, std::size_t horizon) const;
  /// The same as users hear them, or null.
  const user_answers* for_users(const symbol_name& symbol) const;
  /// Counts one answered prediction.
  void count_prediction(const symbol_name& symbol, std::size_t horizon);

  bool knows_channel(const std::string& channel) const { return channels_.count(channel) > 0; }
  /// The number of the channel's newest event, 0 when there was none.
  std::uint64_t last_seq(const std::string& channel) const;
  /// Makes a channel of one user known as long as somebody hears it.
  void open_user_channel(const std::string& channel);
  /// Nothing is said of that user any more: channels that nobody hears are forgotten.
  void forget_user(const user_id& user);

private:
  struct answers {
    std::array<shared_text, horizons.size()> predictions, signals;
    user_answers_ptr for_users;
    utc_ms candle_time = 0;
    prediction_counts* counts = nullptr;
  };

  channel_state* channel_of(const frame& next, const user_id& user);
  void take(channel_state& channel, const frame_ptr& next);
  void begin_user(const user_id& user, std::uint64_t begins_after);
  void say_gap(channel_state& channel, std::uint64_t next);
  void say_gap_to_resumed(channel_state& channel, std::uint64_t next);
  bool heard_elsewhere(channel_state& channel, listener& who, std::uint64_t next);
  void say(channel_state& channel, const frame& next);
  void hand(listener& who, const shared_text& framed);
  void leave_seat(listener& who, channel_state& channel);
  void forget_unheard(channel_state& channel);
  void replay(listener& who, const channel_state& channel, std::optional<std::uint64_t> since);

  counters& counts_;
  std::unordered_map<std::string, std::unique_ptr<channel_state>> channels_;
  std::unordered_map<user_id, std::uint64_t> begun_; // what the numbers of their channels are above
  std::unordered_map<symbol_name, answers> answers_;
  std::vector<listener*> due_; // null: gone meanwhile
  std::size_t next_due_ = 0;
  std::vector<std::int64_t> received_ns_; // of the bulletins that are being written
};

} // namespace troupe
