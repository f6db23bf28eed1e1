// Plain WebSocket clients for measuring: one thread, epoll, loopback only. They subscribe, read
// frames and note when each arrived; nothing is judged here.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {

std::int64_t now_ns();

struct client_plan {
  std::uint16_t port = 0;
  std::string api_key;
  std::string first_symbol;            // of the path
  std::vector<std::string> subscribes; // further channels
};

class clients {
public:
  /// `on_text` is called on the clients' thread with each text message.
  using on_text =
      std::function<void(std::size_t client, std::string_view text, std::int64_t at_ns)>;

  /// Connects them all and starts reading. Throws std::runtime_error when one is refused.
  clients(const std::vector<client_plan>& plans, on_text heard);
  ~clients();

private:
  struct connection {
    int socket = -1;
    std::string buffer;
  };
  void read_all();
  void take_frames(std::size_t index, std::int64_t at_ns);

  std::vector<connection> connections_;
  on_text heard_;
  int epoll_ = -1, wake_ = -1;
  std::thread reader_;
};

} // namespace bench
