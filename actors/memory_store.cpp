#include "actors/memory_store.hpp"

#include "actors/quotes.hpp"
#include "models/storable.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe {

namespace {

struct kept_candle {
  candle what;
  std::string source;
};

struct kept_prediction {
  prediction what;
  std::optional<prediction_outcome> outcome;
};

using prediction_key = std::tuple<symbol_name, std::int32_t, utc_ms, std::string>;
using signal_key = std::pair<utc_ms, std::uint64_t>; // created_at, order of arrival

struct store_state {
  static inline const char* name = "memory_store";

  memory_store_options options;
  std::map<symbol_name, std::map<utc_ms, kept_candle>> candles;
  std::map<prediction_key, kept_prediction> predictions;
  std::map<signal_key, stored_signal> signals;
  std::unordered_map<std::string, signal_key> signal_ids;
  std::map<std::string, std::map<std::string, served_signal>> served; // by user and signal
  std::map<std::string, std::string> notes;
  std::map<std::pair<symbol_name, utc_ms>, spread_row> spreads;
  std::uint64_t candle_rows = 0, arrivals = 0;
  store_status status;

  caf::result<put_receipt> put(const put_spreads& request) {
    if (auto why = why_unstorable(request); !why.empty())
      return caf::make_error(errc::validation_error, why);
    put_receipt receipt;
    for (auto& r : request.rows)
      ++(spreads.emplace(std::pair{r.symbol, r.from}, r).second ? receipt.added : receipt.repeated);
    return receipt;
  }

  spread_row find(const get_spreads& question) const {
    spread_row out;
    for (auto& [key, r] : spreads) {
      const auto hour = r.from / hour_ms % 24;
      if (r.symbol != question.symbol || r.from < question.since || r.from >= question.until
          || hour < question.hour_from || hour >= question.hour_to)
        continue;
      out.min = out.count == 0 ? r.min : std::min(out.min, r.min);
      out.max = std::max(out.max, r.max);
      if (out.count == 0) out.from = r.from;
      out.symbol = r.symbol;
      out.to = std::max(out.to, r.to);
      out.count += r.count;
      out.sum += r.sum;
    }
    return out;
  }

  std::uint64_t log_rows() const { return predictions.size() + signals.size(); }

  put_receipt keep(const put_candles& x) {
    put_receipt receipt;
    if (x.candles.empty()) return receipt;
    auto& rows = candles[x.symbol];
    for (const auto& c : x.candles)
      ++(rows.emplace(c.open_time, kept_candle{c, x.source}).second ? receipt.added
                                                                    : receipt.repeated);
    candle_rows += receipt.added;
    return receipt;
  }

  put_receipt keep(const put_log& x) {
    put_receipt receipt;
    for (const auto& p : x.predictions) {
      candles[p.symbol];
      const prediction_key key{p.symbol, p.horizon, p.candle_time, p.model_version};
      const bool fresh = predictions.emplace(key, kept_prediction{p, {}}).second;
      ++(fresh ? receipt.added : receipt.repeated);
    }
    for (const auto& s : x.signals) {
      candles[s.symbol];
      const signal_key key{s.created_at, arrivals + 1};
      const bool fresh = signal_ids.emplace(s.id, key).second;
      if (fresh) signals[key] = {s, std::nullopt};
      arrivals += fresh ? 1 : 0;
      ++(fresh ? receipt.added : receipt.repeated);
    }
    for (const auto& o : x.outcomes) {
      const auto row = predictions.find({o.symbol, o.horizon, o.candle_time, o.model_version});
      const bool fresh = row != predictions.end() && !row->second.outcome;
      if (fresh) row->second.outcome = o;
      ++(fresh ? receipt.added : receipt.repeated);
    }
    for (const auto& s : x.settled) {
      const auto key = signal_ids.find(s.id);
      auto* row = key == signal_ids.end() ? nullptr : &signals.at(key->second);
      const bool fresh = row && !row->outcome;
      if (fresh) row->outcome = s.outcome;
      ++(fresh ? receipt.added : receipt.repeated);
    }
    for (const auto& s : x.served) {
      auto& mine = served[s.user];
      ++(mine.emplace(s.signal_id, s).second ? receipt.added : receipt.repeated);
      if (mine.size() <= max_served_signals) continue;
      mine.erase(std::min_element(mine.begin(), mine.end(), [](auto& a, auto& b) {
        return a.second.created_at < b.second.created_at;
      }));
    }
    return receipt;
  }

