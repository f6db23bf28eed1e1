#include "tests/fuzz/packed_files.hpp"
#include "tests/fuzz/target.hpp"

#include <cstdint>
#include <zlib.h>

namespace troupe::fuzz {

namespace {

constexpr int gzip_window = 15 + 16, raw_window = -15;

std::string deflated_in(std::string_view bytes, int window) {
  z_stream z{};
  claim(deflateInit2(&z, 1, Z_DEFLATED, window, 1, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  claim(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib ends");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

void number(std::string& out, std::uint64_t x, int size) {
  for (; size > 0; --size, x >>= 8) out += static_cast<char>(x & 255);
}

} // namespace

std::string gzipped(std::string_view bytes) { return deflated_in(bytes, gzip_window); }

// The layout of PKWARE's note: a local header before each member, then all headers again.
std::string zipped(const std::vector<packed_member>& members, bool deflated) {
  std::string out, directory;
  for (auto& m : members) {
    const auto packed = deflated ? deflated_in(m.bytes, raw_window) : m.bytes;
    std::string head;
    number(head, 20, 2); // version needed
    number(head, 0, 2);
    number(head, deflated ? 8 : 0, 2);
    number(head, 0x58210000, 4); // time and day
    number(
        head,
        crc32(0, reinterpret_cast<const Bytef*>(m.bytes.data()), static_cast<uInt>(m.bytes.size())),
        4);
    number(head, packed.size(), 4);
    number(head, m.bytes.size(), 4);
    number(head, m.name.size(), 2);
    number(head, 0, 2);
    directory += "PK\1\2";
    number(directory, 20, 2); // version made by
    directory += head;
    number(directory, 0, 10); // no comment, one disk, no attributes
    number(directory, out.size(), 4);
    directory += m.name;
    out += "PK\3\4" + head + m.name + packed;
  }
  const auto at = out.size();
  out += directory + "PK\5\6";
  number(out, 0, 4);
  number(out, members.size(), 2);
  number(out, members.size(), 2);
  number(out, directory.size(), 4);
  number(out, at, 4);
  number(out, 0, 2);
  return out;
}

} // namespace troupe::fuzz
