#include "runtime/cluster/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace troupe {

namespace {

int fd_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int settle(BIO* bio, ssize_t outcome, int to_retry) {
  BIO_clear_retry_flags(bio);
  if (outcome < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    BIO_set_flags(bio, to_retry | BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(outcome);
}

// OpenSSL's own bytes on a socket, but for the signal when the other end is gone: that would end
// the process.
const BIO_METHOD* quiet_socket() {
  static const auto* made = [] {
    auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(m, [](BIO* bio, const char* from, int size) {
      return settle(bio, ::send(fd_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL),
                    BIO_FLAGS_WRITE);
    });
    BIO_meth_set_read(m, [](BIO* bio, char* to, int room) {
      return settle(bio, ::recv(fd_of(bio), to, static_cast<std::size_t>(room), 0), BIO_FLAGS_READ);
    });
    BIO_meth_set_ctrl(
        m, [](BIO*, int what, long, void*) -> long { return what == BIO_CTRL_FLUSH ? 1 : 0; });
    return m;
  }();
  return made;
}

std::string last_error() {
  const auto code = ERR_peek_last_error();
  const char* text = code ? ERR_reason_error_string(code) : nullptr;
  return text ? text : "closed";
}

// Whether the outcome of a read or write is no failure but a wait.
bool only_waits(SSL* session, int outcome) {
  const auto error = SSL_get_error(session, outcome);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

int as_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

} // namespace

std::string read_certificates(const cluster_transport& transport, tls_context& out) {
  ERR_clear_error();
  const tls_context made{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  auto* c = made.get();
  if (!c) return "OpenSSL has no TLS";
  SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
  if (SSL_CTX_load_verify_locations(c, transport.authority.c_str(), nullptr) != 1)
    return "cannot read cluster.ca " + transport.authority + ": " + last_error();
  if (SSL_CTX_use_certificate_chain_file(c, transport.certificate.c_str()) != 1)
    return "cannot read cluster.certificate " + transport.certificate + ": " + last_error();
  if (SSL_CTX_use_PrivateKey_file(c, transport.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return "cannot read cluster.key " + transport.key + ": " + last_error();
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_num_tickets(c, 0); // a connection lasts: nothing is resumed
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(c,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                       | SSL_MODE_RELEASE_BUFFERS);
  out = made;
  return "";
}

ssl_ptr begin_tls(const tls_context& context, int socket, bool dialled) {
  ERR_clear_error();
  ssl_ptr out{SSL_new(context.get())};
  auto* bytes = out ? BIO_new(quiet_socket()) : nullptr;
  if (!bytes) return nullptr;
  BIO_set_data(bytes, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bytes, 1);
  SSL_set_bio(out.get(), bytes, bytes);
  if (dialled)
    SSL_set_connect_state(out.get());
  else
    SSL_set_accept_state(out.get());
  return out;
}

tls_step shake_hands(SSL* session, std::string& why) {
  ERR_clear_error();
  const auto outcome = SSL_do_handshake(session);
  if (outcome == 1) return tls_step::done;
  switch (SSL_get_error(session, outcome)) {
  case SSL_ERROR_WANT_READ: return tls_step::wants_read;
  case SSL_ERROR_WANT_WRITE: return tls_step::wants_write;
  default: break;
  }
  const auto verdict = SSL_get_verify_result(session);
  why = verdict == X509_V_OK ? last_error() : X509_verify_cert_error_string(verdict);
  ERR_clear_error();
  return tls_step::failed;
}

bool read_some(SSL* session, void* to, std::size_t room, std::size_t& bytes) {
  ERR_clear_error();
  const auto got = SSL_read(session, to, as_int(room));
  bytes = got > 0 ? static_cast<std::size_t>(got) : 0;
  return got > 0 || only_waits(session, got);
}

bool write_some(SSL* session, const void* from, std::size_t size, std::size_t& bytes) {
  ERR_clear_error();
  const auto put = SSL_write(session, from, as_int(size));
  bytes = put > 0 ? static_cast<std::size_t>(put) : 0;
  return put > 0 || only_waits(session, put);
}

} // namespace troupe
