// One plain WebSocket (`/ws`): commands in, the hub's frames out as they are. One that came with a
// token is its user's, hears that user's channels and ends with the token.
#include "http/admission.hpp"
#include "http/codec_frames.hpp"
#include "http/socket_link.hpp"
#include "http/user_channels.hpp"

#include <algorithm>

namespace troupe {

namespace {

class session final : public socket_link, public listener, public peer {
public:
  session(io_thread& at, tcp::socket socket, identity who)
      : socket_link(at, std::move(socket), websocket_reader{at.options().socket_message_bytes}),
        who_(std::move(who)), pinged_at_(heard_at()) {}

  void start(std::string handshake, std::string_view received,
             const std::vector<std::string>& channels, std::string_view address);

  void deliver(const shared_text& framed) override { queue(framed); }
  void flush() override { write(); }
  bool backlogged() const override { return waiting(); }
  void tick(tick_clock::time_point now) override;
  void go_away() override { close(close_code::going_away, "server shutdown"); }
  void on_text(std::string_view message) override;

private:
  void announce(std::string_view address);
  void obey(const socket_command& command);
  void end(std::string_view reason);
  bool may_name(const std::string& channel);
  void on_gone() override;
  utc_ms wall_ms() { return home().with().gate.now_us() / 1000; }
  peer_ptr self() { return std::static_pointer_cast<session>(shared_from_this()); }

  identity who_; // empty: a key's holder
  socket_number number_ = 0;
  std::vector<std::string> channels_;
  tick_clock::time_point pinged_at_;
};

void session::start(std::string handshake, std::string_view received,
                    const std::vector<std::string>& channels, std::string_view address) {
  home().join(self());
  bump(home().counts().sockets);
  bump(home().counts().sockets_open);
  queue(std::move(handshake));
  for (auto& name : channels) {
    channels_.push_back(name);
    home().channels().subscribe(*this, name, std::nullopt);
  }
  if (!who_.user.empty()) announce(address);
  if (home().stopping()) go_away();
  run(received);
}

void session::announce(std::string_view address) {
  const std::weak_ptr<socket_link> me = weak_from_this();
  number_ = home().with().users.enter(who_, "websocket", address, wall_ms(),
                                      {[me](std::string_view reason) {
                                         if (auto held = me.lock())
                                           static_cast<session&>(*held).end(reason);
                                       },
                                       [me](user_role role, user_plan plan) {
                                         if (auto held = me.lock()) {
                                           static_cast<session&>(*held).who_.role = role;
                                           static_cast<session&>(*held).who_.plan = plan;
                                         }
                                       }});
}

void session::end(std::string_view reason) {
  deliver(error_frame("UNAUTHORIZED", reason));
  close(close_code::token_ended, reason);
}

void session::on_text(std::string_view message) {
  if (closing()) return;
  socket_command command;
  if (const auto problem = parse_command(message, command); !problem.empty())
    return deliver(error_frame("VALIDATION_ERROR", problem));
  obey(command);
}

// False when it may not, and has been told.
bool session::may_name(const std::string& channel) {
  if (names_user(channel)) {
    const auto why = why_not_heard(channel, who_);
    if (!why.empty()) deliver(error_frame("FORBIDDEN", why));
    return why.empty();
  }
  if (home().channels().knows_channel(channel)) return true;
  deliver(error_frame("SYMBOL_NOT_FOUND", "unknown channel"));
  return false;
}

void session::obey(const socket_command& command) {
  if (!may_name(command.channel)) return;
  auto& hub = home().channels();
  const auto mine = std::find(channels_.begin(), channels_.end(), command.channel);
  home().with().users.changed(number_);
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
  if (names_user(command.channel)) hub.open_user_channel(command.channel);
  hub.subscribe(*this, command.channel,
                command.has_since ? std::optional{command.since} : std::nullopt);
}

void session::tick(tick_clock::time_point now) {
  if (tick_closing(now)) return;
  if (!who_.user.empty() && wall_ms() >= who_.expires_at) return end("the token has expired");
  home().with().users.look(number_, now, channels_);
  home().channels().catch_up(*this);
  if (now - heard_at() > home().options().silence_limit)
    return close(close_code::policy_violation, "silent for too long");
  if (now - pinged_at_ < home().options().ping_interval) return;
  pinged_at_ = now;
  queue(websocket_frame("", 9));
  write();
}

void session::on_gone() {
  home().channels().drop(*this);
  home().with().users.leave(number_);
  home().counts().sockets_open.fetch_sub(1, std::memory_order_relaxed);
  home().leave(self());
}

} // namespace

void exchange::upgrade(std::vector<std::string> channels) {
  const auto& allowed = with->home.options().cors_origins;
  if (!origin_may_call(in.get("Origin"), in.get("Host"), allowed))
    return fail(errc::forbidden, "pages of this origin may not open sockets");
  upgrade_to([channels = std::move(channels), who = who,
              address = std::string{in.address}](upgraded_socket&& s) {
    std::make_shared<session>(s.home, std::move(s.socket), who)
        ->start(std::move(s.handshake), s.received, channels, address);
  });
}

} // namespace troupe
