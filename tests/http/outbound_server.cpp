#include "outbound_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace troupe::test {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using cert_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* cert) {
  const bio_ptr bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(bio.get(), cert);
  return text_of(bio.get());
}

void extend(X509* cert, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const auto extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

cert_ptr make_cert(const std::string& name, EVP_PKEY* key, long serial) {
  cert_ptr cert{X509_new(), X509_free};
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86'400);
  X509_set_pubkey(cert.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return cert;
}

// Reads and writes alike with and without TLS. Zero or less: it has ended.
int hear(int fd, SSL* tls, char* data, int size) {
  if (tls) return SSL_read(tls, data, size);
  return static_cast<int>(::recv(fd, data, static_cast<std::size_t>(size), 0));
}

void say(int fd, SSL* tls, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = tls
        ? SSL_write(tls, text.data() + done, static_cast<int>(text.size() - done))
        : static_cast<int>(::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL));
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

std::size_t body_size(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

test_authority::test_authority(const std::string& name) {
  const key_ptr root_key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const key_ptr key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const auto root = make_cert("a test's authority", root_key.get(), 1);
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  extend(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(root.get(), root_key.get(), EVP_sha256());
  const auto cert = make_cert("a test's service", key.get(), 2);
  X509_set_issuer_name(cert.get(), X509_get_subject_name(root.get()));
  extend(cert.get(), root.get(), NID_subject_alt_name, name);
  X509_sign(cert.get(), root_key.get(), EVP_sha256());
  authority_pem = pem_of(root.get());
  certificate_pem = pem_of(cert.get());
  const bio_ptr bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  key_pem = text_of(bio.get());
}

scripted_server::scripted_server(std::vector<step> script, const test_authority* tls)
    : script_(std::move(script)) {
  if (tls) {
    std::signal(SIGPIPE, SIG_IGN); // SSL_write to a client that has gone
    context_ = {SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    const bio_ptr cert{BIO_new_mem_buf(tls->certificate_pem.data(), -1), BIO_free};
    const cert_ptr read{PEM_read_bio_X509(cert.get(), nullptr, nullptr, nullptr), X509_free};
    SSL_CTX_use_certificate(context_.get(), read.get());
    const bio_ptr secret{BIO_new_mem_buf(tls->key_pem.data(), -1), BIO_free};
    const key_ptr key{PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr),
                      EVP_PKEY_free};
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
  ::listen(listener_, 16);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  acceptor_ = std::thread{[this] { accept(); }};
}

scripted_server::~scripted_server() {
  close_all();
  acceptor_.join();
  for (auto& t : threads_) t.join();
  ::close(listener_);
}

void scripted_server::close_all() {
  std::lock_guard<std::mutex> lock{guard_};
  ::shutdown(listener_, SHUT_RDWR);
  for (const auto fd : open_) ::shutdown(fd, SHUT_RDWR);
}

void scripted_server::accept() {
  for (;;) {
    const auto fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    timeval limit{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::lock_guard<std::mutex> lock{guard_};
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number = ++connections_] { serve(fd, number); });
  }
}

void scripted_server::serve(int fd, int number) {
  SSL* tls = context_ ? SSL_new(context_.get()) : nullptr;
  if (tls) SSL_set_fd(tls, fd);
  if (!tls || SSL_accept(tls) == 1)
    while (talk(fd, tls, number)) {
    }
  SSL_free(tls);
  std::lock_guard<std::mutex> lock{guard_};
  open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
  ::close(fd);
  ++ended_;
  changed_.notify_all();
}

bool scripted_server::talk(int fd, ssl_st* tls, int number) {
  std::string text;
  char chunk[4096];
  std::size_t end = text.npos;
  while (end == text.npos || text.size() < end + 4 + body_size(text.substr(0, end))) {
    const auto n = hear(fd, tls, chunk, sizeof chunk);
    if (n <= 0) return false;
    text.append(chunk, static_cast<std::size_t>(n));
    end = text.find("\r\n\r\n");
  }
  step s;
  {
    std::lock_guard<std::mutex> lock{guard_};
    seen_.push_back({text.substr(0, end + 2), text.substr(end + 4), number});
    s = script_[std::min(next_++, script_.size() - 1)];
    changed_.notify_all();
  }
  say(fd, tls, s.reply);
  if (s.then == step::hold) hear(fd, tls, chunk, sizeof chunk);
  return s.then == step::keep;
}

std::vector<scripted_server::request> scripted_server::seen() const {
  std::lock_guard<std::mutex> lock{guard_};
  return seen_;
}

int scripted_server::connections() const {
  std::lock_guard<std::mutex> lock{guard_};
  return connections_;
}

bool scripted_server::await_seen(std::size_t requests) {
  std::unique_lock<std::mutex> lock{guard_};
  return changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return seen_.size() >= requests; });
}

bool scripted_server::await_ended(int connections) {
  std::unique_lock<std::mutex> lock{guard_};
  return changed_.wait_for(lock, std::chrono::seconds{5}, [&] { return ended_ >= connections; });
}

std::string reply(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers
      + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace troupe::test
