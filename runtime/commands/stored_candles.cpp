#include "runtime/commands/stored_candles.hpp"

#include "runtime/actor_config.hpp"
#include "runtime/market_store.hpp"
#include "runtime/replay_files.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <limits>
#include <utility>

namespace troupe {

namespace {

constexpr auto patience = std::chrono::seconds(120);

std::string stored_candles(const settings& s, work_candles& out) {
  if (!has_market_store(s))
    return "there is no store in " + s.text("data.dir") + "; name kline files, or import some";
  actor_config config{1};
  caf::actor_system system{config};
  auto opened = open_market_store(system, s);
  if (!opened.error.empty()) return opened.error;
  std::string error;
  caf::scoped_actor self{system};
  auto failed = [&](const caf::error& e) { error = system.render(e); };
  std::vector<candle_span> spans;
  self->request(opened.handle, patience, get_spans{})
      .receive([&](std::vector<candle_span>& found) { spans = std::move(found); }, failed);
  for (auto& span : spans) {
    if (!s.text("symbol").empty() && s.text("symbol") != span.symbol) continue;
    if (span.source == "simulated") out.simulated.insert(span.symbol);
    get_candles all{span.symbol, 0, std::numeric_limits<utc_ms>::max(),
                    std::numeric_limits<std::uint32_t>::max()};
    self->request(opened.handle, patience, all)
        .receive(
            [&](std::vector<candle>& found) {
              if (!found.empty())
                out.all[span.symbol] =
                    std::make_shared<const std::vector<candle>>(std::move(found));
            },
            failed);
  }
  caf::anon_send_exit(opened.handle, caf::exit_reason::user_shutdown);
  self->wait_for(opened.handle);
  if (error.empty() && out.all.empty()) return "the store has no candles; name kline files";
  return error;
}

} // namespace

std::string candles_to_work_on(const settings& s, work_candles& out) {
  const auto& symbol = s.text("symbol");
  if (!symbol.empty() && !valid_symbol(symbol)) return "--symbol must be 3 to 20 of A-Z0-9";
  if (s.words().empty()) return stored_candles(s, out);
  return read_replay_files(file_entries(s.words(), symbol), out.all);
}

} // namespace troupe
