#include "runtime/kline_files.hpp"

#include "models/market/kline_line.hpp"
#include "runtime/unpacked_file.hpp"

#include <cstring>

namespace troupe {

namespace {

/// Cuts pieces into lines and passes each to the sorter. Keeps at most one unfinished line.
class line_cutter {
public:
  explicit line_cutter(kline_sorter& sorter) : sorter_(sorter) {}

  void take(std::string_view member, std::string_view piece) {
    if (member != member_) {
      finish();
      member_ = member;
      line_ = 0;
    }
    while (!piece.empty()) {
      const auto* end = static_cast<const char*>(std::memchr(piece.data(), '\n', piece.size()));
      const auto length = end ? static_cast<std::size_t>(end - piece.data()) : piece.size();
      append(piece.substr(0, length));
      if (!end) return;
      end_line();
      piece.remove_prefix(length + 1);
    }
  }

  /// Ends the last line, which may lack its line end.
  void finish() {
    if (!started_.empty() || overlong_) end_line();
  }

private:
  void append(std::string_view text) {
    if (overlong_ || started_.size() + text.size() > max_kline_bytes) {
      overlong_ = true;
      started_.clear();
    } else {
      started_ += text;
    }
  }

  void end_line() {
    ++line_;
    if (overlong_) {
      sorter_.reject(line_, "longer than " + std::to_string(max_kline_bytes) + " bytes", member_);
    } else {
      const auto parsed = parse_kline(started_);
      if (const auto* c = std::get_if<candle>(&parsed)) sorter_.push(line_, *c, member_);
      if (const auto* e = std::get_if<kline_error>(&parsed))
        sorter_.reject(line_, e->reason, member_);
    }
    started_.clear();
    overlong_ = false;
  }

  kline_sorter& sorter_;
  std::string member_, started_;
  std::uint64_t line_ = 0;
  bool overlong_ = false;
};

std::string no_candle(const std::filesystem::path& path, const import_report& report) {
  std::string out = path.string() + ": holds no candle";
  if (!report.first_bad_rows.empty()) {
    const auto& bad = report.first_bad_rows.front();
    out += " (line " + std::to_string(bad.line) + ": " + bad.reason + ')';
  }
  return out;
}

} // namespace

std::variant<import_report, read_failure>
read_klines(const std::filesystem::path& path,
            const std::function<void(const candle&)>& on_candle) {
  // Checksums stand at the end: a damaged file must be known before its first candle is taken.
  if (auto why = unpack(path, [](std::string_view, std::string_view) {})) return read_failure{*why};
  kline_sorter sorter{on_candle};
  line_cutter lines{sorter};
  const auto why = unpack(
      path, [&](std::string_view member, std::string_view piece) { lines.take(member, piece); });
  if (why) return read_failure{*why};
  lines.finish();
  sorter.finish();
  if (sorter.report().candles == 0) return read_failure{no_candle(path, sorter.report())};
  return sorter.report();
}

} // namespace troupe
