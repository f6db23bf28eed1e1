// One plain WebSocket (`/ws`): commands in, the hub's frames out as they are.
#include "http/codec_frames.hpp"
#include "http/socket_link.hpp"

#include <algorithm>

namespace troupe {

namespace {

class session final : public socket_link, public listener, public peer {
public:
  session(io_thread& at, tcp::socket socket)
      : socket_link(at, std::move(socket), websocket_reader{at.options().socket_message_bytes}),
        pinged_at_(heard_at()) {}

  void start(std::string handshake, std::string_view received,
             const std::vector<std::string>& channels);

  void deliver(const shared_text& framed) override { queue(framed); }
  void flush() override { write(); }
  void tick(tick_clock::time_point now) override;
  void go_away() override { close(close_code::going_away, "server shutdown"); }
  void on_text(std::string_view message) override;

private:
  void obey(const socket_command& command);
  void on_gone() override;
  peer_ptr self() { return std::static_pointer_cast<session>(shared_from_this()); }

  std::vector<std::string> channels_;
  tick_clock::time_point pinged_at_;
};

void session::start(std::string handshake, std::string_view received,
                    const std::vector<std::string>& channels) {
  home().join(self());
  bump(home().counts().sockets);
  bump(home().counts().sockets_open);
  queue(std::move(handshake));
  for (auto& name : channels) {
    channels_.push_back(name);
    home().channels().subscribe(*this, name, std::nullopt);
  }
  if (home().stopping()) go_away();
  run(received);
}

void session::on_text(std::string_view message) {
  if (closing()) return;
  socket_command command;
  if (const auto problem = parse_command(message, command); !problem.empty())
    return deliver(error_frame("VALIDATION_ERROR", problem));
  obey(command);
}

void session::obey(const socket_command& command) {
  auto& hub = home().channels();
  const auto mine = std::find(channels_.begin(), channels_.end(), command.channel);
  if (!hub.knows_channel(command.channel))
    return deliver(error_frame("SYMBOL_NOT_FOUND", "unknown channel"));
  if (command.op == socket_command::kind::unsubscribe) {
    hub.unsubscribe(*this, command.channel);
    if (mine != channels_.end()) channels_.erase(mine);
    return deliver(unsubscribed_frame(command.channel));
  }
  if (mine == channels_.end()) {
    if (channels_.size() >= home().options().socket_channels)
      return deliver(error_frame("VALIDATION_ERROR", "too many channels"));
    channels_.push_back(command.channel);
  }
  hub.subscribe(*this, command.channel,
                command.has_since ? std::optional{command.since} : std::nullopt);
}

void session::tick(tick_clock::time_point now) {
  if (tick_closing(now)) return;
  if (now - heard_at() > home().options().silence_limit)
    return close(close_code::policy_violation, "silent for too long");
  if (now - pinged_at_ < home().options().ping_interval) return;
  pinged_at_ = now;
  queue(websocket_frame("", 9));
  write();
}

void session::on_gone() {
  home().channels().drop(*this);
  home().counts().sockets_open.fetch_sub(1, std::memory_order_relaxed);
  home().leave(self());
}

} // namespace

void exchange::upgrade(std::vector<std::string> channels) {
  upgrade_to([channels = std::move(channels)](upgraded_socket&& s) {
    std::make_shared<session>(s.home, std::move(s.socket))
        ->start(std::move(s.handshake), s.received, channels);
  });
}

} // namespace troupe
