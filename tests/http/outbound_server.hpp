// A service outside on loopback that does what its script says: blocking sockets, a thread for each
// connection, one step of the script for each request. With or without TLS, by a certificate of an
// authority made here.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace troupe::test {

/// A CA and a certificate by it.
struct test_authority {
  /// `name`: what the certificate is for, e.g. "DNS:localhost,IP:127.0.0.1".
  explicit test_authority(const std::string& name);
  std::string authority_pem, certificate_pem, key_pem;
};

class scripted_server {
public:
  struct step {
    std::string reply;
    enum after { keep, close, hold } then = keep; // hold: says no more, until the client closes
  };
  struct request {
    std::string head, body;
    int connection = 0; // 1 is the first
  };

  /// Further requests meet the last step.
  explicit scripted_server(std::vector<step> script, const test_authority* tls = nullptr);
  ~scripted_server();

  std::uint16_t port() const { return port_; }
  std::vector<request> seen() const;
  int connections() const;
  /// Waits until so many requests were read; false after five seconds.
  bool await_seen(std::size_t requests);
  /// Waits until so many connections have ended on this side; false after five seconds.
  bool await_ended(int connections);
  /// Closes what idles and accepts no more.
  void close_all();

private:
  void accept();
  void serve(int fd, int number);
  bool talk(int fd, ssl_st* tls, int number);

  std::vector<step> script_;
  std::shared_ptr<ssl_ctx_st> context_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::vector<request> seen_;
  std::vector<int> open_; // file descriptors
  std::size_t next_ = 0;
  int connections_ = 0, ended_ = 0;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// `HTTP/1.1 <status> X` with a length and a body.
std::string reply(int status, const std::string& body = "", const std::string& headers = "");

} // namespace troupe::test
