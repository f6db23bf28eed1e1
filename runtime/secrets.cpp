#include "runtime/secrets.hpp"

#include "http/tokens.hpp"

#include <openssl/rand.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t key_digits = 64;

std::string random_hex() {
  std::array<unsigned char, key_digits / 2> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return "";
  std::string out;
  for (auto b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

// Whole or not at all: a crash leaves no half key behind.
bool keep_key(const std::string& path, const std::string& key) {
  const auto unfinished = path + ".new";
  unlink(unfinished.c_str());
  const int file = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const auto text = key + "\n";
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size())
      && fsync(file) == 0;
  const bool kept = (close(file) == 0) & written && rename(unfinished.c_str(), path.c_str()) == 0;
  if (!kept) unlink(unfinished.c_str());
  return kept;
}

bool on_loopback(const std::string& address) {
  return address == "::1" || address.rfind("127.", 0) == 0;
}

} // namespace

std::string kept_or_made_key(const std::string& path, std::string& error) {
  std::string key;
  if (std::ifstream in{path}; in >> key) {
    if (key.size() == key_digits) return key;
    error = path + " does not hold a key; remove it and a new one is made";
    return "";
  }
  key = random_hex();
  if (!key.empty() && keep_key(path, key)) return key;
  error = "cannot keep a key in " + path + ": " + std::strerror(errno);
  return "";
}

std::string take_secrets(const settings& s, node_secrets& out) {
  out.demo = s.text("store.url").empty() && on_loopback(s.text("http.address"));
  std::string error;
  const auto take = [&](const char* option, const char* file, std::string& secret) {
    secret = s.text(option);
    if (secret.empty() && out.demo && error.empty())
      secret = kept_or_made_key(s.text("data.dir") + file, error);
  };
  take("http.api-key", "/api-key", out.api_key);
  take("http.admin-key", "/admin-key", out.admin_key);
  take("http.webhook-secret", "/webhook-secret", out.webhook_secret);
  take("auth.jwt-secret", "/jwt-secret", out.jwt_secret);
  take("auth.jwt-refresh-secret", "/jwt-refresh-secret", out.jwt_refresh_secret);
  if (!error.empty()) return error;
  if (out.api_key.empty())
    return "ML_ENGINE_API_KEY is missing: outside demo mode (loopback, no DATABASE_URL) the engine "
           "API needs a key (or give --http.api-key)";
  if (out.webhook_secret.empty())
    return "ML_ENGINE_WEBHOOK_SECRET is missing: outside demo mode webhooks need the secret that "
           "signs them (or give --http.webhook-secret)";
  for (const auto& [name, secret] : {std::pair{"JWT_SECRET", &out.jwt_secret},
                                     std::pair{"JWT_REFRESH_SECRET", &out.jwt_refresh_secret}}) {
    if (secret->empty())
      return std::string{name}
      + " is missing: outside demo mode users' tokens need the secret "
        "that signs them";
    if (secret->size() < min_token_secret_bytes)
      return std::string{name} + " is shorter than " + std::to_string(min_token_secret_bytes)
          + " bytes: it could be guessed from one token";
  }
  if (out.jwt_secret == out.jwt_refresh_secret)
    return "JWT_SECRET and JWT_REFRESH_SECRET are the same: one of them would be of no use";
  if (out.admin_key == out.api_key)
    return "http.admin-key and http.api-key are the same: services would be operators";
  return "";
}

} // namespace troupe
