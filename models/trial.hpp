// A new version beside the one that speaks, on the same candles: paired losses of a proper score,
// and the rule that says when they are evidence enough. Standard errors are over days: predictions
// of one day overlap and are not independent facts.
#pragma once
#include "messages/outcome.hpp"
#include "models/forecast/model_set.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Judged at the end of each day. Promoted: the range loss is lower by more than `promote_errors`
/// standard errors and the odds' is not higher by more than `reject_errors`. Rejected: the range
/// loss is higher by more than `reject_errors`, or the odds' by more than `promote_errors`. Kept
/// (the champion is): neither after `most_days`. Looking daily makes chance promotions of an equal
/// version likelier than one look would: it is then as good, not worse.
struct trial_rule {
  std::uint32_t least_candles = 2016; // compared before anything is decided; 0: no trials at all
  std::uint32_t most_days = 30;
  double promote_errors = 2, reject_errors = 1;
};

/// Fewer days than this have no standard error to speak of.
inline constexpr std::uint32_t least_trial_days = 5;

class trial {
public:
  /// Predictions made at candles after `after` count: neither version has learned from them.
  trial(symbol_name symbol, std::string champion, std::string challenger, utc_ms after);

  /// Losses of both on one outcome, of the prediction made at that candle. Losses that are not
  /// finite do not count.
  void add_range(utc_ms made, double champion_loss, double challenger_loss);
  void add_trade(utc_ms made, double champion_loss, double challenger_loss);

  utc_ms after() const { return after_; }
  /// The evidence so far; its state is `running`.
  trial_report report() const;

private:
  struct block {
    std::int64_t day = 0;
    std::uint64_t ranges = 0, trades = 0;
    double range_difference = 0, trade_difference = 0; // sums
  };
  block& block_of(utc_ms made);

  symbol_name symbol_;
  std::string champion_, challenger_;
  utc_ms after_, from_ = 0, to_ = 0;
  std::vector<block> days_; // ascending
  double range_loss_ = 0, trade_loss_ = 0;
};

/// What the rule says of the evidence; `running` while it says nothing.
trial_state judge(const trial_report& evidence, const trial_rule& rule);

/// True where a trial would tell nothing new: the serving version learned from made-up candles and
/// the fresh one from real ones, or from clearly fewer days (a first, quick one).
bool replaces_at_once(const model_set& serving, const model_set& fresh);

/// One line, to be kept, and back; nothing when it is no such line.
std::string to_line(const trial_report& report);
std::optional<trial_report> trial_from_line(const std::string& line);

} // namespace troupe
