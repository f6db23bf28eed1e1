#include "models/backtest/history.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t least_block = 288; // candles

std::size_t first_judged(const std::vector<candle>& candles, const history_options& options) {
  if (options.from > 0) return index_at(candles, options.from);
  if (options.models) return 0;
  return std::min<std::size_t>(365 * 288, candles.size() / 2);
}

} // namespace

std::vector<candle> clean_history(const symbol_name& symbol, const std::vector<candle>& raw) {
  return admitted(raw, candle_gate{calendar_for(symbol), 0});
}

history_plan plan_history(const std::vector<candle>& candles, const history_options& options) {
  history_plan plan;
  const std::size_t from = first_judged(candles, options);
  const std::size_t to = options.to > 0 ? index_at(candles, options.to) : candles.size();
  const auto blocks = options.models ? 1 : static_cast<std::size_t>(std::max(options.blocks, 1));
  if (to < from + blocks * least_block) {
    plan.error = options.symbol + ": fewer than a day of candles per block to test on";
    return plan;
  }
  for (std::size_t b = 0; b < blocks; ++b) {
    history_block block;
    block.from = from + (to - from) * b / blocks;
    block.to = from + (to - from) * (b + 1) / blocks;
    block.lead = block.from > block_lead_candles ? block.from - block_lead_candles : 0;
    block.models = options.models;
    plan.blocks.push_back(std::move(block));
  }
  return plan;
}

std::string train_block(history_block& block, const std::vector<candle>& candles,
                        const history_options& options, const fit_runner& runner) {
  const std::size_t wanted = options.train_candles + feature_warmup;
  const std::size_t first = block.from > wanted ? block.from - wanted : 0;
  const auto filled = admitted({candles.begin() + static_cast<std::ptrdiff_t>(first),
                                candles.begin() + static_cast<std::ptrdiff_t>(block.from)},
                               candle_gate{calendar_for(options.symbol), options.fill_limit});
  auto trained = train_before(options.symbol, filled, filled.size(), options.train_candles,
                              closures_of(options.symbol), runner);
  block.models = std::move(trained.models);
  return trained.error;
}

scored_history score_block(const history_block& block, const std::vector<candle>& candles,
                           const history_options& options) {
  scored_history out;
  out.closes.reserve(block.to - block.from);
  out.at.reserve(block.to - block.from);
  stream_options how;
  how.fill_limit = options.fill_limit;
  how.only_horizon = options.horizon;
  symbol_stream stream{options.symbol, how};
  stream.use(block.models);
  const auto horizon = static_cast<std::size_t>(horizon_index(options.horizon));
  for (std::size_t i = block.lead; i < block.to; ++i) {
    stream.take(candles[i]);
    if (i < block.from || !stream.can_predict()) continue;
    out.closes.push_back(stream.score(horizon));
    out.at.push_back(static_cast<std::uint32_t>(i));
  }
  return out;
}

scored_history joined(std::vector<scored_history> parts) {
  scored_history out;
  for (auto& part : parts) {
    out.closes.insert(out.closes.end(), part.closes.begin(), part.closes.end());
    out.at.insert(out.at.end(), part.at.begin(), part.at.end());
    part = {};
  }
  return out;
}

closure_rule closures_of(const symbol_name& symbol) {
  const auto hours = calendar_for(symbol);
  return [hours](utc_ms last, utc_ms next) { return hours.scheduled_closure(last, next); };
}

} // namespace troupe
