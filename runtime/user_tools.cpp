#include "runtime/user_tools.hpp"

#include <liboath/oath.h>
#include <qrencode.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

namespace troupe {

namespace {

constexpr std::size_t totp_secret_bytes = 20;
constexpr unsigned step_s = 30, code_digits = 6;

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  randombytes_buf(random.data(), random.size());
  std::string out(bytes * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), random.data(), random.size());
  out.pop_back();
  return out;
}

std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string out(hash.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), hash.data(), hash.size());
  out.pop_back();
  return out;
}

// The bytes of a base32 secret; empty when it is none.
std::string decoded(const std::string& secret) {
  char* bytes = nullptr;
  std::size_t size = 0;
  if (oath_base32_decode(secret.data(), secret.size(), &bytes, &size) != OATH_OK) return {};
  std::string out{bytes, size};
  std::free(bytes);
  return out;
}

// In a URL: an address has marks that mean something there.
std::string url_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || c == '.' || c == '-' || c == '_' || c == '@';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string base64(const std::string& bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

// One path over all dark squares, with the border of four that readers want.
std::string svg_of(const QRcode& code) {
  constexpr int border = 4;
  const auto size = std::to_string(code.width + 2 * border);
  std::string path;
  for (int y = 0; y < code.width; ++y)
    for (int x = 0; x < code.width; ++x)
      if ((code.data[y * code.width + x] & 1) != 0)
        path += "M" + std::to_string(x + border) + " " + std::to_string(y + border) + "h1v1h-1z";
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + " " + size
      + "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + size + "v" + size
      + "H0z\"/><path d=\"" + path + "\"/></svg>";
}

} // namespace

bool start_crypto() { return sodium_init() >= 0 && oath_init() == OATH_OK; }

std::string random_user_id() { return random_hex(16); }

std::string qr_svg_url(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code{
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free};
  return code ? "data:image/svg+xml;base64," + base64(svg_of(*code)) : std::string{};
}

totp_setup make_totp(const std::string& email) {
  std::array<char, totp_secret_bytes> random{};
  randombytes_buf(random.data(), random.size());
  char* encoded = nullptr;
  std::size_t size = 0;
  totp_setup out;
  if (oath_base32_encode(random.data(), random.size(), &encoded, &size) != OATH_OK) return out;
  out.secret.text.assign(encoded, size);
  std::free(encoded);
  out.otpauth_url.text = "otpauth://totp/Troupe:" + url_escaped(email)
      + "?secret=" + out.secret.text + "&issuer=Troupe&algorithm=SHA1&digits=6&period=30";
  out.qr_code.text = qr_svg_url(out.otpauth_url.text);
  return out;
}

std::int64_t totp_step_of(const std::string& secret, const std::string& code, utc_ms now) {
  const auto key = decoded(secret);
  if (key.empty() || code.size() != code_digits) return 0;
  std::uint64_t step = 0;
  const int found = oath_totp_validate3(key.data(), key.size(), now / second_ms, step_s, 0, 1,
                                        nullptr, &step, code.c_str());
  return found >= 0 ? static_cast<std::int64_t>(step) : 0;
}

std::string totp_code(const std::string& secret, utc_ms now) {
  const auto key = decoded(secret);
  std::array<char, code_digits + 1> out{};
  const int failed = oath_totp_generate(key.data(), key.size(), now / second_ms, step_s, 0,
                                        code_digits, out.data());
  return failed == OATH_OK ? out.data() : "";
}

user_tools make_user_tools(std::shared_ptr<const tokens> signer) {
  user_tools t;
  t.random_id = random_user_id;
  t.random_key = [] { return random_hex(32); };
  t.hash_key = sha256_hex;
  t.sign_access = [signer](const token_claims& c) { return signer->sign_access(c); };
  t.sign_refresh = [signer](const token_claims& c) { return signer->sign_refresh(c); };
  t.read_refresh = [signer](std::string_view token, utc_ms now) {
    return signer->read_refresh(token, now);
  };
  t.make_totp = make_totp;
  t.totp_step_of = totp_step_of;
  return t;
}

} // namespace troupe
