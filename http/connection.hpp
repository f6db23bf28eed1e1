// One HTTP/1.1 connection: reads requests one after another (pipelined ones too), has each answered
// by its route, and writes what is ready in one go. How bytes come and go, and when that has taken
// too long, is connection.cpp's; what becomes of one request is connection_request.cpp's. Both
// include this, and nobody else does: who wants a connection calls start_connection().
#pragma once
#include "http/admission.hpp"
#include "http/io_thread.hpp"
#include "http/limits.hpp"
#include "http/request_parser.hpp"

#include <optional>
#include <string>

namespace troupe {

class connection final : public exchange, public peer {
public:
  connection(io_thread& home, tcp::socket socket, std::string address, bool loopback)
      : home_(home), socket_(std::move(socket)), address_(std::move(address)), local_(loopback) {
    with = &home.with();
    buffer_.resize(4096); // grows with a head that is longer
    enter(phase::head, home.options().header_timeout);
  }

  void start() {
    home_.join(self());
    read();
  }

  void answer(response r) override;
  void upgrade_to(upgraded next) override;
  void refuse_unsigned() override;
  void tick(tick_clock::time_point now) override;
  void go_away() override;
  bool brings_requests() const override { return true; }

private:
  enum class phase { idle, head, body, handling, writing, draining, gone };

  std::shared_ptr<connection> self() {
    return std::static_pointer_cast<connection>(shared_from_this());
  }
  void enter(phase next, std::chrono::seconds limit) {
    phase_ = next;
    deadline_ = home_.now() + limit;
  }

  void read();
  void on_read(boost::system::error_code failed, std::size_t size);
  void make_room();
  void go_on();
  bool parse_one();
  void head_done();
  void refuse(boost::system::error_code why);
  void dispatch();
  void run_route(const route_match& match);
  void count_address(void (connection::*next)());
  void on_admitted();
  void ask_limiter(limit_kind kind);
  void on_allowance(const take_allowance& asked, caf::expected<allowance_left> left);
  void give_back_taken();
  void handle();
  void turn_away();
  void turn_away_unsigned();
  void fill_request();
  bool flush();
  void drain();
  void finish();

  io_thread& home_;
  tcp::socket socket_;
  std::string address_, address_seen_, id_;
  bool local_;

  std::string buffer_; // received bytes are [begin_, end_)
  std::size_t begin_ = 0, end_ = 0, head_bytes_ = 0;
  parsed_request parsed_;
  std::optional<request_parser> parser_;
  std::string_view cors_origin_;
  admission admitted_;
  const route* route_ = nullptr;
  std::optional<take_allowance> taken_; // of the user's plan, for this request

  std::string out_, sending_; // answers that wait, and those that the socket is taking
  std::size_t drained_ = 0;
  phase phase_ = phase::idle;
  tick_clock::time_point deadline_;
  bool going_on_ = false, reading_ = false, writing_ = false, upgraded_ = false;
  bool refused_ = false; // the rest of what the client sends is not understood
  bool close_after_ = false, keep_alive_ = true, head_seen_ = false, is_prediction_ = false;
};

} // namespace troupe
