#include "runtime/demo_key.hpp"

#include <openssl/rand.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const auto text = key + "\n";
  const bool kept = file >= 0 && !key.empty()
      && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size())
      && fsync(file) == 0;
  if (!kept) error = "cannot keep the API key in " + path + ": " + std::strerror(errno);
  if (file >= 0) close(file);
  return kept ? key : "";
}

} // namespace troupe
