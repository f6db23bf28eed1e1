// A tiny blocking client over loopback: writes raw bytes, reads answers and WebSocket frames.
// Every read ends by itself after five seconds, so that a test that would wait for ever fails.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::test {

struct answer {
  int status = 0; // 0: the connection ended or nothing came
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string header(std::string_view name) const;
};

struct ws_frame {
  unsigned opcode = 0;
  std::string payload;
  std::uint16_t close_code() const;
  std::string close_reason() const { return payload.size() > 2 ? payload.substr(2) : ""; }
};

class client {
public:
  /// `receive_buffer`: of the kernel, small for a client that is to be slow.
  explicit client(std::uint16_t port, int receive_buffer = 0);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  bool send(std::string_view bytes);
  /// The next answer. `head_only`: it has no body whatever its length says.
  answer read_answer(bool head_only = false);
  /// Empty at the end of the stream.
  std::string read_some();
  bool at_end();

  /// One whole exchange with the test key.
  answer get(std::string_view path, std::string_view extra = "");
  /// Any request; no header is added but Host and Content-Length.
  answer say(std::string_view method, std::string_view path, std::string_view body,
             std::string_view headers = {});
  answer post(std::string_view path, std::string_view body, std::string_view extra = "");

  bool upgrade(std::string_view path, std::string_view extra = "X-API-Key: secret\r\n");
  std::optional<ws_frame> read_frame();
  bool send_frame(std::string_view payload, unsigned opcode = 1);

private:
  bool fill();
  int fd_ = -1;
  std::string buffer_;
};

/// A masked client frame.
std::string client_frame(std::string_view payload, unsigned opcode = 1, bool fin = true);

} // namespace troupe::test
