#include "runtime/kline_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <unistd.h>
#include <vector>
#include <zip.h>
#include <zlib.h>

using namespace troupe;
namespace fs = std::filesystem;

namespace {

constexpr utc_ms start = 1704067200000;

std::string row(int slot, std::string rest = "1,2,1,2,5,0,0,0,0,0,0") {
  return std::to_string(start + slot * base_interval_ms) + ',' + rest;
}

/// A folder for one test's files.
struct kline_files : testing::Test {
  fs::path folder =
      fs::temp_directory_path() / ("troupe-kline-files-" + std::to_string(::getpid()));
  std::vector<candle> candles;

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  fs::path plain(const std::string& name, const std::string& text) {
    std::ofstream{folder / name, std::ios::binary} << text;
    return folder / name;
  }

  fs::path gzip(const std::string& name, const std::string& text) {
    auto* out = gzopen((folder / name).c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
    return folder / name;
  }

  fs::path zip(const std::string& name,
               const std::vector<std::pair<std::string, std::string>>& members,
               const char* password = nullptr) {
    int code = 0;
    auto* out = zip_open((folder / name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const auto& [member, text] : members) {
      const auto index =
          zip_file_add(out, member.c_str(), zip_source_buffer(out, text.data(), text.size(), 0),
                       ZIP_FL_ENC_UTF_8);
      if (password)
        zip_file_set_encryption(out, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256, password);
    }
    EXPECT_EQ(zip_close(out), 0);
    return folder / name;
  }

  import_report read(const fs::path& path) {
    candles.clear();
    auto result = read_klines(path, [&](const candle& c) { candles.push_back(c); });
    if (auto* failed = std::get_if<read_failure>(&result)) {
      ADD_FAILURE() << failed->message;
      return {};
    }
    return std::get<import_report>(result);
  }

  /// The message, which must name the file; no candle may have been handed over.
  std::string failure(const fs::path& path) {
    candles.clear();
    const auto result = read_klines(path, [&](const candle& c) { candles.push_back(c); });
    EXPECT_TRUE(candles.empty());
    if (!std::holds_alternative<read_failure>(result)) return "(was read)";
    const auto message = std::get<read_failure>(result).message;
    EXPECT_EQ(message.find(path.string()), 0u) << message;
    EXPECT_EQ(message.find('\n'), message.npos);
    return message;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string many_rows(int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += row(i) + '\n';
  return out;
}

} // namespace

TEST_F(kline_files, plain_gzip_and_zip_give_the_same_candles_whatever_their_names) {
  const auto text = many_rows(3000);
  EXPECT_EQ(read(plain("a.csv", text)).candles, 3000u);
  const auto expected = candles;
  EXPECT_EQ(read(gzip("b.csv", text)).candles, 3000u);
  EXPECT_EQ(candles, expected);
  EXPECT_EQ(read(zip("c.gz", {{"x.csv", text}})).candles, 3000u);
  EXPECT_EQ(candles, expected);
  EXPECT_EQ(read(plain("d.zip", text)).candles, 3000u);
}

TEST_F(kline_files, every_oddity_of_rows_is_reported_with_its_line) {
  const auto r = read(plain("odd.csv",
                            "open_time,open,high,low,close,volume\r\n" + row(0) + "\r\n" + row(1)
                                + "\r\n\r\n" + row(1) + "\r\n"    // 5: identical
                                + row(1, "1,3,1,2,5") + "\r\n"    // 6: conflicting
                                + row(5, "1,2,1,2,0") + "\r\n"    // 7: gap, zero volume
                                + row(3) + "\r\n"                 // 8: disorder
                                + "nonsense\r\n"                  // 9
                                + row(6, "1,x,1,2,0") + "\r\n"    // 10
                                + std::string(5000, '7') + "\r\n" // 11
                                + row(7)));                       // no line end
  EXPECT_EQ(r.rows, 7u);
  EXPECT_EQ(r.candles, 5u);
  EXPECT_EQ(r.identical_duplicates, 1u);
  EXPECT_EQ(r.conflicting_duplicates, 1u);
  EXPECT_EQ(r.disordered, 1u);
  EXPECT_EQ(r.zero_volume, 1u);
  EXPECT_EQ(r.gaps, 3u);
  EXPECT_EQ(r.missing, 3u);
  ASSERT_EQ(r.bad_rows, 3u);
  EXPECT_EQ(r.first_bad_rows[0].line, 9u);
  EXPECT_EQ(r.first_bad_rows[1].line, 10u);
  EXPECT_TRUE(has(r.first_bad_rows[1].reason, "column 3 (high)"));
  EXPECT_EQ(r.first_bad_rows[2].line, 11u);
  EXPECT_TRUE(has(r.first_bad_rows[2].reason, "longer than 4096"));
  EXPECT_EQ(candles[2].open_time, start + 3 * base_interval_ms);
}

TEST_F(kline_files, microseconds_are_the_same_candles) {
  read(plain("ms.csv", row(0)));
  const auto expected = candles;
  read(plain("us.csv", std::to_string(start * 1000) + ",1,2,1,2,5\n"));
  EXPECT_EQ(candles, expected);
}

TEST_F(kline_files, all_csv_members_of_an_archive_are_read_in_the_order_of_their_names) {
  const auto r = read(zip("m.zip",
                          {{"b-2024-02.csv", row(1) + "\nbad\n"},
                           {"a-2024-01.CSV", "open_time,open\n" + row(0)},
                           {"read.me", "not rows"},
                           {"__MACOSX/._a.csv", "not rows"}}));
  EXPECT_EQ(r.candles, 2u);
  EXPECT_EQ(r.disordered, 0u);
  ASSERT_EQ(r.bad_rows, 1u);
  EXPECT_EQ(r.first_bad_rows[0].member, "b-2024-02.csv");
  EXPECT_EQ(r.first_bad_rows[0].line, 2u);
}

TEST_F(kline_files, gzip_members_in_a_row_are_one_file) {
  gzip("1.gz", row(0) + '\n');
  gzip("2.gz", row(1) + '\n');
  std::ofstream out{folder / "both.gz", std::ios::binary};
  for (auto part : {"1.gz", "2.gz"}) {
    std::ifstream in{folder / part, std::ios::binary};
    out << in.rdbuf();
  }
  out.close();
  EXPECT_EQ(read(folder / "both.gz").candles, 2u);
}

TEST_F(kline_files, what_cannot_be_read_says_why_and_gives_nothing) {
  EXPECT_TRUE(has(failure(folder / "absent.csv"), "does not exist"));
  EXPECT_TRUE(has(failure(folder), "not a regular file"));
  EXPECT_TRUE(has(failure(plain("empty.csv", "")), "is empty"));
  EXPECT_TRUE(has(failure(gzip("empty.gz", "")), "holds no candle"));
  EXPECT_TRUE(has(failure(plain("head.csv", "open_time,open\n")), "holds no candle"));
  EXPECT_TRUE(has(failure(plain("text.csv", "Dear reader,\n")), "line 1: 2 columns"));
  EXPECT_TRUE(has(failure(zip("none.zip", {{"a.txt", "x"}})), "without a .csv member"));
  EXPECT_TRUE(has(failure(zip("secret.zip", {{"a.csv", row(0)}}, "pass")), "encrypted"));
}

TEST_F(kline_files, a_truncated_gzip_is_refused_before_its_first_candle_wherever_it_ends) {
  const auto whole = gzip("whole.gz", many_rows(20000));
  const auto bytes = fs::file_size(whole);
  for (auto size : {std::uintmax_t{2}, std::uintmax_t{9}, std::uintmax_t{12}, bytes / 2, bytes - 8,
                    bytes - 1}) {
    fs::copy_file(whole, folder / "cut.gz", fs::copy_options::overwrite_existing);
    fs::resize_file(folder / "cut.gz", size);
    EXPECT_TRUE(has(failure(folder / "cut.gz"), "truncated")) << size << " of " << bytes;
  }
}

TEST_F(kline_files, a_changed_byte_in_a_packed_file_is_found) {
  for (const auto& path :
       {gzip("a.gz", many_rows(20000)), zip("a.zip", {{"a.csv", many_rows(20000)}})}) {
    std::fstream f{path, std::ios::in | std::ios::out | std::ios::binary};
    f.seekg(5000);
    const auto byte = static_cast<char>(f.get() ^ 0x10);
    f.seekp(5000);
    f.put(byte);
    f.close();
    EXPECT_TRUE(has(failure(path), "damaged")) << path;
  }
  const auto cut = zip("cut.zip", {{"a.csv", many_rows(1000)}});
  fs::resize_file(cut, fs::file_size(cut) - 30);
  EXPECT_TRUE(has(failure(cut), "damaged zip"));
}

TEST_F(kline_files, real_market_data_is_what_its_table_says) {
  const fs::path data{TROUPE_SOURCE_DIR "/../shared/data"};
  if (!fs::exists(data)) GTEST_SKIP() << "SKIPPED: no market data at " << data;
  struct expectation {
    const char* name;
    std::uint64_t rows, gaps, zero_volume;
  };
  for (const auto& e : {expectation{"BTCUSDT-5m-spot-2024_2026.csv.gz", 224903, 0, 0},
                        expectation{"ETHUSDT-5m-spot-2024_2026.csv.gz", 224871, 0, 0},
                        expectation{"BTCUSDT-5m-um-2025.csv.gz", 105120, 0, 5},
                        // 53 week-ends and 8 others
                        expectation{"EURUSD-5m-2019_2020.csv.gz", 75519, 61, 0},
                        expectation{"slices/BTCUSDT-5m-spot-20240101-500.csv", 500, 0, 0},
                        expectation{"slices/BTCUSDT-5m-spot-20240301-3000.csv", 3000, 0, 0},
                        expectation{"slices/BTCUSDT-5m-um-20251010-3000.csv", 3000, 0, 0},
                        expectation{"slices/EURUSD-5m-2020-3000.csv", 3000, 2, 0}}) {
    const auto began = std::chrono::steady_clock::now();
    const auto r = read(data / e.name);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    std::printf("%-40s %6d rows %3d gaps %6d missing %d without volume, %.0f ms\n", e.name,
                static_cast<int>(r.candles), static_cast<int>(r.gaps), static_cast<int>(r.missing),
                static_cast<int>(r.zero_volume), spent.count() * 1000);
    EXPECT_EQ(r.rows, e.rows) << e.name;
    EXPECT_EQ(r.candles, e.rows) << e.name;
    EXPECT_EQ(r.gaps, e.gaps) << e.name;
    EXPECT_EQ(r.zero_volume, e.zero_volume) << e.name;
    EXPECT_EQ(r.bad_rows + r.disordered + r.identical_duplicates + r.conflicting_duplicates, 0u);
  }
}
