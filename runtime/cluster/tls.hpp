// TLS between nodes, with OpenSSL: both ends show a certificate of the same private authority, or
// there is no connection. No sockets are opened and no bytes are understood here.
#pragma once
#include "runtime/cluster/transport.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace troupe {

struct ssl_freed {
  void operator()(SSL* x) const { SSL_free(x); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_freed>;

/// Shared by all connections of a node; null: plain.
using tls_context = std::shared_ptr<SSL_CTX>;

/// Reads the certificates. Returns what is wrong, one line for people, or nothing.
std::string read_certificates(const cluster_transport& transport, tls_context& out);

/// A session on a connected, non-blocking socket, which it does not own. Null: no memory.
ssl_ptr begin_tls(const tls_context& context, int socket, bool dialled);

enum class tls_step : std::uint8_t { done, wants_read, wants_write, failed };

/// Goes on with the handshake. `why`: set when it failed.
tls_step shake_hands(SSL* session, std::string& why);

/// As much as there is; 0 bytes: none now. False: the connection is over. Each of these clears
/// OpenSSL's queue of errors first: it is the thread's, and a leftover of one connection would be
/// taken for a failure of the next.
bool read_some(SSL* session, void* to, std::size_t room, std::size_t& bytes);
bool write_some(SSL* session, const void* from, std::size_t size, std::size_t& bytes);

} // namespace troupe
