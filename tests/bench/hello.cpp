// The yardstick of `./dev bench http`: the least an honest Beast server can do, built with the same
// flags. hello PORT THREADS: answers every request with a fixed JSON body, keep-alive, one
// io_context per thread behind SO_REUSEPORT.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;

namespace {

class visitor : public std::enable_shared_from_this<visitor> {
public:
  explicit visitor(tcp::socket s) : socket_(std::move(s)) {}

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [me = shared_from_this()](beast::error_code ec, std::size_t) {
                       if (!ec) me->answer();
                     });
  }

private:
  void answer() {
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = "{\"status\":\"healthy\"}";
    response_.prepare_payload();
    http::async_write(socket_, response_,
                      [me = shared_from_this()](beast::error_code ec, std::size_t) {
                        if (!ec && me->response_.keep_alive()) me->read();
                      });
  }

  tcp::socket socket_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

class doorman {
public:
  explicit doorman(unsigned short port) {
    using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    acceptor_.open(tcp::v4());
    acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
    acceptor_.set_option(reuse_port(true));
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), port});
    acceptor_.listen(4096);
    accept();
  }

  void run() { io_.run(); }

private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code ec, tcp::socket s) {
      if (!ec) {
        s.set_option(tcp::no_delay(true));
        std::make_shared<visitor>(std::move(s))->read();
      }
      accept();
    });
  }

  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
};

} // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 3003);
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  std::vector<std::unique_ptr<doorman>> doors;
  for (int i = 0; i < threads; ++i) doors.push_back(std::make_unique<doorman>(port));
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads; ++i)
    helpers.emplace_back([&door = *doors[static_cast<std::size_t>(i)]] { door.run(); });
  doors[0]->run();
}
