// A client's bytes on a WebSocket: however they are cut into pieces, the same is heard, and nothing
// longer than what is allowed.
#include "http/websocket.hpp"
#include "http/codec_frames.hpp"
#include "http/json_text.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/target.hpp"

namespace troupe::fuzz {

namespace {

constexpr std::size_t max_message = 512;

/// What was heard, one line an event.
struct listener final : websocket_events {
  std::string heard;
  bool closed = false;

  void note(char what, std::string_view payload) {
    claim(!closed, "nothing is heard after the close");
    heard += what + std::to_string(payload.size()) + ':' + std::string{payload} + '\n';
  }
  void on_text(std::string_view message) override {
    claim(message.size() <= max_message && valid_utf8(message), "a message is short and text");
    note('t', message);
    socket_command command;
    (void)parse_command(message, command);
  }
  void on_ping(std::string_view payload) override {
    claim(payload.size() <= 125, "a ping is short");
    note('p', payload);
  }
  void on_pong() override { note('o', {}); }
  void on_close(close_code code) override {
    note('c', std::to_string(static_cast<int>(code)));
    closed = true;
    const auto answer = close_frame(code, "");
    claim(answer.size() >= 2 && answer.size() <= 127, "a close is answered by a short frame");
  }
};

struct outcome {
  bool good;
  close_code why;
  std::string heard;
};

outcome hear(std::string_view bytes, byte_source cuts) {
  websocket_reader reader{max_message};
  listener to;
  bool good = true;
  while (good && !bytes.empty()) {
    const auto size = cuts.done() ? bytes.size() : 1 + cuts.below(9);
    const std::string piece{bytes.substr(0, size)}; // ends where the bytes do
    good = reader.feed(piece, to);
    bytes.remove_prefix(piece.size());
  }
  claim(good || reader.feed("\x81\x80\x01\x02\x03\x04", to) == false,
        "what is broken stays broken");
  return {good, reader.why(), to.heard};
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  const auto cuts = in.take(in.below(32));
  const auto at_once = hear(in.rest(), byte_source{{}});
  const auto in_pieces = hear(in.rest(), byte_source{cuts});
  claim(at_once.good == in_pieces.good && at_once.why == in_pieces.why,
        "the cuts between pieces decide nothing");
  claim(at_once.heard == in_pieces.heard, "the cuts between pieces are not heard");
  if (in.rest().size() < 24) return;
  const auto accept = websocket_accept(in.rest().substr(0, 24));
  claim(accept.empty() || accept.size() == 28, "an accepted key is answered by a hash");
}

std::vector<std::string> made_seeds() {
  const std::string cuts{"\x05\1\2\3\4\5", 6};
  const auto frame = [](unsigned opcode, const std::string& payload) {
    auto out = websocket_frame(payload, opcode); // of a server: without a mask
    const auto at = out.size() - payload.size();
    out[1] = static_cast<char>(out[1] | 0x80);
    return out.substr(0, at) + std::string{"\0\0\0\0", 4} + payload;
  };
  const auto text = frame(1, R"({"op":"subscribe","channel":"signals:BTCUSDT"})");
  auto first = frame(1, "ab"), middle = frame(0, "cd");
  first[0] = '\1';
  middle[0] = '\0';
  return {cuts + text,
          cuts + text + frame(9, "hi") + frame(10, "")
              + frame(8,
                      "\x03\xe8"
                      "bye"),
          cuts + first + frame(9, "x") + middle + frame(0, "\xc3\xa9"),
          cuts + frame(8, ""),
          cuts + frame(8, "x"),
          cuts + frame(1, std::string(300, 'x')),
          cuts + frame(2, "binary"),
          cuts + frame(1, std::string(600, 'x')),
          cuts + frame(1, "\xff"),
          cuts + frame(3, "?"),
          cuts + frame(9, std::string(125, 'p')) + text,
          '\0' + std::string{"dGhlIHNhbXBsZSBub25jZQ=="}};
}

} // namespace troupe::fuzz
