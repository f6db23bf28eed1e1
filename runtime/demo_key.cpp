#include "runtime/demo_key.hpp"

#include <openssl/rand.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

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

} // namespace

std::string demo_api_key(const std::string& folder, std::string& error) {
  const auto path = folder + "/api-key";
  std::string key;
  if (std::ifstream in{path}; in >> key) {
    if (key.size() == key_digits) return key;
    error = path + " does not hold a key; remove it and a new one is made";
    return "";
  }
  key = random_hex();
  if (!key.empty() && keep_key(path, key)) return key;
  error = "cannot keep the API key in " + path + ": " + std::strerror(errno);
  return "";
}

} // namespace troupe
