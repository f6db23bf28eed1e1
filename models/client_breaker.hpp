// When to stop asking a service that fails, and when to try again. Closed it counts failures in a
// row; open it refuses; once its time is over exactly one request is let through as a probe, and
// decides. Asking, waiting and the clock are the caller's: times are steady milliseconds.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe {

/// How a service outside is treated.
struct dependency_limits {
  std::string_view name;
  std::uint32_t failures = 5;           // in a row open the breaker; at least 1
  std::int64_t timeout_ms = 30'000;     // of one attempt
  std::int64_t retry_after_ms = 60'000; // from opening to the probe
};

// SPEC §6.
inline constexpr dependency_limits ml_engine_limits{"ml-engine", 5, 30'000, 60'000};
inline constexpr dependency_limits market_data_limits{"market-data", 3, 60'000, 300'000};
inline constexpr dependency_limits broker_limits{"broker", 10, 10'000, 30'000};
inline constexpr dependency_limits llm_limits{"llm", 5, 60'000, 60'000};
inline constexpr dependency_limits stripe_limits{"stripe", 5, 30'000, 60'000};
inline constexpr std::array<dependency_limits, 5> dependency_table{
    ml_engine_limits, market_data_limits, broker_limits, llm_limits, stripe_limits};

class client_breaker {
public:
  enum class state : std::uint8_t { closed, open, half_open };

  /// Leave for one attempt. Hand it back once: succeeded, failed or withdrawn.
  struct pass {
    std::uint64_t period = 0;
  };

  /// @pre failures >= 1, retry_after_ms >= 0
  client_breaker(std::uint32_t failures, std::int64_t retry_after_ms)
      : limit_(failures), retry_after_ms_(retry_after_ms) {}

  /// Whether admit() would give a pass. Changes nothing.
  bool admits(std::int64_t now_ms) const;

  /// Leave to ask, or nothing. Turns open into half open when its time has come.
  std::optional<pass> admit(std::int64_t now_ms);

  /// The service answered. A pass from before the last change of state changes nothing: an answer
  /// that was long under way says nothing about now.
  void succeeded(pass p);
  void failed(pass p, std::int64_t now_ms);
  /// It was not sent after all. A probe that was not sent makes room for the next one at once.
  void withdrawn(pass p);

  state now() const { return state_; }
  std::uint32_t failures() const { return failures_; } // in a row
  /// Of the last opening; meaningless while closed.
  std::int64_t opened_at_ms() const { return opened_at_ms_; }
  std::int64_t next_try_ms() const { return opened_at_ms_ + retry_after_ms_; }

private:
  void enter(state next);

  std::uint32_t limit_;
  std::int64_t retry_after_ms_;
  state state_ = state::closed;
  std::uint32_t failures_ = 0;
  std::int64_t opened_at_ms_ = 0;
  std::uint64_t period_ = 0; // grows with each change of state
};

/// "closed", "open", "half_open".
std::string_view to_string(client_breaker::state s);

} // namespace troupe
