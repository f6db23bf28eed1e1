// Whom a client of TLS believes: the authorities, and that the certificate is the host's. For all
// that connect to the outside; this and the files that do so are where OpenSSL's handles are.
#pragma once
#include <boost/asio/ssl/context.hpp>

#include <string>

namespace troupe {

/// TLS 1.2 or later, peers verified against `authorities` (PEM), or the system's when it is empty.
/// Throws std::runtime_error when these cannot be read.
void trust(boost::asio::ssl::context& tls, const std::string& authorities);

/// The certificate must be this host's (a name or an address), and the server is told its name.
/// False when OpenSSL cannot do that.
bool expect_host(SSL* connection, const std::string& host);

/// Why the certificate was not believed; empty when it was.
std::string why_not_trusted(SSL* connection);

} // namespace troupe
