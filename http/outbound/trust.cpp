#include "http/outbound/trust.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace troupe {

namespace asio = boost::asio;

void trust(asio::ssl::context& tls, const std::string& authorities) {
  const auto native = tls.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (authorities.empty()) return tls.set_default_verify_paths();
  tls.add_certificate_authority(asio::buffer(authorities));
  if (sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(native))) == 0)
    throw std::runtime_error("no certificate of an authority in the PEM given");
}

bool expect_host(SSL* connection, const std::string& host) {
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  const auto param = SSL_get0_param(connection);
  if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1
      && SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

std::string why_not_trusted(SSL* connection) {
  const auto verdict = SSL_get_verify_result(connection);
  return verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict);
}

} // namespace troupe
