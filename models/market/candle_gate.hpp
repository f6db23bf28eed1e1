// Admission of candles to one symbol: which candle may be folded into the windows, and what lies
// between it and the last one. It only judges; asking the feed for what is missing, and restarting
// the windows after a gap that cannot be closed, is the symbol actor's.
#pragma once
#include "messages/candle.hpp"
#include "models/market/calendar.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troupe {

enum class admission : std::uint8_t {
  apply,                 // the next slot, or the first after a scheduled closure
  duplicate,             // says again what the last one said
  conflicting_duplicate, // same open time as the last one, other numbers: the first one stays
  late,                  // older than the last one
  gap,                   // slots are missing before it
  invalid                // not a candle
};

/// What is to be done with a candle. Everything but `apply` and a settled `gap` changes nothing.
struct gate_verdict {
  admission what = admission::apply;
  /// gap: missing are from <= open_time < to, as get_candles asks; both 0 otherwise.
  utc_ms missing_from = 0, missing_to = 0;
  /// gap: the number of missing slots.
  std::int64_t missing = 0;
  /// invalid: which rule is broken, for people.
  std::string_view reason;
};

/// Why it is not a candle, or nothing: finite prices > 0, low <= open, close <= high, finite volume
/// >= 0, open time a multiple of base_interval_ms, after 1970 and before 2100 (a file whose times
/// are microseconds would otherwise make everything that follows late).
std::optional<std::string_view> flaw_of(const candle& c);

class candle_gate {
public:
  /// `fill_limit`: so many missing slots may be filled with flat candles.
  explicit candle_gate(calendar hours, std::uint32_t fill_limit = 3)
      : hours_(hours), fill_limit_(fill_limit) {}

  /// Judges and changes nothing. The first valid candle ever is applied.
  gate_verdict judge(const candle& next) const;

  /// Takes an admitted candle as the last one.
  /// @pre judge said apply, or gap and the caller has filled it or restarted its windows
  void fold(const candle& next) { last_ = next; }

  /// The flat candles without volume, at the last close, that close the gap before `next`; empty
  /// when there is none or it is longer than fill_limit (then the windows must restart). They are
  /// folded like any other.
  std::vector<candle> fill(const candle& next) const;

  const std::optional<candle>& last() const { return last_; }

private:
  calendar hours_;
  std::uint32_t fill_limit_;
  std::optional<candle> last_;
};

/// Candles as a live stream would fold them: short gaps filled flat, what no gate admits left out.
std::vector<candle> admitted(const std::vector<candle>& raw, candle_gate gate);

} // namespace troupe
