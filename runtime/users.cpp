#include "runtime/users.hpp"

#include "runtime/passwords.hpp"
#include "runtime/stores/postgres/users.hpp"
#include "runtime/stores/sqlite_users.hpp"
#include "runtime/user_tools.hpp"
#include "runtime/wall.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <charconv>
#include <chrono>

namespace troupe {

namespace {

constexpr const char* demo_email = "demo@troupe.example";
constexpr std::chrono::seconds demo_timeout{30};

} // namespace

utc_ms parse_lifetime(std::string_view text) {
  if (text.size() < 2) return 0;
  std::int64_t count = 0;
  const auto end = text.data() + text.size() - 1;
  const auto [stop, failed] = std::from_chars(text.data(), end, count);
  const utc_ms unit = text.back() == 's' ? second_ms
      : text.back() == 'm'               ? minute_ms
      : text.back() == 'h'               ? hour_ms
      : text.back() == 'd'               ? day_ms
                                         : 0;
  const bool good =
      failed == std::errc{} && stop == end && unit > 0 && count > 0 && count <= 365 * day_ms / unit;
  return good ? count * unit : 0;
}

std::string users_part::open_store(const settings& s) {
  const auto& url = s.text("store.url");
  auto opened = url.empty() ? spawn_sqlite_users(system_, s.text("data.dir") + "/users.sqlite3")
                            : spawn_postgres_users(system_, url);
  store_ = opened.handle;
  return opened.error;
}

std::string users_part::start(const settings& s, const node_secrets& secrets, users_peers peers) {
  if (!start_crypto()) return "the libraries for passwords and codes do not start";
  users_options options;
  options.access_ms = parse_lifetime(s.text("auth.access-lifetime"));
  options.refresh_ms = parse_lifetime(s.text("auth.refresh-lifetime"));
  if (options.access_ms == 0 || options.refresh_ms == 0)
    return "auth.access-lifetime and auth.refresh-lifetime must be like 900s, 15m, 12h or 7d";
  if (auto error = open_store(s); !error.empty()) return error;
  tokens_ = std::make_shared<const tokens>(secrets.jwt_secret, secrets.jwt_refresh_secret);
  password_cost cost;
  cost.memory_bytes = static_cast<std::size_t>(s.integer("auth.hash-memory-mb")) << 20;
  hashers_ = spawn_hashers(system_, static_cast<std::size_t>(s.integer("auth.hashers")), cost);
  options.tools = make_user_tools(tokens_);
  options.store = store_;
  options.tries = peers.tries;
  options.cache = peers.cache;
  options.hashers = hashers_;
  options.dummy_hash = hash_of_nothing(cost);
  options.log = log_;
  sessions_options connected;
  connected.watcher = std::move(peers.watcher);
  options.sessions = sessions_ = spawn_sessions(system_, connected);
  if (peers.clustered) options.sessions = relay_ = spawn_session_relay(system_, sessions_);
  if (hashers_.empty() || options.dummy_hash.text.empty())
    return "there is no memory to hash a password (auth.hash-memory-mb)";
  users_ = spawn_users(system_, std::move(options));
  return secrets.demo ? make_demo(s) : "";
}

// Made at the first start, logged in at each. Says only that its password cannot be kept.
std::string users_part::make_demo(const settings& s) {
  std::string error;
  demo_.email = demo_email;
  demo_.password = kept_or_made_key(s.text("data.dir") + "/demo-password", error);
  if (!error.empty()) return error;
  caf::scoped_actor self{system_};
  const auto ask = [&](auto question) {
    self->request(users_, demo_timeout, std::move(question))
        .receive([&](const logged_in& done) { demo_.token = done.tokens.access.text; },
                 [](const caf::error&) {});
  };
  const auto now = wall_now_ms();
  ask(log_in{demo_email, {demo_.password}, {}, "demo", now});
  if (demo_.token.empty())
    ask(register_user{demo_email, "Demo", "User", {demo_.password}, "demo", now});
  // Somebody has given it a second factor, say: a node starts all the same.
  if (demo_.token.empty() && log_) log_(log_level::warn, "the demo user cannot log in by itself");
  return "";
}

void users_part::stop() {
  const auto end = [](auto& handle) {
    if (handle) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  end(users_);
  end(relay_);
  end(sessions_);
  for (auto& hasher : hashers_) end(hasher);
  hashers_.clear();
  end(store_);
}

} // namespace troupe
