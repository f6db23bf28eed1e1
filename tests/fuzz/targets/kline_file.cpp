// A kline file from disk, plain or packed, damaged anywhere: read to the same end each time, in
// bounded memory (libFuzzer watches), its candles in order and its account of them right.
#include "runtime/kline_files.hpp"
#include "tests/fuzz/byte_source.hpp"
#include "tests/fuzz/packed_files.hpp"
#include "tests/fuzz/target.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace troupe::fuzz {

namespace {

/// A file of these bytes that is on no disk.
class memory_file {
public:
  explicit memory_file(const std::string& bytes) : file_{::memfd_create("klines", MFD_CLOEXEC)} {
    claim(file_ >= 0
              && ::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "there is memory for a file");
  }
  ~memory_file() { ::close(file_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
  int file_;
};

/// The file the bytes ask for: as they are, or packed from them and then perhaps damaged.
std::string file_of(byte_source& in) {
  const auto how = in.byte();
  if (how % 4 == 0) return std::string{in.rest()};
  const auto damaged_at = in.number(2);
  const auto change = in.byte();
  std::string out;
  if (how % 4 == 1) {
    out = gzipped(in.rest());
  } else {
    std::vector<packed_member> members;
    while (!in.done() && members.size() < 8) {
      const std::string name{in.take(in.below(24))};
      const bool odd_name = how & 32;
      members.push_back({odd_name ? name : std::to_string(members.size()) + ".csv",
                         std::string{in.take(in.number(2))}});
    }
    out = zipped(members, how & 16);
  }
  if (how & 64 && !out.empty()) out[damaged_at % out.size()] ^= static_cast<char>(change);
  if (how & 128) out.resize(damaged_at % (out.size() + 1));
  return out;
}

void check_report(const import_report& r, const std::vector<candle>& candles) {
  claim(r.candles == candles.size(), "each candle is counted");
  claim(r.rows >= r.candles + r.identical_duplicates + r.conflicting_duplicates,
        "rows are candles, duplicates and what came too late");
  claim(r.rows <= r.candles + r.identical_duplicates + r.conflicting_duplicates + r.bad_rows,
        "no row is lost");
  claim(r.first_bad_rows.size() == std::min<std::uint64_t>(r.bad_rows, kept_bad_rows),
        "the first bad rows are kept");
  claim(r.first == candles.front().open_time && r.last == candles.back().open_time,
        "first and last are");
  std::uint64_t gaps = 0, missing = 0;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    const auto step = candles[i].open_time - candles[i - 1].open_time;
    claim(step > 0, "candles ascend, each time once");
    gaps += step != base_interval_ms;
    missing += static_cast<std::uint64_t>(step / base_interval_ms - 1);
  }
  claim(gaps == r.gaps && missing == r.missing, "gaps are counted");
}

} // namespace

void try_bytes(std::string_view bytes) {
  byte_source in{bytes};
  const memory_file file{file_of(in)};
  std::vector<candle> candles;
  const auto out = read_klines(file.path(), [&](const candle& c) { candles.push_back(c); });
  if (const auto* failure = std::get_if<read_failure>(&out)) {
    claim(candles.empty() || failure->message.find("no candle") == std::string::npos,
          "a file without a candle hands none over");
    for (char c : failure->message) claim(c >= ' ' && c <= '~', "a failure is printable");
    claim(failure->message.size() < 500, "a failure is short");
    return;
  }
  check_report(std::get<import_report>(out), candles);
}

std::vector<std::string> made_seeds() {
  std::string rows;
  for (int i = 0; i < 12; ++i)
    rows += std::to_string(1704067200000 + (i * 7 % 12) * base_interval_ms) + ",1,2,1,2,5\n";
  const std::string start{"\0\0\0", 3};
  const std::string member = '\0'
      + std::string{static_cast<char>(rows.size() & 255), static_cast<char>(rows.size() >> 8)}
      + rows;
  std::vector<std::string> out{'\0' + rows,
                               '\1' + start + rows,
                               '\2' + start + member + member,
                               '\x12' + start + member,
                               '\0' + gzipped(rows),
                               '\0' + zipped({{"a.csv", rows}, {"b.csv", rows}}, false),
                               '\0' + zipped({{"a.csv", rows}}, true)};
  out.push_back('\0' + gzipped(std::string(200'000, 'x')));
  for (char how : {'\x41', '\x42', '\x52', '\x81'})
    out.push_back(how + std::string{"\x30\x00\xff", 3} + (how & 1 ? rows : member));
  return out;
}

} // namespace troupe::fuzz
