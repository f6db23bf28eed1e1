#include "runtime/live_market.hpp"

#include "http/feeds/binance_words.hpp"
#include "http/feeds/polygon_words.hpp"
#include "runtime/wall.hpp"

#include <caf/send.hpp>

#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t max_answer_bytes = 16u << 20; // of one page

// How providers differ beyond their words.
struct provider_row {
  const char *name, *rest_url, *stream_url;
  std::uint32_t requests_per_minute; // well below what a key or an address is allowed
  std::size_t max_symbols;
};
constexpr provider_row providers[]{
    {"binance", binance_rest_url, binance_stream_url, 1'200, binance_max_symbols},
    {"polygon", polygon_rest_url, polygon_stream_url, 300, 1'000}};

const provider_row* row_of(const std::string& name) {
  for (auto& row : providers)
    if (name == row.name) return &row;
  return nullptr;
}

provider_words words_of(const settings& s) {
  return s.text("market.feed") == "binance" ? binance_words(s.text("market.binance-api-key"))
                                            : polygon_words(s.text("market.polygon-api-key"));
}

// In the clear nothing but what stays on this machine.
bool safe(const endpoint& at) {
  return at.tls || at.host == "127.0.0.1" || at.host == "::1" || at.host == "localhost";
}

bool read_file(const std::string& path, std::string& out) {
  std::ifstream in{path, std::ios::binary};
  out.assign(std::istreambuf_iterator<char>{in}, {});
  return in.good() || in.eof();
}

std::function<double()> seeded() {
  return [engine = std::mt19937_64{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{}(engine);
  };
}

} // namespace

bool is_live_feed(const std::string& name) { return row_of(name) != nullptr; }

std::string live_market::read(settings& s) {
  const auto name = s.text("market.feed");
  const auto words = words_of(s);
  std::string had;
  for (auto& symbol : s.list("market.symbols")) {
    if (!words.stream_of(symbol).empty())
      had += (had.empty() ? "" : ",") + symbol;
    else if (s.given("market.symbols"))
      return "market.symbols: " + symbol + " is nothing that " + name + " has";
  }
  if (!s.given("market.symbols"))
    s.put("market.symbols", had, "what " + name + " has of the default");
  if (s.list("market.symbols").size() > row_of(name)->max_symbols)
    return "market.symbols: " + name + " takes at most "
        + std::to_string(row_of(name)->max_symbols);
  if (name == "polygon" && s.text("market.polygon-api-key").empty())
    return "POLYGON_API_KEY is missing: market.feed is polygon";
  return "";
}

std::string live_market::start(caf::actor_system& system, const settings& s,
                               std::shared_ptr<dependency_board> board,
                               std::function<void(const quote&)> quotes, const log_sink& log,
                               feed_actor& out) {
  const auto& row = *row_of(s.text("market.feed"));
  const auto url = [&](const char* key, const char* usual) {
    const auto given = s.text(key);
    return given.empty() ? std::string{usual} : given;
  };
  const auto rest = parse_endpoint(url("market.rest-url", row.rest_url));
  if (!rest || !safe(*rest))
    return "market.rest-url must be an https address (http only on 127.0.0.1, ::1 or localhost)";
  const auto stream = parse_stream_address(url("market.stream-url", row.stream_url));
  if (!stream) return "market.stream-url must be a wss address";
  std::string authorities;
  if (const auto path = s.text("market.ca-file"); !path.empty())
    if (!read_file(path, authorities) || authorities.empty())
      return "market.ca-file: " + path + " cannot be read";
  try {
    client_ = std::make_unique<outbound_client>(system, authorities);
    streams_ = std::make_unique<stream_client>(system, authorities);
  } catch (const std::runtime_error& e) {
    return std::string{"cannot speak TLS to the market: "} + e.what();
  }
  outbound_options door{market_data_limits};
  // The feed itself asks again, for all of its symbols with one mind: a 429 must silence all.
  door.retry.attempts = 1;
  door.wall = wall_now_ms;
  door.board = std::move(board);
  wire_limits wires;
  wires.max_body_bytes = max_answer_bytes;
  rest_ = spawn_outbound(system, client_->open(*rest, wires), std::move(door));
  live_feed_options options;
  options.words = words_of(s);
  options.streams = streams_->open(*stream);
  options.rest = rest_;
  options.history.requests_per_minute = row.requests_per_minute;
  if (const auto given = s.integer("market.requests-per-minute"); given > 0)
    options.history.requests_per_minute = static_cast<std::uint32_t>(given);
  options.wall = wall_now_ms;
  options.clock_speed = s.number("market.clock-speed");
  options.first_history_ms = s.integer("market.history-days") * day_ms;
  options.quotes = std::move(quotes);
  options.uniform = seeded();
  options.log = log;
  out = spawn_live_feed(system, std::move(options));
  if (log)
    log(log_level::info,
        "candles come from " + std::string{row.name} + " at " + rest->authority() + " and "
            + stream->authority());
  return "";
}

void live_market::stop() {
  if (rest_) caf::anon_send_exit(rest_, caf::exit_reason::user_shutdown);
  rest_ = nullptr;
  streams_.reset();
  client_.reset();
}

} // namespace troupe
