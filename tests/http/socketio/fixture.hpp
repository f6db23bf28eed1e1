// Speaks Engine.IO by hand over the raw client of tests/http, by polling and by WebSocket.
#pragma once
#include "../node.hpp"

#include <nlohmann/json.hpp>

namespace troupe::test {

inline const std::string engine_path = "/socket.io/?EIO=4&transport=";

/// The sid of an open packet, alone or first in a payload.
inline std::string sid_of(const std::string& open) {
  const auto json = nlohmann::json::parse(open.substr(1, open.find('\x1e') - 1), nullptr, false);
  return json.is_object() ? json.value("sid", "") : "";
}

/// One client that polls, each request on the connection it is given.
struct poller {
  explicit poller(std::uint16_t port) : http(port) {
    sid = sid_of(http.say("GET", engine_path + "polling", "").body);
  }
  std::string path() const { return engine_path + "polling&sid=" + sid; }
  answer post(std::string_view body) { return http.say("POST", path(), body); }
  answer poll() { return http.say("GET", path(), ""); }

  client http;
  std::string sid;
};

/// One over WebSocket; `opened` is its first packet.
struct socket_client {
  explicit socket_client(std::uint16_t port, const std::string& query = "")
      : ws(port), up(ws.upgrade(engine_path + "websocket" + query, "")), opened(read()) {}
  std::string read() {
    const auto frame = up ? ws.read_frame() : std::nullopt;
    return frame && frame->opcode == 1 ? frame->payload : "";
  }
  /// The frame that ends it, past all others; an empty one when none came.
  std::optional<ws_frame> closing() {
    auto frame = ws.read_frame();
    while (frame && frame->opcode != 8) frame = ws.read_frame();
    return frame ? frame : ws_frame{};
  }
  void send(const std::string& packet) { ws.send_frame(packet); }
  /// Joins as alice; the answer.
  std::string join(const std::string& nsp) {
    send("40" + (nsp == "/" ? "" : nsp + ",") + R"({"token":"alice.good"})");
    return read();
  }

  client ws;
  bool up;
  std::string opened;
};

} // namespace troupe::test
