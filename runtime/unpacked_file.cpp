#include "runtime/unpacked_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include <zip.h>
#include <zlib.h>

namespace troupe {

namespace {

using failure = std::optional<std::string>;
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t max_members = 10'000;

const failure too_large = "unpacks to more than 4 GiB";

failure unpack_plain(const std::filesystem::path& path, const piece_sink& on_piece) {
  std::ifstream in{path, std::ios::binary};
  if (!in) return std::strerror(errno);
  std::vector<char> piece(piece_bytes);
  std::uint64_t total = 0;
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto n = static_cast<std::size_t>(in.gcount());
    if ((total += n) > max_unpacked_bytes) return too_large;
    if (n > 0) on_piece({}, {piece.data(), n});
  }
  if (in.bad()) return "cannot be read to its end";
  return std::nullopt;
}

std::string gzip_reason(int code, const char* text) {
  if (code == Z_BUF_ERROR) return "is truncated: the gzip stream ends too early";
  if (code == Z_ERRNO) return std::strerror(errno);
  return std::string{"is a damaged gzip file: "} + (text && *text ? text : "unknown fault");
}

failure unpack_gzip(const std::filesystem::path& path, const piece_sink& on_piece) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in{gzopen(path.c_str(), "rb"), gzclose_r};
  if (!in) return std::strerror(errno);
  std::vector<char> piece(piece_bytes);
  std::uint64_t total = 0;
  for (;;) {
    const int n = gzread(in.get(), piece.data(), static_cast<unsigned>(piece.size()));
    int code = Z_OK;
    const char* text = gzerror(in.get(), &code);
    // A truncated stream first gives what it has: the fault is in the code, not in n.
    if (n < 0 || (n == 0 && code != Z_OK && code != Z_STREAM_END)) return gzip_reason(code, text);
    if (n == 0) return std::nullopt;
    if ((total += static_cast<std::uint64_t>(n)) > max_unpacked_bytes) return too_large;
    on_piece({}, {piece.data(), static_cast<std::size_t>(n)});
  }
}

bool is_csv(std::string_view name) {
  // What a Mac adds for each file is no text.
  if (name.size() < 4 || name.substr(0, 9) == "__MACOSX/") return false;
  std::string end{name.substr(name.size() - 4)};
  for (auto& c : end) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return end == ".csv";
}

std::string printable(std::string_view name) {
  std::string out{name.substr(0, 200)};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

struct member {
  std::string name;
  zip_uint64_t index = 0;
};

failure unpack_member(zip_t* archive, const member& m, const piece_sink& on_piece,
                      std::uint64_t& total) {
  const auto name = printable(m.name);
  zip_stat_t about;
  if (zip_stat_index(archive, m.index, 0, &about) == 0 && (about.valid & ZIP_STAT_ENCRYPTION_METHOD)
      && about.encryption_method != ZIP_EM_NONE)
    return "member " + name + " is encrypted";
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> in{zip_fopen_index(archive, m.index, 0),
                                                             zip_fclose};
  if (!in) return "member " + name + " cannot be opened: " + zip_strerror(archive);
  std::vector<char> piece(piece_bytes);
  for (;;) {
    const auto n = zip_fread(in.get(), piece.data(), piece.size());
    if (n < 0) return "member " + name + " is damaged: " + zip_file_strerror(in.get());
    if (n == 0) return std::nullopt;
    if ((total += static_cast<std::uint64_t>(n)) > max_unpacked_bytes) return too_large;
    on_piece(name, {piece.data(), static_cast<std::size_t>(n)});
  }
}

failure unpack_zip(const std::filesystem::path& path, const piece_sink& on_piece) {
  int code = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive{
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code), zip_discard};
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string why = std::string{"is a damaged zip file: "} + zip_error_strerror(&error);
    zip_error_fini(&error);
    return why;
  }
  const auto entries = zip_get_num_entries(archive.get(), 0);
  if (entries > static_cast<zip_int64_t>(max_members)) return "has more than 10000 members";
  std::vector<member> members;
  for (zip_int64_t i = 0; i < entries; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* name = zip_get_name(archive.get(), index, 0);
    if (name && is_csv(name)) members.push_back({name, index});
  }
  if (members.empty()) return "is a zip file without a .csv member";
  std::sort(members.begin(), members.end(),
            [](const member& a, const member& b) { return a.name < b.name; });
  std::uint64_t total = 0;
  for (const auto& m : members)
    if (auto why = unpack_member(archive.get(), m, on_piece, total)) return why;
  return std::nullopt;
}

failure unpack_any(const std::filesystem::path& path, const piece_sink& on_piece) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "does not exist";
  if (!std::filesystem::is_regular_file(status)) return "is not a regular file";
  std::array<char, 4> magic{};
  std::ifstream in{path, std::ios::binary};
  if (!in) return std::strerror(errno);
  in.read(magic.data(), magic.size());
  const std::string_view start{magic.data(), static_cast<std::size_t>(in.gcount())};
  if (start.empty()) return "is empty";
  if (start.substr(0, 2) == "\x1f\x8b") return unpack_gzip(path, on_piece);
  if (start == "PK\x03\x04" || start == "PK\x05\x06") return unpack_zip(path, on_piece);
  return unpack_plain(path, on_piece);
}

} // namespace

std::optional<std::string> unpack(const std::filesystem::path& path, const piece_sink& on_piece) {
  auto why = unpack_any(path, on_piece);
  if (why) why = printable(path.string()) + ": " + *why;
  return why;
}

} // namespace troupe