  put_receipt keep(const swap_note& x) {
    const auto found = notes.find(x.name);
    const auto says = found == notes.end() ? std::string{} : found->second;
    if (says != x.was && says != x.text) return {};
    notes[x.name] = x.text;
    return {1, 0};
  }

  put_receipt keep(const put_note& x) {
    const bool fresh = notes.insert_or_assign(x.name, x.text).second;
    return {fresh ? 1u : 0u, fresh ? 0u : 1u};
  }

  bool room_for(const put_candles& x) const {
    return candle_rows + x.candles.size() <= options.max_candle_rows;
  }
  bool room_for(const put_log& x) const {
    return log_rows() + x.predictions.size() + x.signals.size() <= options.max_log_rows;
  }
  template<class Note>
  bool room_for(const Note& x) const {
    return notes.count(x.name) > 0 || notes.size() < options.max_notes;
  }

  template<class Request>
  caf::result<put_receipt> put(const Request& request) {
    if (auto why = why_unstorable(request); !why.empty())
      return caf::make_error(errc::validation_error, why);
    const bool refused = options.fail_writes || options.fail_first_writes > 0;
    if (options.fail_first_writes > 0) --options.fail_first_writes;
    if (refused) return caf::make_error(errc::store_unavailable, "told to fail");
    if (!room_for(request)) return caf::make_error(errc::store_unavailable, "full");
    auto receipt = keep(request);
    status.written_rows += receipt.added;
    ++status.commits;
    return receipt;
  }

  std::vector<candle> find(const get_candles& question) const {
    std::vector<candle> found;
    const auto it = candles.find(question.symbol);
    if (it == candles.end() || question.from >= question.to) return found;
    auto last = it->second.lower_bound(question.to);
    const auto first = it->second.lower_bound(question.from);
    while (last != first && found.size() < question.limit) found.push_back((--last)->second.what);
    std::reverse(found.begin(), found.end());
    return found;
  }

  signal_page find(const get_signals& question) const {
    signal_page page;
    page.limit = question.limit;
    page.offset = question.offset;
    if (!question.id.empty()) {
      for (const auto& one : signals)
        if (one.second.what.id == question.id) page.signals.push_back(one.second);
      page.total = page.signals.size();
      return page;
    }
    const auto user = served.find(question.served_to);
    if (!question.served_to.empty() && user == served.end()) return page;
    for (auto it = signals.rbegin(); it != signals.rend(); ++it) {
      const auto& s = it->second.what;
      if ((!question.symbol.empty() && s.symbol != question.symbol)
          || (question.horizon != 0 && s.horizon != question.horizon)
          || (question.type && s.type != *question.type))
        continue;
      utc_ms served_at = 0;
      if (!question.served_to.empty()) {
        const auto mine = user->second.find(s.id);
        if (mine == user->second.end()) continue;
        served_at = mine->second.at;
      }
      if (page.total++ >= question.offset && page.signals.size() < question.limit) {
        page.signals.push_back(it->second);
        page.signals.back().served_at = served_at;
      }
    }
    return page;
  }

  open_rows find(const get_open_rows& question) const {
    open_rows out;
    for (const auto& [key, row] : predictions) {
      const auto& p = row.what;
      if (p.symbol != question.symbol || p.candle_time < question.from || row.outcome) continue;
      out.predictions.push_back({p.horizon, p.candle_time, p.model_version, p.current_price,
                                 p.high_quantiles[q50], p.low_quantiles[q50]});
    }
    for (const auto& [key, row] : signals) {
      const auto& s = row.what;
      if (s.symbol != question.symbol || s.created_at < question.from || row.outcome) continue;
      out.signals.push_back({s.id, s.candle_time, s.entry, s.sl, s.tp, s.rr_ratio});
    }
    return out;
  }

