// One request on its way to its answer, as routes see it. The connection implements it; tests may
// too. A handler answers exactly once, at once or later: then it keeps share() until it has.
#pragma once
#include "http/gateway.hpp"
#include "http/hub.hpp"
#include "http/identity.hpp"
#include "http/presences.hpp"
#include "http/reply_port.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "http/signature.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace troupe {

/// Random names of one thread: requests, jobs.
class id_source {
public:
  id_source() : bits_(std::random_device{}()) {
    std::seed_seq seed{std::random_device{}(), std::random_device{}(), std::random_device{}(),
                       std::random_device{}()};
    bits_.seed(seed);
  }
  /// Puts 16 hex digits into `out`.
  void mint(std::string& out);
  std::string mint() {
    std::string out;
    mint(out);
    return out;
  }

private:
  std::mt19937_64 bits_;
};

class io_thread;

/// What the handlers of one io thread work with.
struct services {
  const gateway& gate;
  caf::actor_system& system;
  hub& channels;
  presences& users;
  reply_port& port;
  id_source& ids;
  signature_check& webhook_signature;
  io_thread& home;               // for those who know sockets
  std::size_t journal_walks = 0; // under way, each for one request
};

/// A field that a client got wrong.
struct bad_field {
  std::string field, message;
};

/// A socket that has left HTTP behind (io_thread.hpp), and who goes on with it.
struct upgraded_socket;
using upgraded = std::function<void(upgraded_socket&&)>;

class exchange : public std::enable_shared_from_this<exchange> {
public:
  virtual ~exchange() = default;

  request in;
  std::vector<path_param> params;
  query_fields query;
  identity who; // of a route that takes access tokens; else, or with a key, nobody: empty
  services* with = nullptr;
  std::shared_ptr<void> until_answered;        // let go of before the answer leaves
  std::chrono::steady_clock::time_point since; // when it had arrived whole

  virtual void answer(response r) = 0;
  /// Becomes a WebSocket that `next` takes over; answers 426 when the client did not ask for one.
  virtual void upgrade_to(upgraded next) = 0;
  /// A plain one that hears these channels. A browser's page of an origin that may not call is
  /// answered 403.
  void upgrade(std::vector<std::string> channels);
  /// Answers a request whose signature is wrong, and counts it against its address: unauthorized,
  /// or, when nothing is left of the address's minute, rate_limited and the connection ends.
  virtual void refuse_unsigned() = 0;

  std::shared_ptr<exchange> share() { return shared_from_this(); }

  /// The time of day, as commands bear it and tokens expire by.
  utc_ms wall_ms() const { return with->gate.now_us() / 1000; }

  void answer_json(std::string body, int status = 200);
  void fail(errc code, std::string_view message, std::string_view field = {});
  void fail(const bad_field& bad) { fail(errc::validation_error, bad.message, bad.field); }
  /// Passes an actor's error on, with Retry-After where trying again helps.
  void fail(const caf::error& failure);

  /// The value of a `:name` of the pattern.
  const std::string& param(std::string_view name) const;

  /// The actor of a symbol, or null after having answered SYMBOL_NOT_FOUND.
  const symbol_actor* symbol(const symbol_name& name);
};

/// A limiter answers at once, or when its store's own deadline is over: later it is not well.
inline constexpr std::chrono::milliseconds limiter_timeout{5'000};

/// How long an actor may take. Under the connection's own limit of 30 s.
inline constexpr std::chrono::milliseconds actor_timeout{10'000};

} // namespace troupe
