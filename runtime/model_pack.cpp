#include "runtime/model_pack.hpp"

#include <cstdint>

namespace troupe {

namespace {

constexpr std::string_view head = "troupe models 1\n";

void append_size(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

// Takes a size and as many bytes from the front.
bool take_text(std::string_view& rest, std::string& out) {
  if (rest.size() < 8) return false;
  std::uint64_t size = 0;
  for (int i = 0; i < 8; ++i)
    size |=
        static_cast<std::uint64_t>(static_cast<unsigned char>(rest[static_cast<std::size_t>(i)]))
        << (8 * i);
  rest.remove_prefix(8);
  if (size > rest.size()) return false;
  out.assign(rest.substr(0, static_cast<std::size_t>(size)));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

} // namespace

std::string pack_files(const model_contents& files) {
  std::string out{head};
  for (auto& [name, bytes] : files) {
    append_size(out, name.size());
    out += name;
    append_size(out, bytes.size());
    out += bytes;
  }
  return out;
}

bool unpack_files(std::string_view bytes, model_contents& out) {
  out.clear();
  if (bytes.substr(0, head.size()) != head) return false;
  bytes.remove_prefix(head.size());
  while (!bytes.empty()) {
    std::string name, file;
    if (!take_text(bytes, name) || !take_text(bytes, file)) return false;
    if (!out.emplace(std::move(name), std::move(file)).second) return false;
  }
  return !out.empty();
}

} // namespace troupe
