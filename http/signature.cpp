#include "http/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace troupe {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool from_hex(std::string_view text, signature_check::seal& out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return true;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

void signature_check::closer::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

signature_check::signature_check(std::string_view secret) {
  if (secret.empty()) return;
  auto* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  context_.reset(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  if (!context_ || EVP_MAC_init(context_.get(), bytes_of(secret), secret.size(), parameters) != 1)
    context_.reset();
}

signature_check::~signature_check() = default;

// Without a key `init` begins anew with the one it was given first.
bool signature_check::compute(std::string_view message, seal& out) {
  std::size_t size = 0;
  return context_ && EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1
      && EVP_MAC_update(context_.get(), bytes_of(message), message.size()) == 1
      && EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == out.size();
}

bool signature_check::valid(std::string_view message, std::string_view given) {
  constexpr std::string_view prefix = "sha256=";
  if (given.substr(0, prefix.size()) == prefix) given.remove_prefix(prefix.size());
  seal claimed, own;
  return from_hex(given, claimed) && compute(message, own)
      && CRYPTO_memcmp(claimed.data(), own.data(), own.size()) == 0;
}

std::string signature_check::sign(std::string_view message) {
  constexpr char hex[] = "0123456789abcdef";
  seal own;
  std::string out;
  if (!compute(message, own)) return out;
  for (auto byte : own) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

} // namespace troupe