  std::vector<candle_span> spans() const {
    std::vector<candle_span> result;
    for (const auto& [symbol, rows] : candles) {
      candle_span span;
      span.symbol = symbol;
      span.rows = rows.size();
      if (!rows.empty()) {
        span.first = rows.begin()->first;
        span.last = rows.rbegin()->first;
        span.source = rows.rbegin()->second.source;
        const auto slots = (span.last - span.first) / base_interval_ms + 1;
        span.gaps = static_cast<std::uint64_t>(slots) - span.rows;
      }
      result.push_back(std::move(span));
    }
    return result;
  }

  std::uint64_t erase(const apply_retention& limits) {
    const auto before = candle_rows + log_rows();
    std::uint64_t forgotten = 0;
    const auto cut = [&](std::uint32_t days) { return limits.now - days * day_ms; };
    const auto meant = [&](const symbol_name& symbol) {
      return limits.symbol.empty() || limits.symbol == symbol;
    };
    if (limits.candle_days > 0)
      for (auto& [symbol, rows] : candles) {
        if (!meant(symbol)) continue;
        candle_rows -= rows.size();
        rows.erase(rows.begin(), rows.lower_bound(cut(limits.candle_days)));
        candle_rows += rows.size();
      }
    if (limits.candle_days > 0)
      for (auto it = spreads.begin(); it != spreads.end();) {
        const bool old = it->second.from < cut(limits.candle_days) && meant(it->second.symbol);
        it = old ? spreads.erase(it) : std::next(it);
        forgotten += old ? 1 : 0;
      }
    if (limits.prediction_days > 0)
      for (auto it = predictions.begin(); it != predictions.end();) {
        const bool old = it->second.what.candle_time < cut(limits.prediction_days);
        it = old && meant(it->second.what.symbol) ? predictions.erase(it) : std::next(it);
      }
    if (limits.signal_days > 0)
      for (auto& [user, mine] : served)
        for (auto it = mine.begin(); it != mine.end();) {
          const bool old = it->second.created_at < cut(limits.signal_days);
          const bool goes = old && meant(it->second.symbol);
          forgotten += goes ? 1 : 0;
          it = goes ? mine.erase(it) : std::next(it);
        }
    if (limits.signal_days > 0)
      for (auto it = signals.begin(); it != signals.end();) {
        const auto& s = it->second.what;
        const bool old = s.created_at < cut(limits.signal_days);
        if (old && meant(s.symbol)) {
          signal_ids.erase(s.id);
          it = signals.erase(it);
        } else {
          ++it;
        }
      }
    return before - candle_rows - log_rows() + forgotten;
  }
};

market_store_actor::behavior_type
memory_store(market_store_actor::stateful_pointer<store_state> self,
             const memory_store_options& options) {
  self->state.options = options;
  self->state.status.kind = "memory";
  self->state.status.location = "memory";
  return {
      [=](const put_candles& request) { return self->state.put(request); },
      [=](const put_log& request) { return self->state.put(request); },
      [=](const get_candles& question) -> caf::result<std::vector<candle>> {
        if (question.limit == 0) return caf::make_error(errc::validation_error, "limit is 0");
        return self->state.find(question);
      },
      [=](const get_signals& question) -> caf::result<signal_page> {
        if (question.limit == 0 || question.limit > max_signal_page)
          return caf::make_error(errc::validation_error, "limit is not 1 to 500");
        return self->state.find(question);
      },
      [=](const get_open_rows& question) { return self->state.find(question); },
      [=](get_spans) { return self->state.spans(); },
      [=](const apply_retention& limits) { return self->state.erase(limits); },
      [=](const put_note& request) { return self->state.put(request); },
      [=](const swap_note& request) { return self->state.put(request); },
      [=](const get_note& question) {
        const auto it = self->state.notes.find(question.name);
        return it == self->state.notes.end() ? std::string{} : it->second;
      },
      [=](get_store_status) { return self->state.status; },
      [](caf::flush_atom) {},
      [=](const put_spreads& request) { return self->state.put(request); },
      [=](const get_spreads& question) { return self->state.find(question); },
  };
}

} // namespace

store_actor spawn_memory_store(caf::actor_system& system, const memory_store_options& options) {
  return system.spawn(memory_store, options);
}

} // namespace troupe
