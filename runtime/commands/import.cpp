#include "runtime/commands/import.hpp"

#include "runtime/kline_files.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <ostream>

namespace troupe {

namespace {

constexpr std::size_t batch_candles = 5000;
constexpr std::uint64_t rows_between_lines = 500'000; // of progress, where it is not redrawn
constexpr std::chrono::seconds store_timeout{60};

/// Shows how far an import is, redrawn in place or as a line now and then.
class progress {
public:
  progress(import_output out, std::string what) : out_(out), what_(std::move(what)) {}

  void show(std::uint64_t rows) {
    if (out_.terminal) {
      out_.errors << '\r' << what_ << ": " << rows << " rows" << std::flush;
      drawn_ = true;
    } else if (rows >= next_line_) {
      out_.errors << what_ << ": " << rows << " rows\n";
      next_line_ += rows_between_lines;
    }
  }

  /// Takes what is drawn away again.
  void end() {
    if (drawn_) out_.errors << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }

private:
  import_output out_;
  std::string what_;
  std::uint64_t next_line_ = rows_between_lines;
  bool drawn_ = false;
};

/// Collects candles and puts them, a batch at a time, each answered before the next.
class store_writer {
public:
  store_writer(caf::actor_system& system, store_actor store, symbol_name symbol)
      : system_(system), self_(system), store_(std::move(store)), symbol_(std::move(symbol)) {}

  void take(const candle& c) {
    if (!error_.empty()) return;
    batch_.push_back(c);
    if (batch_.size() == batch_candles) flush();
  }

  void flush() {
    if (batch_.empty() || !error_.empty()) return;
    put_candles message{symbol_, "import", std::move(batch_)};
    batch_.clear();
    self_->request(store_, store_timeout, std::move(message))
        .receive(
            [&](const put_receipt& receipt) {
              done_.added += receipt.added;
              done_.repeated += receipt.repeated;
            },
            [&](caf::error& e) { error_ = "the store refused: " + system_.render(e); });
  }

  const put_receipt& done() const { return done_; }
  const std::string& error() const { return error_; } // empty: none

private:
  caf::actor_system& system_;
  caf::scoped_actor self_;
  store_actor store_;
  symbol_name symbol_;
  std::vector<candle> batch_;
  put_receipt done_;
  std::string error_;
};

std::string counted(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + ' ' + (n == 1 ? one : many);
}

void print(std::ostream& out, const std::filesystem::path& file, const symbol_name& symbol,
           const import_report& r, const put_receipt& done) {
  out << file.string() << ": " << symbol << ", " << counted(r.rows, "row", "rows") << ", "
      << done.added << " added, " << done.repeated << " already there\n"
      << "  from " << to_iso8601(r.first) << " to " << to_iso8601(r.last) << '\n'
      << "  " << counted(r.gaps, "gap", "gaps") << " (" << r.missing << " candles missing), "
      << counted(r.identical_duplicates, "identical duplicate", "identical duplicates") << ", "
      << counted(r.conflicting_duplicates, "conflicting duplicate", "conflicting duplicates")
      << " (the first was kept), " << r.disordered << " out of order, " << r.zero_volume
      << " without volume, " << counted(r.bad_rows, "bad row", "bad rows") << '\n';
  for (const auto& bad : r.first_bad_rows) {
    out << "  ";
    if (!bad.member.empty()) out << bad.member << ' ';
    out << "line " << bad.line << ": " << bad.reason << '\n';
  }
  if (r.bad_rows > r.first_bad_rows.size())
    out << "  and " << r.bad_rows - r.first_bad_rows.size() << " more\n";
}

enum class file_outcome { imported, unreadable, refused_by_store };

file_outcome import_file(caf::actor_system& system, const store_actor& store,
                         const std::filesystem::path& file, const symbol_name& symbol,
                         import_output out) {
  store_writer writer{system, store, symbol};
  progress shown{out, file.filename().string()};
  std::uint64_t rows = 0;
  const auto result = read_klines(file, [&](const candle& c) {
    writer.take(c);
    if (++rows % batch_candles == 0) shown.show(rows);
  });
  writer.flush();
  shown.end();
  if (!writer.error().empty()) {
    out.errors << "error: " << file.string() << ": " << writer.error() << '\n';
    return file_outcome::refused_by_store;
  }
  if (const auto* failed = std::get_if<read_failure>(&result)) {
    out.errors << "error: " << failed->message << '\n';
    return file_outcome::unreadable;
  }
  print(out.report, file, symbol, std::get<import_report>(result), writer.done());
  return file_outcome::imported;
}

} // namespace

std::optional<symbol_name> symbol_of_file(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  const auto end = name.find_first_of("-_");
  if (end == name.npos || !valid_symbol(name.substr(0, end))) return std::nullopt;
  return name.substr(0, end);
}

int run_import(caf::actor_system& system, const store_actor& store, const import_request& request,
               import_output out) {
  if (request.files.empty()) {
    out.errors << "error: no file to import\n";
    return 1;
  }
  if (request.symbol && !valid_symbol(*request.symbol)) {
    out.errors << "error: the symbol is not 3 to 20 of A-Z0-9: " << *request.symbol << '\n';
    return 1;
  }
  for (const auto& file : request.files)
    if (!request.symbol && !symbol_of_file(file)) {
      out.errors << "error: " << file.string()
                 << ": the name does not start with a symbol; say it with --symbol\n";
      return 1;
    }
  int code = 0;
  for (const auto& file : request.files) {
    const auto symbol = request.symbol ? *request.symbol : *symbol_of_file(file);
    const auto outcome = import_file(system, store, file, symbol, out);
    if (outcome != file_outcome::imported) code = 1;
    if (outcome == file_outcome::refused_by_store) break;
  }
  return code;
}

} // namespace troupe
