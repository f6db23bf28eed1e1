#include "fake_store.hpp"

#include "actors/quotes.hpp"
#include "node.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>

namespace troupe::test {

namespace {

// CAF 0.17 dereferences a null pointer (harmlessly, but libstdc++'s assertions abort) when a
// function without arguments of its own is spawned.
struct argument {};

// An hour of base candles before noon.
std::vector<candle> stored_candles(const get_candles& q) {
  std::vector<candle> out;
  for (utc_ms at = noon - hour_ms; at < noon; at += base_interval_ms)
    if (q.symbol == "BTCUSDT" && at >= q.from && at < q.to) {
      const auto x = static_cast<double>(out.size() + 1);
      out.push_back({at, x, x + 2, x - 0.5, x + 1, 10});
    }
  if (out.size() > q.limit) out.erase(out.begin(), out.end() - q.limit);
  return out;
}

struct notes_state {
  std::map<std::string, std::string> notes;
  std::vector<served_signal> served;
};

// What a user was served, newest first: samples of the id's horizon.
signal_page served_page(const std::vector<served_signal>& served, const get_signals& q) {
  signal_page page{{}, 0, q.limit, q.offset};
  for (auto row = served.rbegin(); row != served.rend(); ++row)
    if (row->user == q.served_to) {
      const auto horizon = std::stoi(row->signal_id.substr(row->symbol.size() + 1));
      page.signals.push_back({sample_signal(row->symbol, horizon), std::nullopt, row->at});
    }
  page.total = page.signals.size();
  return page;
}

market_store_actor::behavior_type fake_store(market_store_actor::stateful_pointer<notes_state> self,
                                             argument) {
  return {
      [](const put_candles&) { return put_receipt{}; },
      [=](const put_log& log) {
        auto& served = self->state.served;
        served.insert(served.end(), log.served.begin(), log.served.end());
        return put_receipt{log.served.size(), 0};
      },
      [](const get_candles& q) { return stored_candles(q); },
      [=](const get_signals& q) -> caf::result<signal_page> {
        if (!q.served_to.empty()) return served_page(self->state.served, q);
        if (q.offset == 666) return caf::make_error(errc::store_unavailable, "disk full");
        signal_page page;
        page.limit = q.limit;
        page.offset = q.offset;
        page.total = 2;
        page.signals.push_back({sample_signal("BTCUSDT", 6), signal_outcome{"tp", 2, 1.25}, 0});
        page.signals.push_back({sample_signal("BTCUSDT", 18), std::nullopt, 0});
        return page;
      },
      [](const get_open_rows&) { return open_rows{}; },
      [](const get_spans&) { return std::vector<candle_span>{}; },
      [](const apply_retention&) { return std::uint64_t{0}; },
      [=](const put_note& n) -> caf::result<put_receipt> {
        if (n.name == "agent:full") return caf::make_error(errc::store_unavailable, "disk full");
        self->state.notes[n.name] = n.text;
        return put_receipt{1, 0};
      },
      [=](const swap_note& n) -> caf::result<put_receipt> {
        auto& text = self->state.notes[n.name];
        if (text != n.was) return put_receipt{};
        text = n.text;
        return put_receipt{1, 0};
      },
      [=](const get_note& n) {
        const auto found = self->state.notes.find(n.name);
        return found == self->state.notes.end() ? std::string{} : found->second;
      },
      [](const get_store_status&) {
        store_status s;
        s.kind = "fake";
        s.queued_rows = 7;
        return s;
      },
      [](caf::flush_atom) {},
      [](const put_spreads&) { return put_receipt{}; },
      [](const get_spreads& q) {
        spread_row row;
        if (q.symbol == "BTCUSDT" && q.hour_from == 0)
          row = {q.symbol, 1767571200000, 1767574800000, 4, 3, 0.5, 1.25};
        return row;
      },
  };
}

} // namespace

store_actor spawn_fake_store(caf::actor_system& system) {
  return system.spawn(fake_store, argument{});
}

} // namespace troupe::test
