// A server for the tests of Socket.IO, on the product's own library. On its first port it echoes as
// the official test suites of Engine.IO (/engine.io/) and Socket.IO (/socket.io/) expect, with
// their short intervals; on the second it is a node with actors that answer from constants. Obeys
// lines on its input: `publish SYMBOL`, `expire` (an hour passes), `stop`; ends with its input.
#include "../http/node.hpp"
#include "http/codec_frames.hpp"
#include "http/socketio/client.hpp"
#include "http/socketio/engine_packet.hpp"

#include <iostream>
#include <utility>
#include <vector>

namespace troupe::test {

namespace {

using namespace socketio;

class engine_echo final : public engine_user {
public:
  explicit engine_echo(engine_line& line) : line_(line) {}
  void on_text(std::string_view message) override {
    send(websocket_frame(to_text(engine_type::message, message)));
  }
  void on_binary(std::string_view bytes) override { send(websocket_frame(bytes, 2)); }
  void on_tick(std::chrono::steady_clock::time_point) override {}
  void on_stop() override {}
  void on_closed() override {}

private:
  void send(std::string frame) {
    line_.send(std::make_shared<const std::string>(std::move(frame)));
    line_.flush();
  }
  engine_line& line_;
};

class socket_echo final : public socketio::client {
public:
  using socketio::client::client;

private:
  bool knows(std::string_view nsp) const override { return nsp == "/" || nsp == "/custom"; }
  std::string refusal_of(std::string_view, std::string_view) override { return {}; }
  void on_joined(std::string_view nsp, std::string_view auth) override {
    greetings_.emplace_back(nsp, auth.empty() ? "{}" : auth);
  }
  // In a packet of its own: the suites' clients look for one event per turn of their loop.
  void on_tick(std::chrono::steady_clock::time_point now) override {
    client::on_tick(now);
    for (auto& [nsp, auth] : std::exchange(greetings_, {}))
      if (joined(nsp)) emit(nsp, "auth", auth);
    line().flush();
  }
  void on_event(const incoming& event) override {
    std::string arguments;
    for (auto& one : event.arguments) arguments.append(arguments.empty() ? "" : ",").append(one);
    if (event.name == "message") emit(event.nsp, "message-back", arguments, event.attachments);
    if (event.name == "message-with-ack") acknowledge(event, arguments, event.attachments);
  }
  void on_left(std::string_view) override {}

  std::vector<std::pair<std::string, std::string>> greetings_;
};

template<class User>
void serve(exchange& ex) {
  serve_engine(ex, [](engine_line& line) -> std::unique_ptr<engine_user> {
    return std::make_unique<User>(line);
  });
}

std::vector<route> echo_routes() {
  std::vector<route> out;
  for (auto verb : {method::get, method::post, method::put}) {
    out.push_back(
        {verb, "/engine.io/", guard_kind::none, limit_class::exempt, serve<engine_echo>, "echo"});
    out.push_back(
        {verb, "/socket.io/", guard_kind::none, limit_class::exempt, serve<socket_echo>, "echo"});
  }
  return out;
}

server_options echo_options(std::uint16_t port, std::size_t threads) {
  server_options out;
  out.port = port;
  out.io_threads = threads;
  out.cors_origins = {"*"};
  out.engine_ping_interval = std::chrono::milliseconds{300};
  out.engine_ping_timeout = std::chrono::milliseconds{200};
  out.peer_interval = std::chrono::milliseconds{0};
  out.engine_payload_bytes = 1'000'000;
  out.max_body_bytes = 1'000'000;
  return out;
}

// Threads cross, so that sessions are asked for on other threads than their own.
server_options node_options(std::size_t threads) {
  server_options out;
  out.io_threads = threads;
  out.peer_interval = std::chrono::milliseconds{50};
  return out;
}

void obey(node& live) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.rfind("publish ", 0) == 0)
      live.publish(sample_bulletin(line.substr(8)));
    else if (line == "expire")
      *live.clock_us += hour_ms * 1000;
    else if (line == "stop")
      live.web->stop(std::chrono::seconds{5});
  }
}

int run(std::uint16_t port, std::size_t threads) {
  node live{node_options(threads)};
  server echo{live.system, echo_options(port, threads), echo_routes()};
  gateway gate;
  gate.counts = std::make_shared<counters>();
  gate.now_us = [] { return node_now_us; };
  const auto started = echo.start(std::move(gate));
  if (!started.error.empty()) {
    std::cerr << started.error << '\n';
    return 1;
  }
  std::cout << "echo " << started.port << " live " << live.port() << std::endl;
  obey(live);
  echo.stop(std::chrono::seconds{1});
  return 0;
}

} // namespace

} // namespace troupe::test

/// socketio_server [ECHO_PORT [IO_THREADS]]; port 0: the system chooses.
int main(int argc, char** argv) {
  const auto number = [&](int i) { return argc > i ? std::strtoul(argv[i], nullptr, 10) : 0; };
  return troupe::test::run(static_cast<std::uint16_t>(number(1)),
                           std::max<std::size_t>(number(2), 1));
}
