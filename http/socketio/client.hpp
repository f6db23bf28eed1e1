// One Socket.IO 5 client on its Engine.IO session: which namespaces it joined, its packets put
// together with their attachments, acks. What events do is for those who derive from it.
#pragma once
#include "http/socketio/engine.hpp"
#include "http/socketio/packet.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::socketio {

/// An event that came in; views are valid during the call.
struct incoming {
  std::string_view nsp;
  std::string name;
  std::vector<std::string_view> arguments;     // JSON each, the name not among them
  const std::vector<std::string>& attachments; // what placeholders stand for
  std::optional<std::uint64_t> ack;            // the client waits for one
};

class client : public engine_user {
public:
  explicit client(engine_line& line);

  void on_text(std::string_view message) override;
  void on_binary(std::string_view bytes) override;
  void on_tick(std::chrono::steady_clock::time_point now) override;
  void on_stop() override {}
  void on_closed() override;

protected:
  virtual bool knows(std::string_view nsp) const = 0;
  /// Judges who asks to join with this object (empty: none). Empty, or the JSON of the refusal.
  virtual std::string refusal_of(std::string_view nsp, std::string_view auth) = 0;
  /// The client knows by now that it joined.
  virtual void on_joined(std::string_view nsp, std::string_view auth) = 0;
  virtual void on_event(const incoming& event) = 0;
  virtual void on_left(std::string_view nsp) = 0; // nothing more is heard there

  /// `arguments`: JSON, separated by commas, or empty.
  void emit(std::string_view nsp, std::string_view event, std::string_view arguments,
            const std::vector<std::string>& attachments = {});
  /// Answers when an ack was asked for.
  void acknowledge(const incoming& event, std::string_view arguments,
                   const std::vector<std::string>& attachments = {});
  /// Makes the client leave; it will not come back by itself.
  void expel(std::string_view nsp);
  bool joined(std::string_view nsp) const;

  engine_line& line() { return line_; }

private:
  void take(packet p);
  void join(const packet& p);
  void leave(std::string_view nsp);
  void hear(const packet& p);
  void refuse(std::string_view why);
  void say(packet p, const std::vector<std::string>& attachments = {});

  engine_line& line_;
  std::vector<std::string> joined_;
  std::optional<packet> incomplete_; // waits for its attachments
  std::vector<std::string> attachments_;
  std::size_t attached_bytes_ = 0;
  std::chrono::steady_clock::time_point alone_since_; // in no namespace
};

/// A text frame of an event, to be sent to any number of clients.
shared_text event_frame(std::string_view nsp, std::string_view event, std::string_view arguments);

} // namespace troupe::socketio
