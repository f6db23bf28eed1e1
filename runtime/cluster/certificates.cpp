#include "runtime/cluster/certificates.hpp"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace troupe {

namespace {

namespace fs = std::filesystem;

struct freed {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
  void operator()(BIGNUM* x) const { BN_free(x); }
  void operator()(X509_EXTENSION* x) const { X509_EXTENSION_free(x); }
  void operator()(BIO* x) const { BIO_free(x); }
  void operator()(std::FILE* x) const { std::fclose(x); }
};
template<class T>
using held = std::unique_ptr<T, freed>;

struct identity {
  held<X509> certificate;
  held<EVP_PKEY> key;
};

// Ends in make_certificates.
[[noreturn]] void fail(const std::string& what) {
  char text[256] = "";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  throw std::runtime_error{what + (text[0] ? std::string{": "} + text : "")};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const held<X509_EXTENSION> made{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  if (!made || X509_add_ext(certificate, made.get(), -1) != 1)
    fail("cannot put " + value + " into a certificate");
}

void number_randomly(X509* certificate) {
  const held<BIGNUM> number{BN_new()};
  if (!number || BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1
      || !BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)))
    fail("no random numbers");
}

// An unsigned certificate with a key of its own.
identity begin(const std::string& name, int days) {
  identity out{held<X509>{X509_new()}, held<EVP_PKEY>{EVP_EC_gen("P-256")}};
  if (!out.certificate || !out.key) fail("cannot make a key");
  auto* x = out.certificate.get();
  X509_set_version(x, X509_VERSION_3);
  number_randomly(x);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600); // clocks differ
  X509_gmtime_adj(X509_getm_notAfter(x), 86400L * days);
  X509_set_pubkey(x, out.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return out;
}

void sign(X509* certificate, EVP_PKEY* by) {
  if (X509_sign(certificate, by, EVP_sha256()) == 0) fail("cannot sign a certificate");
}

identity make_authority(int days) {
  auto out = begin("Troupe cluster authority", days);
  auto* x = out.certificate.get();
  X509_set_issuer_name(x, X509_get_subject_name(x));
  extend(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(x, x, NID_subject_key_identifier, "hash");
  sign(x, out.key.get());
  return out;
}

bool is_address(const std::string& host) {
  return host.find(':') != std::string::npos
      || host.find_first_not_of("0123456789.") == std::string::npos;
}

identity make_node(const std::string& name, const certificate_request& request,
                   const identity& authority) {
  auto out = begin(name, request.node_days);
  auto* x = out.certificate.get();
  auto* by = authority.certificate.get();
  X509_set_issuer_name(x, X509_get_subject_name(by));
  extend(x, by, NID_basic_constraints, "critical,CA:FALSE");
  extend(x, by, NID_key_usage, "critical,digitalSignature");
  extend(x, by, NID_ext_key_usage, "serverAuth,clientAuth");
  extend(x, by, NID_subject_key_identifier, "hash");
  extend(x, by, NID_authority_key_identifier, "keyid:always");
  std::string also = "DNS:" + name;
  for (auto& host : request.hosts) also += (is_address(host) ? ",IP:" : ",DNS:") + host;
  extend(x, by, NID_subject_alt_name, also);
  sign(x, authority.key.get());
  return out;
}

// Never over another file, and never readable by others, not even for a moment.
void write(const std::string& path, BIO* content) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(content, &bytes);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error{"cannot write " + path + ": " + std::strerror(errno)};
  const bool whole = ::write(file, bytes, static_cast<std::size_t>(size)) == size;
  if (::fsync(file) != 0 || ::close(file) != 0 || !whole)
    throw std::runtime_error{"cannot write " + path};
}

void keep(const std::string& stem, const identity& who, certificates_made& out) {
  const held<BIO> key{BIO_new(BIO_s_mem())}, certificate{BIO_new(BIO_s_mem())};
  if (PEM_write_bio_PKCS8PrivateKey(key.get(), who.key.get(), nullptr, nullptr, 0, nullptr, nullptr)
          != 1
      || PEM_write_bio_X509(certificate.get(), who.certificate.get()) != 1)
    fail("cannot write out a certificate");
  write(stem + ".key", key.get());
  out.files.push_back(stem + ".key");
  write(stem + ".pem", certificate.get());
  out.files.push_back(stem + ".pem");
}

identity read_authority(const std::string& stem) {
  const held<std::FILE> certificate{std::fopen((stem + ".pem").c_str(), "re")};
  const held<std::FILE> key{std::fopen((stem + ".key").c_str(), "re")};
  if (!certificate || !key)
    throw std::runtime_error{"the authority is there in part: " + stem + ".pem and " + stem
                             + ".key are both needed to add nodes"};
  identity out{held<X509>{PEM_read_X509(certificate.get(), nullptr, nullptr, nullptr)},
               held<EVP_PKEY>{PEM_read_PrivateKey(key.get(), nullptr, nullptr, nullptr)}};
  if (!out.certificate || !out.key) fail("cannot read " + stem + ".pem and .key");
  if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1)
    throw std::runtime_error{stem + ".key is not the key of " + stem + ".pem"};
  return out;
}

bool is_file_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || name == "ca" || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 128 && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
  });
}

void check(const certificate_request& request) {
  for (auto& node : request.nodes) {
    if (!is_file_name(node))
      throw std::runtime_error{"no name for a node: \"" + node
                               + "\" (up to 64 letters, digits, . - _, and not ca)"};
    if (std::count(request.nodes.begin(), request.nodes.end(), node) > 1)
      throw std::runtime_error{"node " + node + " is named twice"};
    for (auto end : {".pem", ".key"}) {
      const auto path = request.folder + "/" + node + end;
      if (fs::exists(path)) throw std::runtime_error{path + " is there already; remove it first"};
    }
  }
}

void make_all(const certificate_request& request, certificates_made& out) {
  check(request);
  fs::create_directories(request.folder);
  ::chmod(request.folder.c_str(), 0700);
  const auto stem = request.folder + "/ca";
  out.authority_was_there = fs::exists(stem + ".pem") || fs::exists(stem + ".key");
  auto authority =
      out.authority_was_there ? read_authority(stem) : make_authority(request.authority_days);
  if (!out.authority_was_there) keep(stem, authority, out);
  for (auto& node : request.nodes)
    keep(request.folder + "/" + node, make_node(node, request, authority), out);
}

} // namespace

certificates_made make_certificates(const certificate_request& request) {
  certificates_made out;
  try {
    make_all(request, out);
  } catch (const std::exception& e) {
    out.error = e.what();
  }
  return out;
}

} // namespace troupe
